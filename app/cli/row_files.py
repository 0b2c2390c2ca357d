"""Writing rows for a person or a script: as text, or as they come into CSV, JSON or Parquet."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import polars as pl

from app.cli.output import format_table
from app.cli.row_values import flat, json_objects
from app.cli.streams import output_loss
from warehouse.errors import UsageError
from warehouse.plain_types import taken_as

if TYPE_CHECKING:
    import pyarrow as pa

    Writer = Callable[[pa.Schema, Iterable[pa.RecordBatch], BinaryIO], None]

# The ways to write rows as text.
TEXT_FORMATS: Final = ("table", "csv", "json")

# Where a path is no file that may be replaced, and how many links the system itself follows.
_OF_THE_SYSTEM: Final = ("/dev", "/proc")
_MOST_LINKS: Final = 40

# A row group of Parquet is written when it has so many rows or bytes.
_GROUP_ROWS: Final = 122_880
_GROUP_BYTES: Final = 128 * 2**20


def check_target(fmt: str, out: Path | None) -> None:
    """Refuse what could not be written, before anything is asked.

    Raises
    ------
    UsageError
        If Parquet is to go to a terminal.
    """
    if fmt == "parquet" and out is None and sys.stdout.isatty():
        raise UsageError("Parquet is binary; name a file with --out or pipe it on.")


def write_rows(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], fmt: str, out: Path | None
) -> None:
    """Write rows as ``csv``, ``json`` or ``parquet``, a batch at a time.

    They go to a file or to standard output, there as long as it can be written. A file stands
    under its name only when all rows are in it.
    """
    if out is None:
        batches = takewhile(lambda _: output_loss() is None, batches)
    with _target(out) as sink, taken_as(fmt):
        _WRITERS[fmt](schema, batches, sink)


def write_table(frame: pl.DataFrame, out: Path | None) -> None:
    """Write rows as an aligned table to a file or to standard output."""
    with _target(out) as sink:
        sink.write(frame_text(frame, "table").encode())


def frame_text(frame: pl.DataFrame, fmt: str) -> str:
    """Return rows as text in one of :data:`TEXT_FORMATS`."""
    with taken_as(fmt):
        if fmt == "csv":
            return flat(frame).write_csv()
        if fmt == "json":
            return f"[{json_objects(frame)}]\n"
        return format_table(frame)


@contextmanager
def _target(out: Path | None) -> Iterator[BinaryIO]:
    if out is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(os.path.realpath(out))
    if _leads_to_device(out) or (path.exists() and not path.is_file()):
        # What a rename would replace; the reader of a pipe may leave as that of the output may.
        with suppress(BrokenPipeError), out.open("wb") as sink:
            yield sink
        return
    part = path.with_name(f".imid-{uuid.uuid4().hex}.part")
    try:
        with _new_file(part, path) as sink:
            yield sink
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _leads_to_device(path: Path) -> bool:
    """Whether a path, or a link on its way, is in a folder of the system's own, or leads nowhere.

    ``/dev/stdout`` leads on to whatever file the output was sent to.
    """
    for _ in range(_MOST_LINKS):
        folder = Path(os.path.realpath(path.parent))
        if any(folder.is_relative_to(own) for own in _OF_THE_SYSTEM):
            return True
        path = folder / path.name
        if not path.is_symlink():
            return False
        path = folder / path.readlink()
    # Links in a circle, which the system refuses to open.
    return True


def _new_file(part: Path, path: Path) -> BinaryIO:
    try:
        return part.open("xb")
    except OSError as error:
        # its own name means nothing to whoever asked for the file
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write_csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch], sink: BinaryIO) -> None:
    sink.write(flat(pl.DataFrame(schema.empty_table())).write_csv().encode())
    for batch in batches:
        sink.write(flat(pl.DataFrame(batch)).write_csv(include_header=False).encode())


def _write_json(
    schema: pa.Schema,  # noqa: ARG001
    batches: Iterable[pa.RecordBatch],
    sink: BinaryIO,
) -> None:
    before = "["
    for batch in batches:
        if batch.num_rows:
            sink.write(f"{before}{json_objects(pl.DataFrame(batch))}".encode())
            before = ", "
    sink.write(b"[]\n" if before == "[" else b"]\n")


def _write_parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch], sink: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        group: list[pa.RecordBatch] = []
        for batch in batches:
            group.append(batch)
            if (
                sum(part.num_rows for part in group) >= _GROUP_ROWS
                or sum(part.nbytes for part in group) >= _GROUP_BYTES
            ):
                writer.write_table(pa.Table.from_batches(group))
                group.clear()
        writer.write_table(pa.Table.from_batches(group, schema))


_WRITERS: Final[dict[str, Writer]] = {
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}
