"""A stranger's SQL, run in a process of its own that can neither last nor grow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from warehouse.errors import QueryError
from warehouse.home import installation_root

MOST_AT_ONCE: Final = 2
LONGEST_QUERY: Final = 20_000

_RESULT: Final = "rows.arrows"
# Time for the process to start and to answer, beside what the query itself may take.
_START_S: Final = 10.0
_PLACES = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True)
class Limits:
    """What one query may use.

    Attributes
    ----------
    seconds
        Wall clock of the query.
    memory_mb
        What DuckDB may hold, in megabytes; it is told so.
    address_space_mb
        What the process may map, in megabytes; the system enforces it.
    rows, result_mb
        Where the result is cut off.
    wait_s
        How long to wait for a place while others' queries run.
    """

    seconds: float = 20.0
    memory_mb: int = 512
    address_space_mb: int = 2048
    rows: int = 100_000
    result_mb: int = 64
    wait_s: float = 15.0


@dataclass(frozen=True)
class SandboxedRows:
    """What a query gave.

    Attributes
    ----------
    seconds
        From the parsed statement to the last row, without the start of the process.
    is_cut
        Whether rows beyond a limit were left out.
    """

    rows: pl.DataFrame
    seconds: float
    is_cut: bool


def run_sandboxed(release: Path, sql: str, limits: Limits | None = None) -> SandboxedRows:
    """Run one SELECT or EXPLAIN on a release in a process of its own.

    The process limits its address space, processor time, files and their size before it reads the
    statement; it inherits no environment, and is killed when its time is up. At most
    ``MOST_AT_ONCE`` run at once.

    Raises
    ------
    QueryError
        If the statement is refused, fails, or needs more than it may use; one or two sentences.
    """
    limits = limits or Limits()
    if len(sql) > LONGEST_QUERY:
        raise QueryError(f"The query is longer than {LONGEST_QUERY:,} characters.")
    if not _PLACES.acquire(timeout=limits.wait_s):
        raise QueryError(
            f"{MOST_AT_ONCE} queries of other people are running. Try again in a moment."
        )
    try:
        return _run(release, sql, limits)
    finally:
        _PLACES.release()


def _run(release: Path, sql: str, limits: Limits) -> SandboxedRows:
    with tempfile.TemporaryDirectory(prefix="imid-query-") as folder:
        request = {"release": str(release), "sql": sql, "folder": folder, **asdict(limits)}
        answer = _answer(request, folder, limits)
        if "error" in answer:
            raise QueryError(answer["error"])
        rows = pl.read_ipc_stream(Path(folder) / _RESULT)
    return SandboxedRows(rows, answer["seconds"], answer["is_cut"])


def _answer(request: dict[str, Any], folder: str, limits: Limits) -> dict[str, Any]:
    process = subprocess.Popen(
        [sys.executable, "-E", "-s", "-m", "warehouse.sandboxed_query"],
        cwd=installation_root(),
        env={
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "TMPDIR": folder,
            # Each arena of glibc's allocator maps 64 MB of the address space in advance.
            "MALLOC_ARENA_MAX": "2",
            "OMP_NUM_THREADS": "1",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(json.dumps(request).encode(), limits.seconds + _START_S)
    except subprocess.TimeoutExpired:
        raise QueryError(_too_long(limits)) from None
    finally:
        _kill(process)
    try:
        answer: dict[str, Any] = json.loads(said)
    except ValueError:
        raise QueryError(_death(process.returncode, limits)) from None
    return answer


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    finally:
        process.communicate()


def _death(code: int, limits: Limits) -> str:
    """Return why a process that gave no answer ended, as far as its exit code tells."""
    if code in {-signal.SIGALRM, -signal.SIGXCPU}:
        return _too_long(limits)
    return (
        f"The query needed more memory than the {limits.memory_mb} MB it may use, and was "
        "stopped. Ask for fewer rows or columns, or aggregate."
    )


def _too_long(limits: Limits) -> str:
    return (
        f"The query was stopped after {limits.seconds:g} s. Narrow it with a where clause, or run "
        "it with `imid sql`."
    )
