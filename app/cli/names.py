"""``imid resolve``: names against the published release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from app.resolve import Lookup, Resolution, resolve
from warehouse.connections import open_release


def resolve_names(release: Path, names: Sequence[str]) -> list[Resolution]:
    """Resolve each argument of the command line; one may hold several names."""
    with _lookup(release) as lookup:
        return [found for text in names for found in resolve(text, lookup)]


@contextmanager
def _lookup(release: Path) -> Iterator[Lookup]:
    con = open_release(release)

    def lookup(sql: str, parameters: Mapping[str, Any]) -> pl.DataFrame:
        frame: pl.DataFrame = con.sql(sql, params=dict(parameters)).pl()
        return frame

    try:
        yield lookup
    finally:
        con.close()


def as_line(found: Resolution) -> str:
    """Return a resolution as one line: the name, its status and the sentence."""
    ids = f" [{', '.join(found.gene_ids)}]" if found.gene_ids else ""
    return f"{found.status:<13} {found.sentence}{ids}"
