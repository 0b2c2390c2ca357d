"""Forms that leave one file per sample: the samples' columns put side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.study.counts import rounded_half_even
from ingest.study.matrix import GENE, CountMatrix
from warehouse.errors import DataError


@dataclass(frozen=True)
class SampleColumn:
    """One sample's values, in the order of its features."""

    path: Path
    features: pl.DataFrame
    values: pl.Series


def side_by_side(columns: Mapping[str, SampleColumn]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the features of the first file, and one column of values per sample.

    Raises
    ------
    DataError
        If the files are not of the same genes: what one file lacks is missing, not zero.
    """
    first = next(iter(columns.values()))
    genes = first.features[GENE]
    wide = {GENE: genes}
    for sample, column in columns.items():
        own = column.features[GENE]
        if own.equals(genes):
            wide[sample] = column.values.alias(sample)
            continue
        _require_same_genes(first, column)
        values = pl.DataFrame({GENE: own, sample: column.values})
        wide[sample] = genes.to_frame().join(values, on=GENE, how="left", maintain_order="left")[
            sample
        ]
    return first.features, pl.DataFrame(wide)


def _require_same_genes(first: SampleColumn, other: SampleColumn) -> None:
    for lacking, holding in ((other, first), (first, other)):
        missing = holding.features.join(lacking.features, on=GENE, how="anti")
        if missing.height:
            raise DataError(
                f"gene {missing['gene_id_as_given'][0]} of {holding.path} (line "
                f"{missing['line'][0]}) is not in this file; the files of a study must be of the "
                "same genes.",
                lacking.path,
            )


def whole_matrix(columns: Mapping[str, SampleColumn]) -> CountMatrix:
    """Return whole counts as a matrix."""
    return CountMatrix(*side_by_side(columns))


def rounded_matrix(columns: Mapping[str, SampleColumn]) -> tuple[CountMatrix, pl.DataFrame]:
    """Return estimates rounded half to even, and each sample's sum before that."""
    features, wide = side_by_side(columns)
    totals = pl.DataFrame(
        {"sample_id": list(columns), "estimated_total": [wide[s].sum() for s in columns]},
        schema={"sample_id": pl.String, "estimated_total": pl.Float64},
    )
    rounded = wide.select(GENE, *(rounded_half_even(wide[s]) for s in columns))
    return CountMatrix(features, rounded), totals
