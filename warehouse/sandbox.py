"""A person's SQL, run in a process of its own that can neither last nor grow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self, cast

from warehouse.errors import QueryError
from warehouse.home import installation_root
from warehouse.plain_types import taken_as

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

MOST_AT_ONCE: Final = 2
LONGEST_QUERY: Final = 20_000

# Time for the process to start and to answer, beside what the query itself may take.
_START_S: Final = 30.0
_PLACES = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True)
class Limits:
    """What one query may use; the defaults are those for strangers.

    Attributes
    ----------
    seconds
        Wall clock of the query, without the waits for whoever takes its rows; None for no end.
    memory_mb
        What DuckDB may hold, in megabytes; it is told so.
    address_space_mb
        What the process may map, in megabytes; the system enforces it.
    spill_mb
        What a query that outgrows its memory may put into temporary files, in megabytes.
    rows, result_mb
        Where the result is cut off; None for all of it.
    batch_rows
        How many rows are handed over at a time.
    wait_s
        How long to wait for a place while others' queries run.
    more_time, more_memory
        What else a person can do whose query takes longer or needs more.
    """

    seconds: float | None = 20.0
    memory_mb: int = 512
    address_space_mb: int = 2048
    spill_mb: int = 0
    rows: int | None = 100_000
    result_mb: int | None = 64
    batch_rows: int = 2048
    wait_s: float = 15.0
    more_time: str = "run it with `imid sql`"
    more_memory: str = "run it with `imid sql`"


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
    """Run one stranger's SELECT or EXPLAIN on a release; at most ``MOST_AT_ONCE`` run at once.

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
    with Sandbox(release, limits) as sandbox:
        return sandbox.rows(sql)


class Sandbox:
    """A process that waits for one statement, and ends with this object.

    It limits its address space, processor time, files and their size before it reads the
    statement, inherits no environment, and ends also when the program that made it is killed.
    Starting it takes a fraction of a second, so it is worth making before there is a statement.
    """

    def __init__(self, release: Path, limits: Limits) -> None:
        self._limits = limits
        self._is_late = False
        self._answer: dict[str, Any] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="imid-query-")
        self._process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-m", "warehouse.sandboxed_query"],
            cwd=installation_root(),
            env={
                "PATH": os.defpath,
                "LANG": "C.UTF-8",
                "TMPDIR": self._folder.name,
                # Each arena of glibc's allocator maps 64 MB of the address space in advance.
                "MALLOC_ARENA_MAX": "2",
                "OMP_NUM_THREADS": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._heard = cast("IO[bytes]", self._process.stdin)
        self._said = cast("IO[bytes]", self._process.stdout)
        self._tell({"release": str(release), "folder": self._folder.name, **asdict(limits)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the process wherever it is, and remove its files."""
        self._kill()
        for pipe in (self._heard, self._said):
            # What is still to be flushed has no one left to read it.
            with suppress(OSError):
                pipe.close()
        self._process.wait()
        self._folder.cleanup()

    def stream(self, sql: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Run the one statement; return the columns of its result and its rows as they come.

        Raises
        ------
        QueryError
            If the statement is refused, fails, or needs more than it may use; in the midst of
            the rows too.
        """
        import pyarrow as pa

        timer = None
        if self._limits.seconds is not None:
            timer = threading.Timer(self._limits.seconds + _START_S, self._end_late)
            timer.start()
        try:
            self._tell(sql)
            reader = pa.ipc.open_stream(self._said)
        except (pa.ArrowInvalid, OSError):
            # Nothing came: the process has said why, or is dead.
            self._read_answer()
            raise
        finally:
            if timer:
                timer.cancel()
        return reader.schema, self._batches(reader)

    def rows(self, sql: str) -> SandboxedRows:
        """Run the one statement and return all of its rows.

        Raises
        ------
        QueryError
            As in :meth:`stream`.
        """
        import polars as pl
        import pyarrow as pa

        schema, batches = self.stream(sql)
        with taken_as("table"):
            rows = pl.DataFrame(pa.Table.from_batches(batches, schema))
        return SandboxedRows(rows, self._answer["seconds"], self._answer["is_cut"])

    def _batches(self, reader: pa.RecordBatchStreamReader) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        # The end of a pipe looks like the end of the rows; the answer tells them apart.
        with suppress(pa.ArrowInvalid, OSError):
            yield from reader
        self._read_answer()

    def _tell(self, what: object) -> None:
        # One that has died already is asked for its reason when its rows are read.
        with suppress(BrokenPipeError):
            self._heard.write(json.dumps(what).encode() + b"\n")
            self._heard.flush()

    def _read_answer(self) -> None:
        """Take the process's last word, or raise why there is none."""
        code = self._process.wait()
        try:
            self._answer = json.loads((Path(self._folder.name) / "answer.json").read_text())
        except (OSError, ValueError):
            raise QueryError(self._death(code)) from None
        if "error" in self._answer:
            raise QueryError(self._answer["error"])

    def _end_late(self) -> None:
        self._is_late = True
        self._kill()

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _death(self, code: int) -> str:
        """Return why a process that gave no answer ended, as far as its exit code tells."""
        if self._is_late or code in {-signal.SIGALRM, -signal.SIGXCPU}:
            return (
                f"The query was stopped after {self._limits.seconds:g} s. Narrow it with a where "
                f"clause, or {self._limits.more_time}."
            )
        return (
            f"The query needed more memory than the {self._limits.memory_mb} MB it may use, and "
            f"was stopped. Ask for fewer rows or columns, aggregate, or {self._limits.more_memory}."
        )
