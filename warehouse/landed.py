"""Landed files: a study's wide matrices as immutable Parquet, named by what they were made from.

Beside the counts (``<study>-<hash>.parquet``: ``gene_id`` and a whole-number column per sample)
there are, where the quantifier states them, mean transcript lengths
(``<study>-<hash>.lengths.parquet``: the same rows and columns, in bases).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from warehouse.home import Home

_HASH_LENGTH: Final = 16
_LENGTHS: Final = ".lengths.parquet"


def landed_counts(home: Home, study_id: str, content_sha256: str) -> Path:
    """Return where the counts of a study's content are landed."""
    return home.landed / f"{study_id}-{content_sha256[:_HASH_LENGTH]}.parquet"


def lengths_beside(counts: Path) -> Path:
    """Return where the transcript lengths that belong to landed counts are."""
    return counts.with_name(counts.name.removesuffix(".parquet") + _LENGTHS)


def read_lengths(counts: Path, samples: list[str] | None = None) -> pl.DataFrame | None:
    """Return the mean transcript lengths that belong to landed counts.

    Parameters
    ----------
    counts
        The landed counts.
    samples
        The samples wanted, in this order; by default all of them.

    Returns
    -------
    polars.DataFrame or None
        ``gene_id`` and one ``Float64`` column per sample, in bases, all above 0, rows as those of
        the counts; None where the study's files state no lengths.
    """
    path = lengths_beside(counts)
    if not path.exists():
        return None
    columns = None if samples is None else ["gene_id", *samples]
    return pl.read_parquet(path, columns=columns)


def landed_files(home: Home, study_id: str) -> list[Path]:
    """Return every file that was landed for a study."""
    stem = f"{study_id}-{'[0-9a-f]' * _HASH_LENGTH}"
    return [*home.landed.glob(f"{stem}.parquet"), *home.landed.glob(f"{stem}{_LENGTHS}")]


def land(matrix: pl.DataFrame, target: Path) -> None:
    """Write a wide matrix; the name tells the content, so an existing file is right."""
    if target.exists():
        return
    part = target.with_suffix(".part")
    matrix.write_parquet(part)
    part.rename(target)
