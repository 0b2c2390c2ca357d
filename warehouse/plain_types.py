"""DuckDB's types that a data frame has no like of, and values that have no like in its types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from duckdb.sqltypes import DuckDBPyType

from warehouse.errors import QueryError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Through Arrow the first three would lose their meaning, the others have no type there or in
# polars; a map has one only in the newest polars.
_AS_TEXT: Final = frozenset(
    {
        "bit",
        "time with time zone",
        "uhugeint",
        "bignum",
        "geometry",
        "interval",
        "map",
        "union",
        "variant",
    }
)
# How a cast begins that is none of the person's who asked.
OWN_CAST: Final = "cast(#"
# Days of 0001-01-01 and 9999-12-31 from 1970-01-01, between which Python and spreadsheets count.
_FIRST_DAY: Final = -719_162
_LAST_DAY: Final = 2_932_896
_DAY_S: Final = 86_400
_A_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_INFINITE: Final = 2**63 - 1


def readable(rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return rows with only such types, at any depth, as a data frame has too.

    Intervals, bits, unions, maps, variants, geometries, times with a zone and integers of more
    than 127 bits become DuckDB's own text; HUGEINT becomes a decimal of 38 digits.
    """
    targets = [_target(kind) for kind in rows.types]
    if not any(targets):
        return rows
    return rows.project(
        ", ".join(
            f"#{place} as {_quoted(name)}"
            if target is None
            else f"{OWN_CAST}{place} as {target}) as {_quoted(name)}"
            for place, (name, target) in enumerate(zip(rows.columns, targets, strict=True), start=1)
        )
    )


def refuse_unwritable_times(batch: pa.RecordBatch) -> None:
    """Refuse dates and times that are infinite or outside the years 1 to 9999, at any depth.

    Raises
    ------
    QueryError
        Naming the column.
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if _has_unwritable_time(column):
            raise QueryError(
                f"The column {name} holds an infinite date or time, or one outside the years 1 to "
                f'9999. Ask for its text instead: cast("{name}" as varchar).'
            )


@contextmanager
def taken_as(form: str) -> Iterator[None]:
    """Let rows that a form cannot hold be a sentence.

    Raises
    ------
    QueryError
        Naming the form and what it was that it cannot hold.
    """
    import polars as pl
    import pyarrow as pa

    try:
        yield
    except (
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
        pa.ArrowException,
        OverflowError,
        ValueError,
    ) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise QueryError(
            f"The rows hold what cannot be written as {form} ({reason[:300]}). Ask for the text of "
            "that column instead, as in cast(x as varchar)."
        ) from error


def _target(kind: DuckDBPyType) -> str | None:
    """Return the type to cast to, in SQL; None where none is needed."""
    if kind.id in _AS_TEXT:
        return "varchar"
    if kind.id == "hugeint":
        return "decimal(38, 0)"
    if kind.id not in {"list", "array", "struct", "tuple"}:
        return None
    # An array's size is listed there too.
    children = [(name, part) for name, part in kind.children if isinstance(part, DuckDBPyType)]
    targets = [_target(child) for _, child in children]
    if not any(targets):
        return None
    texts = [target or str(child) for target, (_, child) in zip(targets, children, strict=True)]
    if kind.id == "list":
        return f"{texts[0]}[]"
    if kind.id == "array":
        return f"{texts[0]}[{kind.children[1][1]}]"
    if kind.id == "tuple":
        return f"tuple({', '.join(texts)})"
    names = (_quoted(name) for name, _ in children)
    return f"struct({', '.join(f'{n} {t}' for n, t in zip(names, texts, strict=True))})"


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _has_unwritable_time(column: pa.Array) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    types = pa.types
    if types.is_list(kind) or types.is_fixed_size_list(kind):
        return _has_unwritable_time(column.flatten())
    if types.is_struct(kind):
        return any(map(_has_unwritable_time, column.flatten()))
    if types.is_date32(kind):
        counted, first, last = column.view(pa.int32()), _FIRST_DAY, _LAST_DAY
    elif types.is_timestamp(kind) or types.is_time64(kind):
        a_day = _DAY_S * _A_SECOND[kind.unit]
        counted = column.view(pa.int64())
        first, last = (
            (0, a_day - 1)
            if types.is_time64(kind)
            else (_FIRST_DAY * a_day, (_LAST_DAY + 1) * a_day - 1)
        )
        # what 64 bits of nanoseconds hold lies all within those years
        first, last = max(first, 1 - _INFINITE), min(last, _INFINITE - 1)
    else:
        return False
    least, most = pc.min_max(counted).as_py().values()
    return least is not None and (least < first or most > last)
