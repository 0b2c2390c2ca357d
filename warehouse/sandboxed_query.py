"""One query in a process that first limits itself; :mod:`warehouse.sandbox` starts it."""

from __future__ import annotations

import json
import math
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyRelation

_BATCH_ROWS: Final = 2048
_THREADS: Final = 2
_OPEN_FILES: Final = 64


def main() -> None:
    """Read a request from standard input, write the rows to its folder and answer in one line."""
    request: dict[str, Any] = json.load(sys.stdin)
    _limit(request)
    try:
        answer = _query(request)
    except MemoryError:
        answer = {"error": _too_large(request)}
    sys.stdout.write(json.dumps(answer))


def _limit(request: dict[str, Any]) -> None:
    """Give up everything the query does not need; none of it can be taken back.

    The number of processes is left alone: the system counts it over all programs of a user.
    """
    cpu = math.ceil(request["seconds"] * _THREADS) + 5
    for kind, most in (
        (resource.RLIMIT_AS, request["address_space_mb"] * 2**20),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, 2 * request["result_mb"] * 2**20),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _query(request: dict[str, Any]) -> dict[str, Any]:
    import duckdb

    from warehouse.connections import open_release
    from warehouse.errors import DataError, QueryError
    from warehouse.queries import single_read_statement

    try:
        statement = single_read_statement(request["sql"])
        con = open_release(
            Path(request["release"]),
            memory_limit=f"{request['memory_mb']}MB",
            threads=_THREADS,
            spill=False,
        )
        # The default action of this signal ends the process wherever it is.
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        started = time.perf_counter()
        is_cut = _write(con.sql(statement), request)
        return {"seconds": time.perf_counter() - started, "is_cut": is_cut}
    except (DataError, QueryError) as error:
        return {"error": str(error)}
    except duckdb.OutOfMemoryException:
        return {"error": _too_large(request)}
    except duckdb.Error as error:
        return {"error": str(error).strip()}


def _write(result: DuckDBPyRelation, request: dict[str, Any]) -> bool:
    """Write rows until one of the limits is reached; return whether any were left out."""
    import pyarrow as pa

    reader = result.to_arrow_reader(_BATCH_ROWS)
    left, room = request["rows"], request["result_mb"] * 2**20
    schema: pa.Schema | None = None
    with pa.OSFile(str(Path(request["folder"]) / "rows.arrows"), "wb") as sink:
        writer: pa.RecordBatchStreamWriter | None = None
        is_cut = False
        for batch in reader:
            plain = _plain(batch)
            if writer is None:
                schema = plain.schema
                writer = pa.ipc.new_stream(sink, schema)
            fitting = min(left, plain.num_rows * room // max(plain.nbytes, 1))
            if plain.num_rows > fitting:
                is_cut = True
                plain = plain.slice(0, fitting)
            writer.write_batch(plain)
            left, room = left - plain.num_rows, max(room - plain.nbytes, 0)
            if is_cut:
                break
        if writer is None:
            writer = pa.ipc.new_stream(sink, _plain(_empty(reader.schema)).schema)
        writer.close()
    return is_cut


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with distinct names, and as text what a data frame has no type for."""
    import pyarrow as pa

    columns: list[Any] = []
    names: list[str] = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        kind = field.type
        is_odd = (
            pa.types.is_interval(kind) or pa.types.is_union(kind) or pa.types.is_map(kind)
            or isinstance(kind, pa.BaseExtensionType)
        )  # fmt: skip
        if is_odd:
            texts = [None if value is None else str(value) for value in column.to_pylist()]
            column = pa.array(texts, pa.string())
        name = field.name
        while name in names:
            name += "_"
        names.append(name)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=names)


def _too_large(request: dict[str, Any]) -> str:
    return (
        f"The query needed more memory than the {request['memory_mb']} MB it may use, and was "
        "stopped. Ask for fewer rows or columns, or aggregate."
    )


if __name__ == "__main__":
    main()
