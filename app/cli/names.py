"""``imid resolve``: names against the published release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from warehouse.queries import release_lookup
from warehouse.resolve import Resolution, resolve


def resolve_names(release: Path, names: Sequence[str]) -> list[Resolution]:
    """Resolve each argument of the command line; one may hold several names."""
    with release_lookup(release) as lookup:
        return [found for text in names for found in resolve(text, lookup)]


def as_line(found: Resolution) -> str:
    """Return a resolution as one line: the name, its status and the sentence."""
    ids = f" [{', '.join(found.gene_ids)}]" if found.gene_ids else ""
    return f"{found.status:<13} {found.sentence}{ids}"
