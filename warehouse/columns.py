"""Columns of tables that loads write."""

from __future__ import annotations


def loaded_columns(**columns: str) -> dict[str, str]:
    """Return the columns of a table whose rows belong to a load, its ``load_id`` first."""
    return {"load_id": "varchar not null", **columns}
