"""Frames into tables, inside transactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from warehouse.tables import quoted, table_columns

if TYPE_CHECKING:
    import polars as pl

# What dbt's models call the database they are built in.
_DATABASE = "working"


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit on a clean exit; roll back on any exception, an interrupt included."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        # After a full disk or damage there is nothing left to roll back; the cause matters.
        with suppress(duckdb.Error):
            con.execute("rollback")
        raise
    con.execute("commit")


def read_frame(
    con: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object] = ()
) -> pl.DataFrame:
    """Return the rows of a query with bound parameters."""
    frame: pl.DataFrame = con.sql(sql, params=list(params)).pl()
    return frame


@contextmanager
def open_frames(tables: Mapping[str, pl.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that holds frames as tables, and has no way to anything else.

    Queries of a release and compiled models of dbt run on it as they are.

    Parameters
    ----------
    tables
        Frames by schema and name, such as ``marts.dim_contrast``.
    """
    con = duckdb.connect(config={"python_enable_replacements": False, "temp_directory": ""})
    try:
        con.execute(f"attach ':memory:' as {_DATABASE}")
        con.execute(f"use {_DATABASE}")
        for schema in sorted({table.split(".")[0] for table in tables}):
            con.execute(f'create schema "{schema}"')
        for table, frame in tables.items():
            con.register("frame_rows", frame.to_arrow())
            con.execute(f"create table {quoted(table)} as select * from frame_rows")
            con.unregister("frame_rows")
        con.execute("set timezone = 'UTC'")
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        yield con
    finally:
        con.close()


def insert_frame(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Append a frame to a declared table by column names; columns it lacks are null.

    Raises
    ------
    ValueError
        If the frame has a column that the table has not.
    """
    unknown = set(frame.columns) - set(table_columns(table))
    if unknown:
        raise ValueError(f"{table} has no column {sorted(unknown)}")
    con.register("frame_rows", frame.to_arrow())
    try:
        con.execute(f"insert into {quoted(table)} by name select * from frame_rows")
    finally:
        con.unregister("frame_rows")


def replace_rows(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Put a frame in place of all rows of a declared table, in one transaction.

    Raises
    ------
    ValueError
        If the frame has a column that the table has not; the table is then as it was.
    """
    with transaction(con):
        con.execute(f"delete from {quoted(table)}")
        insert_frame(con, table, frame)
