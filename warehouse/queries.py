"""Running a person's SQL against a release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.connections import open_release
from warehouse.errors import QueryError
from warehouse.frames import read_frame

if TYPE_CHECKING:
    import polars as pl

_READS = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})


def single_read_statement(sql: str) -> str:
    """Return ``sql`` if it is exactly one SELECT or EXPLAIN.

    Raises
    ------
    QueryError
        If it does not parse, holds no statement or several, or does anything but read.
    """
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(_first_lines(error)) from error
    if len(statements) != 1:
        raise QueryError(f"Give exactly one statement; this is {len(statements)}.")
    if statements[0].type not in _READS:
        raise QueryError(
            "Only SELECT and EXPLAIN are run here; this is "
            f"{statements[0].type.name}. A release is read-only."
        )
    return str(statements[0].query)


def query_release(release: Path, sql: str) -> pl.DataFrame:
    """Run one SELECT on a release and return its rows.

    Raises
    ------
    QueryError
        If the statement is refused or fails; the message is DuckDB's own, without its trace.
    """
    statement = single_read_statement(sql)
    con = open_release(release)
    try:
        return read_frame(con, statement)
    except duckdb.Error as error:
        raise QueryError(_first_lines(error)) from error
    finally:
        con.close()


@contextmanager
def release_lookup(release: Path) -> Iterator[Callable[[str, Mapping[str, Any]], pl.DataFrame]]:
    """Open a release and hand out a function that runs SELECTs with named parameters on it."""
    con = open_release(release)

    def lookup(sql: str, parameters: Mapping[str, Any]) -> pl.DataFrame:
        frame: pl.DataFrame = con.sql(sql, params=dict(parameters)).pl()
        return frame

    try:
        yield lookup
    finally:
        con.close()


def _first_lines(error: Exception) -> str:
    return str(error).strip()
