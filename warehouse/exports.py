"""A release as Parquet files with a manifest of checksums."""

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
            {
                **asdict(table),
                "profile": "tabular-data-resource",
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "schema": {"fields": _fields(con, table.name)},
            }
            for table in exported
        ]
    finally:
        con.close()
    manifest = {
        "profile": "data-package",
        "name": "imid-warehouse",
        "title": "imid-warehouse: the published marts",
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
        if Path(name).name != name:
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
        f"{file.name}: not in the manifest."
        for file in sorted(folder.iterdir())
        if file.name not in checked and file.name != MANIFEST
    ]
    return problems


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _export(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> ExportedTable:
    target = folder / f"{name}.parquet"
    escaped = str(target).replace("'", "''")
    con.execute(f"copy marts.{name} to '{escaped}' (format parquet, compression zstd)")
    counted = con.execute(f"select count(*) from marts.{name}").fetchall()
    return ExportedTable(
        name, target.name, counted[0][0], target.stat().st_size, f"sha256:{_sha256(target)}"
    )


def _fields(con: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, str]]:
    rows = con.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'marts' and table_name = $1 order by ordinal_position",
        [name],
    ).fetchall()
    return [{"name": column, "type": _FIELD_TYPES.get(kind, "string")} for column, kind in rows]
