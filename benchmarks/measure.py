"""Timing whole processes: several runs in turn, medians, peak memory, and what machine it was."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


@dataclass(frozen=True)
class Timing:
    """Medians over the counted runs of one command: wall seconds, peak memory in MiB, CPU seconds.

    CPU seconds hardly change with what else the machine does; 0 where they were not measured.
    """

    name: str
    seconds: float
    peak_mib: float
    runs: int
    cpu_seconds: float = 0


class _Run(NamedTuple):
    seconds: float
    peak_mib: float
    cpu_seconds: float


def machine() -> str:
    """Return processor, cores, memory and the versions that matter."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, {platform.system()}"
    )


@dataclass(frozen=True)
class Contender:
    """One command to be timed, and what is done before each of its runs, untimed."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], None] = lambda: None
    env: Mapping[str, str] = field(default_factory=dict)


def time_in_turn(contenders: Sequence[Contender], runs: int) -> list[Timing]:
    """Run each command once to warm up and then all of them in turn, ``runs`` times.

    On a shared machine only what ran close together can be compared.

    Raises
    ------
    subprocess.CalledProcessError
        If a run fails.
    """
    measured: list[list[_Run]] = [[] for _ in contenders]
    for counted in range(runs + 1):
        for contender, results in zip(contenders, measured, strict=True):
            contender.prepare()
            result = _run_once(contender.command, contender.env)
            if counted:
                results.append(result)
    return [
        Timing(
            contender.name,
            statistics.median(run.seconds for run in results),
            statistics.median(run.peak_mib for run in results),
            runs,
            statistics.median(run.cpu_seconds for run in results),
        )
        for contender, results in zip(contenders, measured, strict=True)
    ]


def time_command(
    name: str, command: Sequence[str], runs: int, env: dict[str, str] | None = None
) -> Timing:
    """Run a command ``runs`` times after one warm-up.

    Raises
    ------
    subprocess.CalledProcessError
        If a run fails.
    """
    return time_in_turn([Contender(name, command, env=env or {})], runs)[0]


def _run_once(command: Sequence[str], env: Mapping[str, str]) -> _Run:
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    complaint = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        sys.stderr.write(complaint.decode(errors="replace"))
        raise subprocess.CalledProcessError(process.returncode, command)
    return _Run(elapsed, _peak_mib(usage), usage.ru_utime + usage.ru_stime)


def _peak_mib(usage: resource.struct_rusage) -> float:
    # Linux counts in KiB, macOS in bytes.
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _ratio(value: float, of: float) -> str:
    return f"{value / of:.2f} x" if of else "-"


def table(title: str, ours: Timing, rivals: Sequence[Timing], note: str) -> str:
    """Return a Markdown table of one measurement, rivals as ratios to ours."""
    rows = [
        f"### {title}",
        "",
        "| | seconds | peak MiB | against ours | memory against ours |",
        "|---|---|---|---|---|",
        f"| **{ours.name}** | {ours.seconds:.2f} | {ours.peak_mib:.0f} | 1 | 1 |",
    ]
    rows += [
        f"| {r.name} | {r.seconds:.2f} | {r.peak_mib:.0f} | {_ratio(r.seconds, ours.seconds)} "
        f"| {_ratio(r.peak_mib, ours.peak_mib)} |"
        for r in rivals
    ]
    return "\n".join([*rows, "", note, ""])
