"""One query in a process that first limits itself; :mod:`warehouse.sandbox` starts it."""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

_THREADS: Final = 2
_OPEN_FILES: Final = 64
_WATCH_S: Final = 0.2


def main() -> None:
    """Read limits and then a statement, a line each; write the rows to standard output.

    The last word, an error or how long it took, goes to ``answer.json`` in the request's folder.
    """
    request: dict[str, Any] = json.loads(sys.stdin.readline())
    _limit(request)
    # Whatever else is said, by a library say, must not come between the rows.
    rows_to = os.dup(sys.stdout.fileno())
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    try:
        answer = _query(request, rows_to)
    except MemoryError:
        answer = {"error": _too_large(request)}
    _say(request, answer)


def _say(request: dict[str, Any], answer: dict[str, Any]) -> None:
    (Path(request["folder"]) / "answer.json").write_text(json.dumps(answer))


def _limit(request: dict[str, Any]) -> None:
    """Give up everything the query does not need; none of it can be taken back.

    The number of processes is left alone: the system counts it over all programs of a user.
    """
    most_bytes = {
        resource.RLIMIT_AS: request["address_space_mb"] * 2**20,
        # Twice what all files together may hold, so that this one is not met first.
        resource.RLIMIT_FSIZE: 2 * max(request["spill_mb"], 1) * 2**20,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    if request["seconds"] is not None:
        most_bytes[resource.RLIMIT_CPU] = math.ceil(request["seconds"] * _THREADS) + 5
    for kind, most in most_bytes.items():
        resource.setrlimit(kind, (most, most))


def _query(request: dict[str, Any], rows_to: int) -> dict[str, Any]:
    # While there is no statement yet, what it will need is read in.
    import duckdb
    import pyarrow.compute  # noqa: F401

    from warehouse.connections import open_release
    from warehouse.errors import DataError, QueryError
    from warehouse.plain_types import OWN_CAST, readable
    from warehouse.queries import single_read_statement

    try:
        con = open_release(
            Path(request["release"]),
            memory_limit=f"{request['memory_mb']}MB",
            threads=_THREADS,
            spill_to=f"{request['folder']}/spill" if request["spill_mb"] else "",
        )
        statement = single_read_statement(json.loads(sys.stdin.readline() or '""'))
        threading.Thread(target=_end_with_the_asker, daemon=True).start()
        if request["spill_mb"]:
            threading.Thread(target=_end_with_the_room, args=(request,), daemon=True).start()
        clock = _Clock(request["seconds"])
        started = time.perf_counter()
        with clock:
            result = readable(con.sql(statement))
            if request["rows"] is not None:
                # The planner may do less where it knows that few rows are wanted.
                result = result.limit(request["rows"] + 1)
            reader = result.to_arrow_reader(request["batch_rows"])
        is_cut = _write(reader, rows_to, request, clock)
        return {"seconds": time.perf_counter() - started, "is_cut": is_cut}
    except (DataError, QueryError) as error:
        return {"error": str(error)}
    except (duckdb.Error, OSError) as error:
        # The second is how an error of DuckDB's in the midst of the rows comes through Arrow.
        said = str(error).strip()
        if OWN_CAST in said:
            # The line that is quoted is none of the person's.
            said = said.partition("\n\nLINE")[0]
        return {"error": _too_large(request) if said.startswith("Out of Memory Error") else said}


class _Clock:
    """Ends the process once the bodies of its ``with`` have taken their time together.

    The default action of the signal ends the process wherever it is.
    """

    def __init__(self, seconds: float | None) -> None:
        self._left = seconds
        self._started = 0.0

    def __enter__(self) -> None:
        if self._left is not None:
            self._started = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, max(self._left, 0.001))

    def __exit__(self, *_: object) -> None:
        if self._left is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._left -= time.monotonic() - self._started


def _end_with_the_asker() -> None:
    """Wait for the end of standard input, which whoever asked holds open while it lives."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def _end_with_the_room(request: dict[str, Any]) -> None:
    """Watch the temporary files; DuckDB 2.0 is told of a limit for them and exceeds it."""
    folder = Path(request["folder"]) / "spill"
    while True:
        time.sleep(_WATCH_S)
        with suppress(OSError):
            held = sum(file.stat().st_blocks for file in os.scandir(folder)) * 512
            if held > request["spill_mb"] * 2**20:
                _say(request, {"error": _too_large(request)})
                os.kill(os.getpid(), signal.SIGKILL)


def _write(
    reader: pa.RecordBatchReader, rows_to: int, request: dict[str, Any], clock: _Clock
) -> bool:
    """Write rows until one of the limits is reached; return whether any were left out."""
    import pyarrow as pa

    left = math.inf if request["rows"] is None else request["rows"]
    room = math.inf if request["result_mb"] is None else request["result_mb"] * 2**20
    is_cut = False
    with os.fdopen(rows_to, "wb") as sink:
        writer: pa.RecordBatchStreamWriter | None = None
        while not is_cut:
            with clock:
                batch = next(reader, None)
            if batch is None:
                break
            plain = _plain(batch)
            if writer is None:
                writer = pa.ipc.new_stream(sink, plain.schema)
            fitting = min(left, plain.num_rows * room // max(plain.nbytes, 1))
            if plain.num_rows > fitting:
                is_cut = True
                plain = plain.slice(0, int(fitting))
            writer.write_batch(plain)
            left, room = left - plain.num_rows, max(room - plain.nbytes, 0)
        if writer is None:
            writer = pa.ipc.new_stream(sink, _plain(_empty(reader.schema)).schema)
        writer.close()
    return is_cut


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with distinct names, whose dates and times can be written."""
    import pyarrow as pa

    from warehouse.plain_types import refuse_unwritable_times

    names: list[str] = []
    for given in batch.schema.names:
        name, n = given, 0
        while name in names:
            n += 1
            name = f"{given}_{n}"
        names.append(name)
    named = pa.RecordBatch.from_arrays(batch.columns, names=names)
    refuse_unwritable_times(named)
    return named


def _too_large(request: dict[str, Any]) -> str:
    return (
        f"The query needed more memory than the {request['memory_mb']} MB it may use, and was "
        f"stopped. Ask for fewer rows or columns, aggregate, or {request['more_memory']}."
    )


if __name__ == "__main__":
    main()
