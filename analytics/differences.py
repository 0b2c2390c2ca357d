"""Whether two contrasts change a gene differently: the difference of their changes, tested.

That a gene is called in one contrast and not in the other says nothing of the kind; only the
difference's own standard error does.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from scipy.stats import norm

from analytics.deseq.filtering import benjamini_hochberg

WITHIN_FIT: Final = "wald_within_fit"
ACROSS_FITS: Final = "z_across_fits"

DIFFERENCE_SCHEMA: Final = {
    "contrast_id_a": pl.String,
    "contrast_id_b": pl.String,
    "gene_id": pl.String,
    "difference": pl.Float64,
    "difference_se": pl.Float64,
    "stat": pl.Float64,
    "p_value": pl.Float64,
    "padj": pl.Float64,
    "method": pl.String,
}


def within_fit(a: pl.DataFrame, b: pl.DataFrame, a_over_b: pl.DataFrame) -> pl.DataFrame:
    """Return the differences of two contrasts that share a denominator in one fit.

    The change of a minus that of b is the model's own contrast of the two numerators, so the
    samples and the dispersion that the two share are accounted for by its covariance.

    Parameters
    ----------
    a, b
        ``contrast_id, gene_id, padj`` of the two contrasts.
    a_over_b
        ``gene_id, log2_fold_change, lfc_se, stat, p_value`` of the numerator of a over that of b.

    Returns
    -------
    polars.DataFrame
        Columns of ``DIFFERENCE_SCHEMA`` in log2 units, one row per gene tested in both; p-values
        adjusted by Benjamini-Hochberg over these genes.
    """
    keys = ["contrast_id_a", "contrast_id_b", "gene_id"]
    tested = _tested_in_both(a, b).select(keys).join(a_over_b, on="gene_id", how="inner")
    return _finished(
        tested.select(
            *keys,
            difference="log2_fold_change",
            difference_se="lfc_se",
            stat="stat",
            p_value="p_value",
        ),
        WITHIN_FIT,
    )


def across_fits(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """Return the differences of two contrasts of independent fits, which share no sample.

    Parameters
    ----------
    a, b
        ``contrast_id, gene_id, log2_fold_change, lfc_se, padj`` of the two contrasts.

    Returns
    -------
    polars.DataFrame
        As for :func:`within_fit`, by z = (a - b) / sqrt(se_a^2 + se_b^2).
    """
    tested = _tested_in_both(a, b).with_columns(
        difference=pl.col("log2_fold_change") - pl.col("log2_fold_change_b"),
        difference_se=(pl.col("lfc_se") ** 2 + pl.col("lfc_se_b") ** 2).sqrt(),
    )
    tested = tested.filter(pl.col("difference_se") > 0).with_columns(
        stat=pl.col("difference") / pl.col("difference_se")
    )
    p_value = 2.0 * norm.sf(np.abs(tested["stat"].to_numpy()))
    return _finished(tested.with_columns(pl.Series("p_value", p_value)), ACROSS_FITS)


def _tested_in_both(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    sides = [frame.filter(pl.col("padj").is_not_null()) for frame in (a, b)]
    joined = sides[0].join(sides[1], on="gene_id", how="inner", suffix="_b").sort("gene_id")
    return joined.rename({"contrast_id": "contrast_id_a"}).select(
        "contrast_id_a",
        "contrast_id_b",
        "gene_id",
        *(c for c in joined.columns if c.startswith(("log2_fold_change", "lfc_se"))),
    )


def _finished(differences: pl.DataFrame, method: str) -> pl.DataFrame:
    p_values = differences["p_value"].fill_null(np.nan).to_numpy()
    padj = pl.Series("padj", benjamini_hochberg(p_values), dtype=pl.Float64).fill_nan(None)
    marked = differences.with_columns(padj, pl.lit(method).alias("method"))
    return marked.select(pl.col(name).cast(kind) for name, kind in DIFFERENCE_SCHEMA.items())
