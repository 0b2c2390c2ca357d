"""What a warehouse holds, in totals that two undisturbed runs share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.connections import open_release, open_working
from warehouse.home import Home

# Names and times of a run, and what is numbered or hashed from them; all else is decided by the
# content.
VOLATILE = frozenset(
    {
        "build_id",
        "inputs_sha256",
        "duration_s",
        "seconds",
        "feature_number",
    }
)
# Loads under any name, also as the results that a table gave.
LOADS = re.compile(r".*load_id|result_ids?(_[ab])?")


@dataclass(frozen=True)
class TableTotals:
    """Rows of a table, a checksum over its exact columns, and the sum of each floating one."""

    rows: int
    checksum: int
    sums: Mapping[str, float]

    def equals(self, other: TableTotals) -> bool:
        """Return whether rows and checksum are the same and sums differ by rounding only."""
        return (
            (self.rows, self.checksum) == (other.rows, other.checksum)
            and self.sums.keys() == other.sums.keys()
            and all(
                math.isclose(value, other.sums[column], rel_tol=1e-9, abs_tol=1e-9)
                for column, value in self.sums.items()
            )
        )


Totals = Mapping[str, TableTotals]


def differing(one: Totals, other: Totals) -> list[str]:
    """Return the tables whose totals differ, or that only one side has."""
    return sorted(
        table
        for table in one.keys() | other.keys()
        if table not in one or table not in other or not one[table].equals(other[table])
    )


def release_totals(release: Path) -> Totals:
    """Return the totals of every mart of a release."""
    con = open_release(release)
    try:
        return _totals(con, ("marts",))
    finally:
        con.close()


def working_totals(home: Home) -> Totals:
    """Return the totals of raw and analytics tables and marts of a home nobody writes to."""
    with open_working(home) as con:
        return _totals(con, ("raw", "analytics", "marts"))


def _totals(con: duckdb.DuckDBPyConnection, schemas: tuple[str, ...]) -> Totals:
    listed = ", ".join(f"'{schema}'" for schema in schemas)
    columns: dict[str, list[tuple[str, str]]] = {}
    for schema, table, column, kind in con.execute(
        "select c.schema_name, c.table_name, c.column_name, c.data_type from duckdb_columns() as c "
        f"where c.schema_name in ({listed}) and not c.internal and c.database_name = "
        "current_database() order by 1, 2, c.column_index"
    ).fetchall():
        columns.setdefault(f'{schema}."{table}"', []).append((column, kind))
    return {table: _table_totals(con, table, listed) for table, listed in columns.items()}


def _table_totals(
    con: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]]
) -> TableTotals:
    exact, floating = ["''"], []
    for column, kind in columns:
        is_volatile = column in VOLATILE or LOADS.fullmatch(column)
        if is_volatile or kind.startswith("TIMESTAMP"):
            continue
        if kind in {"DOUBLE", "FLOAT"}:
            floating.append(column)
            exact.append(f'"{column}" is null')
        else:
            exact.append(f'"{column}"')
    # Infinities and not-a-numbers would swallow the sum; how many there are is in the checksum.
    exact += [f'coalesce(isfinite("{column}"), false)' for column in floating]
    sums = [f'coalesce(sum("{c}") filter (where isfinite("{c}")), 0)' for c in floating]
    row = con.execute(
        f"select count(*), coalesce(sum(cast(hash({', '.join(exact)}) as hugeint)), 0)"
        f"{''.join(', ' + s for s in sums)} from {table}"
    ).fetchall()[0]
    return TableTotals(row[0], int(row[1]), dict(zip(floating, row[2:], strict=True)))
