"""Bringing a warehouse that an earlier version made up to this one, in numbered steps.

Tables and columns that are new are added by declaration (:mod:`warehouse.tables`); a step here is
what declarations cannot say. Each may be repeated, so that a kill in between does no harm: the
version is noted when all is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import duckdb

from warehouse.errors import DataError
from warehouse.lookups import number_features


@dataclass(frozen=True)
class Migration:
    """What is to be done to a file of an earlier schema version than ``version``."""

    version: int
    what: str
    apply: Callable[[duckdb.DuckDBPyConnection], None]


def _drop_adjusted(con: duckdb.DuckDBPyConnection) -> None:
    for column in ("fisher_padj", "boschloo_padj", "family_size"):
        con.execute(
            f"alter table analytics.adverse_event_comparisons drop column if exists {column}"
        )


MIGRATIONS: Final = (
    Migration(3, "number the genes of loads made before genes had numbers", number_features),
    Migration(4, "drop adjusted p-values of comparisons, now made by the marts", _drop_adjusted),
)
SCHEMA_VERSION: Final = MIGRATIONS[-1].version


def recorded_version(con: duckdb.DuckDBPyConnection) -> int | None:
    """Return the schema version of an open file; None for a new one.

    Raises
    ------
    DataError
        If a later version of imid-warehouse made the file, which this one might damage.
    """
    known = con.execute(
        "select 1 from information_schema.tables "
        "where table_schema = 'ops' and table_name = 'schema_versions'"
    ).fetchall()
    if not known:
        return None
    version: int | None = con.execute("select max(version) from ops.schema_versions").fetchall()[0][
        0
    ]
    if version is not None and version > SCHEMA_VERSION:
        raise DataError(
            f"this warehouse has schema version {version}, made by a later imid-warehouse; this "
            f"one knows {SCHEMA_VERSION}. Install the later version."
        )
    return version


def migrate(con: duckdb.DuckDBPyConnection, version: int | None) -> None:
    """Apply what a file of ``version`` lacks, whose declared tables and columns are made."""
    if version is not None:
        for migration in MIGRATIONS:
            if migration.version > version:
                migration.apply(con)
    con.execute(
        "insert into ops.schema_versions "
        "select $1, cast(now() at time zone 'UTC' as timestamp) "
        "where not exists (select 1 from ops.schema_versions where version = $1)",
        [SCHEMA_VERSION],
    )
