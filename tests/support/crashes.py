"""Killing the pipeline at chosen moments, and asking whether the ledger tells the truth."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connections import open_working
from warehouse.home import Home, installation_root
from warehouse.tables import RAW

LIMIT_S = 600.0
_IMID = "from app.cli.main import run_and_exit; run_and_exit()"
_FIT_TABLES = (
    "analytics.differential_expression",
    "analytics.contrast_differences",
    "analytics.dispersions",
    "analytics.size_factors",
)


@dataclass
class Running:
    """A process group that writes to a home, and what it has said so far."""

    home: Home
    process: subprocess.Popen[bytes]
    said: Path

    def steps(self, phase: str) -> int:
        """Return how many steps of a phase are done."""
        return self.said.read_text(errors="replace").count(f'"step": "{phase}"')

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        return self.process.wait(timeout=LIMIT_S)

    def kill(self) -> None:
        """End every process of its group at once, without a chance to tidy up."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        # a killed child holds its files until the kernel has ended it
        deadline = time.monotonic() + LIMIT_S
        while _lives(self.process.pid) and time.monotonic() < deadline:
            time.sleep(0.005)


def _lives(group: int) -> bool:
    """Return whether any process of a group, or any of its threads, has not ended."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, own = stat.read_text().rpartition(")")[2].split()[:3]
            # a first thread that has ended is a zombie while others still hold the files
            threads = sum(1 for _ in (stat.parent / "task").iterdir())
        except OSError:
            continue
        if int(own) == group and (state not in "ZX" or threads > 1):
            return True
    return False


@dataclass(frozen=True)
class Moment:
    """When to kill: some seconds after a run has got so far."""

    name: str
    reached: Callable[[Running], bool]
    delay_s: float = 0.0


@contextmanager
def running(home: Home, *arguments: str) -> Iterator[Running]:
    """Start ``imid`` in a process group of its own, which is gone after the body."""
    with tempfile.TemporaryDirectory(prefix="imid-crash-") as scratch:
        said = Path(scratch) / "said"
        with said.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", _IMID, "--home", str(home.root), *arguments],
                cwd=installation_root(),
                env={**os.environ, "PYTHONPATH": str(installation_root())},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        run = Running(home, process, said)
        try:
            yield run
        finally:
            run.kill()


def kill_run(home: Home, moment: Moment) -> bool:
    """Start ``imid run`` and kill it at a moment; return False if it was done before that."""
    with running(home, "run", "--workers", "1", "--json") as run:
        deadline = time.monotonic() + LIMIT_S
        while not moment.reached(run):
            if run.process.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(0.002)
        time.sleep(moment.delay_s)
        return run.process.poll() is None


def complete(home: Home) -> tuple[int, str]:
    """Run ``imid run`` to its end; return its exit code and what it said."""
    with running(home, "run", "--workers", "1", "--json") as run:
        return run.wait(), run.said.read_text(errors="replace")


def is_copying(run: Running) -> bool:
    """Return whether a release is being written."""
    return any(run.home.releases.glob(".*.part"))


Parts = Mapping[str, Mapping[str, int]]


def parts_of(home: Home) -> Parts:
    """Return the rows in each table of every load and fit that the ledger says is there.

    Loads go by kind, subject and content, fits by their id, which are the same in every run.
    """
    with open_working(home) as con:
        loads = {
            load_id: f"{kind} {subject} {content}"
            for load_id, kind, subject, content in con.execute(
                "select load_id, kind, subject, content_sha256 from ops.loads "
                "where status = 'loaded'"
            ).fetchall()
        }
        parts: dict[str, dict[str, int]] = {name: {} for name in loads.values()}
        for table in RAW:
            for load_id, rows in _counted(con, table, "load_id").items():
                parts.setdefault(loads.get(load_id, f"no load {load_id}"), {})[table] = rows
        fits = _counted(con, "analytics.fits", "fit_id")
        parts |= {f"fit {fit_id}": {"analytics.fits": rows} for fit_id, rows in fits.items()}
        for table in _FIT_TABLES:
            for fit_id, rows in _counted(con, table, "fit_id").items():
                name = f"fit {fit_id}" if fit_id in fits else f"no fit {fit_id}"
                parts.setdefault(name, {})[table] = rows
    return parts


def _counted(con: duckdb.DuckDBPyConnection, table: str, key: str) -> Counter[str]:
    rows = con.execute(f"select {key}, count(*) from {table} group by {key}").fetchall()
    return Counter(dict(rows))


def half_done(found: Parts, whole: Parts) -> list[str]:
    """Return the loads and fits that are there in part, or that the ledger does not know."""
    return sorted(name for name, tables in found.items() if tables != whole.get(name))


@contextmanager
def live_readers(home: Home, count: int = 2) -> Iterator[list[dict[str, Any]]]:
    """Read the release in processes during the body; what they saw is in the list afterwards."""
    saw: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="imid-readers-") as scratch:
        stop = Path(scratch) / "stop"
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.support.release_reader", str(home.root), str(stop)],
                cwd=installation_root(),
                env={**os.environ, "PYTHONPATH": str(installation_root())},
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(count)
        ]
        try:
            yield saw
        finally:
            stop.touch()
            saw += [json.loads(process.communicate(timeout=LIMIT_S)[0]) for process in processes]
