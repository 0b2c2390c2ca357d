"""What the incremental marts in the working file were built from, as far as a build proved it.

The marker is gone from the moment a build starts until one has passed all its tests. A build
that fails, is killed, or is run past ``imid`` therefore leaves tables that nothing is added to:
the next build makes them anew.
"""

from __future__ import annotations

from typing import Final

import duckdb

# dbt's on-run-start hook drops the same table (dbt/dbt_project.yml).
_MARKER: Final = "ops.incremental_base"


def trusted_base(con: duckdb.DuckDBPyConnection) -> str | None:
    """Return the fingerprint that the incremental marts were built under, None if unproved."""
    try:
        rows = con.execute(f"select fingerprint from {_MARKER}").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0] if rows else None


def trust(con: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    """Note that a build under this fingerprint passed."""
    con.execute(f"create or replace table {_MARKER} (fingerprint varchar not null)")
    con.execute(f"insert into {_MARKER} values ($1)", [fingerprint])


def distrust(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the marker before anything is built."""
    con.execute(f"drop table if exists {_MARKER}")
