"""A release as Parquet files with a manifest of checksums."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import duckdb

from warehouse.errors import DataError

MANIFEST: Final = "datapackage.json"
_FIELD_TYPES: Final = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}


@dataclass(frozen=True)
class ExportedTable:
    """One exported mart: its file, size and what proves that the file is whole."""

    name: str
    path: str
    rows: int
    bytes: int
    hash: str


def export_release(release: Path, folder: Path) -> list[ExportedTable]:
    """Write every mart of a release to ``folder/<mart>.parquet`` and a Frictionless manifest.

    Raises
    ------
    DataError
        If the folder exists and is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DataError("this folder is not empty; name a new one.", folder)
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(release), read_only=True)
    try:
        con.execute("set timezone = 'UTC'")
        tables = [
            row[0]
            for row in con.execute(
                "select table_name from information_schema.tables "
                "where table_schema = 'marts' order by table_name"
            ).fetchall()
        ]
        exported = [_export(con, name, folder) for name in tables]
        resources = [
            {**asdict(table), "format": "parquet", "schema": {"fields": _fields(con, table.name)}}
            for table in exported
        ]
    finally:
        con.close()
    manifest = {"name": "imid-warehouse", "version": release.stem, "resources": resources}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return exported


def _export(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> ExportedTable:
    target = folder / f"{name}.parquet"
    escaped = str(target).replace("'", "''")
    con.execute(f"copy marts.{name} to '{escaped}' (format parquet, compression zstd)")
    counted = con.execute(f"select count(*) from marts.{name}").fetchall()
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    return ExportedTable(
        name, target.name, counted[0][0], target.stat().st_size, f"sha256:{digest}"
    )


def _fields(con: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, str]]:
    rows = con.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'marts' and table_name = $1 order by ordinal_position",
        [name],
    ).fetchall()
    return [{"name": column, "type": _FIELD_TYPES.get(kind, "string")} for column, kind in rows]
