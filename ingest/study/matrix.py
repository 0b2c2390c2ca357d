"""Count matrices: genes in rows, samples in columns, each gene once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from ingest.table import Table
from warehouse.errors import DataError

GENE: Final = "gene_id"
LINE: Final = "line"

# Tools join the names of fused or overlapping genes, hardly ever so many.
_LONGEST_ID: Final = 4000
VERSIONED_ENSEMBL: Final = r"^(ENS[A-Z]*[GTPR]\d{11})\.\d+(_PAR_Y)?$"


@dataclass(frozen=True)
class CountMatrix:
    """A count matrix as read.

    Attributes
    ----------
    features
        One row per gene: ``gene_id`` (version removed), ``gene_id_as_given``,
        ``symbol_as_given`` (may be null), ``line`` (in the file).
    counts
        One row per gene in the order of ``features``: ``gene_id`` and one ``Int64`` column per
        sample, in the order of the sample sheet.
    """

    features: pl.DataFrame
    counts: pl.DataFrame

    def by_gene(self) -> CountMatrix:
        """Return the same sorted by gene id."""
        return CountMatrix(self.features.sort(GENE), self.counts.sort(GENE))


def build_features(table: Table, gene_column: str, symbol_column: str | None) -> pl.DataFrame:
    """Return one row per gene of a table, with the gene's stable id.

    Raises
    ------
    DataError
        If a gene id is empty, holds a control character, is longer than any name or, with
        Ensembl's versions removed, stands twice.
    """
    given = table.frame[gene_column].str.strip_chars()
    is_empty = (given.is_null() | (given == "")).fill_null(value=True)
    if is_empty.any():
        row = is_empty.arg_max() or 0
        raise DataError("the gene id is empty.", table.path, table.lines[row], gene_column)
    is_control = given.str.contains(r"[\x00-\x1f\x7f]")
    if is_control.any():
        row = is_control.arg_max() or 0
        raise DataError(
            f"the gene id {given[row]!r} holds a control character.",
            table.path,
            table.lines[row],
            gene_column,
        )
    is_long = given.str.len_bytes() > _LONGEST_ID
    if is_long.any():
        row = is_long.arg_max() or 0
        raise DataError(
            f"the gene id {given[row][:40]!r}... has {len(given[row]):,} characters, which no "
            "name of a gene has.",
            table.path,
            table.lines[row],
            gene_column,
        )
    symbols = (
        table.frame[symbol_column].str.strip_chars()
        if symbol_column
        else pl.Series([None] * len(given), dtype=pl.String)
    )
    features = pl.DataFrame(
        {
            GENE: without_version(given),
            "gene_id_as_given": given,
            "symbol_as_given": symbols,
            LINE: pl.Series(table.lines, dtype=pl.Int64),
        }
    )
    refuse_repeated(table.path, features, gene_column)
    return features


def without_version(ids: pl.Series) -> pl.Series:
    """Return gene ids with the version taken off those of Ensembl."""
    return ids.str.replace(VERSIONED_ENSEMBL, "${1}${2}")


def refuse_repeated(path: Path, features: pl.DataFrame, gene_column: str) -> None:
    """Refuse a gene that stands twice.

    Raises
    ------
    DataError
        Naming both lines.
    """
    repeated = features.filter(pl.col(GENE).is_duplicated())
    if not repeated.height:
        return
    first, second = repeated.filter(pl.col(GENE) == repeated[GENE][0]).head(2).rows(named=True)
    versions = (
        ""
        if first["gene_id_as_given"] == second["gene_id_as_given"]
        else f" as {first['gene_id_as_given']}; versions are removed"
    )
    raise DataError(
        f"gene {second['gene_id_as_given']} stands twice (first on line {first[LINE]}{versions}).",
        path,
        second[LINE],
        gene_column,
    )


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return names joined by commas, the first few of many."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
