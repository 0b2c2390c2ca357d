"""Landed files: a study's wide matrices as immutable Parquet, named by what they were made from.

Beside the counts (``<study>-<hash>.parquet``: ``gene_id`` and a whole-number column per sample)
there are, where the quantifier states them, mean transcript lengths
(``<study>-<hash>.lengths.parquet``: the same rows and columns, in bases).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import duckdb
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


def landed_names(
    con: duckdb.DuckDBPyConnection, load_id: str | None = None
) -> list[tuple[str, str]]:
    """Return study and file name of everything that loaded studies, or one load, have landed."""
    rows: list[tuple[str, str]] = con.execute(
        "select study_id, name from (select study_id, load_id, "
        "unnest([landed_file, landed_lengths_file]) as name from raw.studies) as landed "
        "where name <> '' and load_id = coalesce($1, load_id) order by study_id, name",
        [load_id],
    ).fetchall()
    return rows


def landed_problem(path: Path) -> str | None:
    """Return what is wrong with a landed file in one phrase; None if it can be read."""
    try:
        pl.scan_parquet(path).select(pl.len()).collect()
    except FileNotFoundError:
        return "missing"
    except (pl.exceptions.PolarsError, OSError) as error:
        return str(error).strip().splitlines()[0][:200]
    return None


def land(matrix: pl.DataFrame, target: Path) -> None:
    """Write a wide matrix; the name tells the content, so an existing file is right."""
    if target.exists():
        return
    part = target.with_suffix(".part")
    try:
        matrix.write_parquet(part)
        # The name vouches for the content, so the content is on disk before it has the name.
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.rename(target)
