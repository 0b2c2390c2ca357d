"""Loading a curated CSV: each row against its model, the whole against its suite."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

import duckdb
import polars as pl
from pydantic import ValidationError

from ingest.curated.kinds import CuratedKind
from ingest.curated.links import check_links
from ingest.curated.models import Row
from ingest.gate import refuse_errors, validate
from ingest.messages import first_validation_error, near_miss
from ingest.subjects import LoadedFor, refuse_other_file, subject_of
from ingest.suites import curated_suite
from ingest.textfiles import read_records
from warehouse.errors import DataError
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    SourceFile,
    content_hash,
    current_load,
    record_load,
)
from warehouse.tables import RAW

R = TypeVar("R", bound=Row)

_POLARS: Final[dict[str, type[pl.DataType]]] = {
    "varchar": pl.String,
    "bigint": pl.Int64,
    "integer": pl.Int32,
    "double": pl.Float64,
    "boolean": pl.Boolean,
}


def read_rows(path: Path, model: type[R]) -> list[tuple[int, R]]:
    """Read a CSV into model instances with their lines.

    Raises
    ------
    DataError
        Naming line and column of the first cell that does not fit, a missing or unknown column,
        or a key that stands twice.
    """
    header, records = read_records(path)
    _check_columns(path, header, model)
    rows: list[tuple[int, R]] = []
    seen: dict[tuple[object, ...], int] = {}
    for line, record in records:
        try:
            row = model.model_validate({k: v or None for k, v in record.items()})
        except ValidationError as error:
            column, problem = first_validation_error(error)
            named = column or _first_named(problem, model)
            raise DataError(problem, path, line, named) from error
        key = tuple(getattr(row, name) for name in model.key)
        if key in seen:
            raise DataError(
                f"{' / '.join(map(str, key))} stands twice (first on line {seen[key]}).",
                path,
                line,
                model.key[0],
            )
        seen[key] = line
        rows.append((line, row))
    return rows


def _first_named(problem: str, model: type[Row]) -> str | None:
    """Return the first column that a problem between several columns names."""
    return next((w for w in re.findall(r"\w+", problem) if w in model.model_fields), None)


def _check_columns(path: Path, header: Sequence[str], model: type[Row]) -> None:
    known = model.model_fields
    for name in header:
        if name not in known:
            raise DataError(
                f"this column is not known; the columns are {', '.join(known)}."
                f"{near_miss(name, known)}",
                path,
                1,
                name,
            )
    for name, definition in known.items():
        if definition.is_required() and name not in header:
            raise DataError(f"the column {name} is missing.", path, 1)


def rows_to_frame(rows: Sequence[tuple[int, Row]], table: str, *, keeps_line: bool) -> pl.DataFrame:
    """Return model instances as a frame typed like ``table``, without its ``load_id``."""
    types = {name: polars_type(kind) for name, kind in RAW[table].items()}
    del types["load_id"]
    records = [{**row.model_dump(), **({"line": line} if keeps_line else {})} for line, row in rows]
    return pl.DataFrame(records, schema=types)


def polars_type(declared: str) -> type[pl.DataType]:
    """Return the polars type of a declared column, such as ``bigint not null``."""
    return _POLARS[declared.split()[0]]


def ingest_curated(
    con: duckdb.DuckDBPyConnection,
    kind: CuratedKind,
    path: Path,
    loaded_for: LoadedFor | None = None,
) -> LoadOutcome:
    """Load one curated CSV; the same content again is a no-op.

    Raises
    ------
    DataError
        If any row does not fit or refers to what is not loaded, or another file of this name is
        loaded; the warehouse is then unchanged.
    """
    started = time.time()
    subject = subject_of(path)
    if not path.is_file():
        raise DataError("there is no such file.", path)
    files = [SourceFile.read(kind.name, path)]
    content = content_hash(files)
    earlier = current_load(con, kind.name, subject)
    if earlier and earlier[1] == content:
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    refuse_other_file(con, kind.name, subject, path, loaded_for)
    rows = read_rows(path, kind.model)
    check_links(con, path, rows, kind.table, kind.name, earlier[0] if earlier else None)
    frame = rows_to_frame(rows, kind.table, keeps_line=kind.keeps_line)
    validations = (
        validate(frame, curated_suite(kind.name, kind.model.key[0]))
        if len(kind.model.key) == 1
        else []
    )
    refuse_errors(validations, path)
    request = LoadRequest(
        kind=kind.name,
        subject=subject,
        source_path=path.resolve(),
        files=files,
        content_sha256=content,
        rows_in=len(rows),
        recognised_as=f"curated {kind.name}",
        validations=validations,
        started=started,
    )
    return record_load(con, request, lambda writer: writer.insert(kind.table, frame))
