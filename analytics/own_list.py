"""Over-representation of gene sets in a list of genes that a person brings.

Method: the one-sided hypergeometric test, adjusted over the sets tested by Benjamini and Hochberg
(JRSS B 57:289, 1995).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl
from scipy import stats

FEWEST_GENES: Final = 5

SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "gene_set_id": pl.String,
    "n_measured": pl.Int64,
    "n_overlap": pl.Int64,
    "expected": pl.Float64,
    "p_value": pl.Float64,
    "padj": pl.Float64,
    "overlap_gene_ids": pl.List(pl.String),
}


def over_representation(
    genes: Collection[str], members: pl.DataFrame, background: Collection[str]
) -> pl.DataFrame:
    """Test which sets a list holds more of than its background would.

    Parameters
    ----------
    genes
        Gene ids of the list; those outside the background take no part.
    members
        ``gene_set_id, gene_id``, one row per set and member.
    background
        Gene ids the list could have been drawn from.

    Returns
    -------
    polars.DataFrame
        Columns of ``SCHEMA``, the smallest p-value first: one row per set with at least 5 genes
        in the background. ``expected`` is the overlap chance alone would give.
    """
    ground = set(background)
    drawn = ground.intersection(genes)
    sets = (
        members.filter(pl.col("gene_id").is_in(list(ground)))
        .unique(["gene_set_id", "gene_id"])
        .group_by("gene_set_id")
        .agg(
            n_measured=pl.len().cast(pl.Int64),
            overlap_gene_ids=pl.col("gene_id").filter(pl.col("gene_id").is_in(list(drawn))).sort(),
        )
        .filter(pl.col("n_measured") >= FEWEST_GENES)
        .with_columns(n_overlap=pl.col("overlap_gene_ids").list.len().cast(pl.Int64))
        .sort("gene_set_id")
    )
    if not sets.height or not drawn:
        return pl.DataFrame(schema=SCHEMA)
    p_values = stats.hypergeom.sf(
        sets["n_overlap"].to_numpy() - 1, len(ground), sets["n_measured"].to_numpy(), len(drawn)
    )
    return (
        sets.with_columns(
            expected=pl.col("n_measured") * (len(drawn) / len(ground)),
            p_value=pl.Series(p_values),
            padj=pl.Series(stats.false_discovery_control(p_values)),
        )
        .select(list(SCHEMA))
        .sort("p_value", "gene_set_id")
    )
