"""A release as Parquet files with a manifest: its marts, or the lake they are built of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from warehouse.errors import DataError

MANIFEST: Final = "datapackage.json"
_LAKE_SCHEMAS: Final = ("raw", "ops", "analytics")
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
    """One exported table: its file, size and what proves that the file is whole."""

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
    return _export_tables(release, folder, ("marts",), "the published marts")


def export_lake(release: Path, folder: Path) -> list[ExportedTable]:
    """Write what the marts are built of to ``folder/<schema>/<table>/`` as Parquet.

    A folder for each source table, so that another engine reads it as a table. The manifest is
    that of `export_release`.

    Raises
    ------
    DataError
        If the folder exists and is not empty.
    """
    return _export_tables(release, folder, _LAKE_SCHEMAS, "what the marts are built of")


def _export_tables(
    release: Path, folder: Path, schemas: tuple[str, ...], title: str
) -> list[ExportedTable]:
    if folder.exists() and any(folder.iterdir()):
        raise DataError("this folder is not empty; name a new one.", folder)
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(release), read_only=True)
    try:
        con.execute("set timezone = 'UTC'")
        tables = con.execute(
            "select table_schema, table_name from information_schema.tables "
            "where list_contains($1, table_schema) order by table_schema, table_name",
            [list(schemas)],
        ).fetchall()
        exported = [_export(con, schema, name, folder) for schema, name in tables]
        resources = [
            {
                **asdict(table),
                "profile": "tabular-data-resource",
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "schema": {"fields": _fields(con, schema, name)},
            }
            for table, (schema, name) in zip(exported, tables, strict=True)
        ]
    finally:
        con.close()
    manifest = {
        "profile": "data-package",
        "name": "imid-warehouse",
        "title": f"imid-warehouse: {title}",
        "version": release.stem,
        "created": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "resources": resources,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return exported


def verify_export(folder: Path) -> list[str]:
    """Compare an exported folder with its manifest and return one sentence for each difference.

    Raises
    ------
    DataError
        If there is no manifest, or it cannot be read.
    """
    path = folder / MANIFEST
    try:
        resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
        expected = {entry["path"]: entry for entry in resources}
        checked = {name: (entry["bytes"], entry["hash"]) for name, entry in expected.items()}
    except FileNotFoundError:
        raise DataError("there is no such file; `imid export DIR` writes it.", path) from None
    except (ValueError, KeyError, TypeError) as error:
        raise DataError("this is no manifest of an export.", path) from error
    problems = []
    for name, (size, digest) in sorted(checked.items()):
        # A manifest from elsewhere must not make this read files outside its folder.
        if not (folder / name).resolve().is_relative_to(folder.resolve()):
            problems.append(f"{name}: the manifest names a file outside its folder.")
            continue
        file = folder / name
        if not file.is_file():
            problems.append(f"{name}: missing.")
        elif file.stat().st_size != size:
            problems.append(f"{name}: {file.stat().st_size:,} bytes, the manifest says {size:,}.")
        elif f"sha256:{_sha256(file)}" != digest:
            problems.append(f"{name}: its content is not what was exported.")
    problems += [
        f"{file.relative_to(folder)}: not in the manifest."
        for file in sorted(folder.rglob("*"))
        if file.is_file() and str(file.relative_to(folder)) not in {*checked, MANIFEST}
    ]
    return problems


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _export(con: duckdb.DuckDBPyConnection, schema: str, name: str, folder: Path) -> ExportedTable:
    is_mart = schema == "marts"
    path = f"{name}.parquet" if is_mart else f"{schema}/{name}/part-0.parquet"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    escaped = str(target).replace("'", "''")
    con.execute(f"copy {schema}.\"{name}\" to '{escaped}' (format parquet, compression zstd)")
    counted = con.execute(f'select count(*) from {schema}."{name}"').fetchall()
    return ExportedTable(
        name if is_mart else f"{schema}.{name}",
        path,
        counted[0][0],
        target.stat().st_size,
        f"sha256:{_sha256(target)}",
    )


def _fields(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> list[dict[str, str]]:
    rows = con.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = $1 and table_name = $2 order by ordinal_position",
        [schema, name],
    ).fetchall()
    return [{"name": column, "type": _FIELD_TYPES.get(kind, "string")} for column, kind in rows]
