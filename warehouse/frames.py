"""Frames into tables, inside transactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from warehouse.tables import quoted, table_columns

if TYPE_CHECKING:
    import polars as pl


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
