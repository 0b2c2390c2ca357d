"""What a build's marts are made of and keyed by, read from dbt's manifest for the ledger."""

from __future__ import annotations

import json
from typing import Any, Final

import polars as pl

_SCHEMA: Final = {
    "model": pl.String,
    "schema_name": pl.String,
    "file_path": pl.String,
    "file_sha256": pl.String,
    "key_columns": pl.String,
    "depends_on": pl.String,
}


def models_of(manifest: dict[str, Any]) -> pl.DataFrame:
    """Return one row per model, for ``ops.models``.

    ``key_columns`` is a JSON list of keys, each a list of columns that dbt tests for uniqueness,
    the combined ones first, or the ``key`` of its ``meta`` where the
    whole is too large to test for it; ``depends_on`` a JSON list of ``schema.table``.
    """
    nodes = {**manifest["nodes"], **manifest["sources"]}
    keys = _keys(manifest)
    rows = [
        {
            "model": node["name"],
            "schema_name": node["schema"],
            "file_path": node["original_file_path"],
            "file_sha256": node["checksum"]["checksum"],
            "key_columns": json.dumps(keys.get(name) or _stated_key(node)),
            "depends_on": json.dumps(
                sorted(
                    f"{nodes[parent]['schema']}.{nodes[parent]['name']}"
                    for parent in node["depends_on"]["nodes"]
                    if parent in nodes
                )
            ),
        }
        for name, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model"
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)


def _stated_key(node: dict[str, Any]) -> list[list[str]]:
    key = node["config"]["meta"].get("key")
    return [key] if key else []


def _keys(manifest: dict[str, Any]) -> dict[str, list[list[str]]]:
    combined: dict[str, list[list[str]]] = {}
    single: dict[str, list[list[str]]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == "unique_combination":
            combined.setdefault(node["attached_node"], []).append(test["kwargs"]["columns"])
        elif test.get("name") == "unique" and node["column_name"]:
            single.setdefault(node["attached_node"], []).append([node["column_name"]])
    for model, columns in single.items():
        order = list(manifest["nodes"][model]["columns"])
        columns.sort(key=lambda key: order.index(key[0]))
    return {
        model: [*combined.get(model, []), *single.get(model, [])] for model in {*combined, *single}
    }
