"""Telling shrunken fold changes from estimates by the numbers that stand beside them.

A Wald statistic is the estimate over its standard error (Love, Huber and Anders 2014,
doi:10.1186/s13059-014-0550-8), and shrinkage replaces both but neither statistic nor p-value
(Zhu, Ibrahim and Love 2019, doi:10.1093/bioinformatics/bty895). So headings alone do not tell:
PyDESeq2's ``lfc_shrink()`` and DESeq2's ``lfcShrink(type = "normal")`` leave ``stat`` in place,
and ``results()`` is often stored without it. The numbers do not tell where the test itself was
made of shrunken changes, as by DESeq2's ``betaPrior = TRUE``.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Final

import numpy as np
import polars as pl
from scipy.special import ndtri

# The last printed digit of a number is half a unit off at most, and so is what follows from it.
_SLACK: Final = 1.2
_FLOAT: Final = 1e-6
# Genes that may disagree, for what was edited by hand, and how far the typical gene may beyond
# what its digits allow.
_AGREEING: Final = 0.8
_BIAS: Final = 0.01
# Shrinkage shows where the evidence is weak; next to nought only rounding does.
_WEAK: Final = (0.1, 3.0)
# The typical gene of fewer says nothing.
_LEAST_GENES: Final = 3
_EVIDENCE: Final = ("log2_fold_change", "lfc_se", "stat", "p_value")


class Told(Enum):
    """What the numbers of a table tell of it."""

    ESTIMATES = "changes are estimates, with a Wald test"
    SHRUNKEN = "changes are shrunken, with the Wald test of the estimates"
    OTHER_TEST = "the test is not a two-sided Wald test of no change"
    NOTHING = "too few genes"


def told_by_numbers(printed: pl.DataFrame) -> Told:
    """Return what the numbers of a DESeq2 table tell of its fold changes and test.

    Parameters
    ----------
    printed
        One row per gene, as text, for that tells how far a number was rounded:
        ``log2_fold_change, lfc_se, p_value`` and, where the table has it, ``stat``.

    Returns
    -------
    Told
        Estimates if the change over its error is the Wald statistic, as near as the digits let
        it be; shrunken if it is not, or falls short of it at the typical gene. Another test if
        the p-values are not the statistic's, as after a likelihood ratio test whose statistic
        stands there, or if the typical change goes beyond it, as after a test against a threshold.
    """
    given = [name for name in _EVIDENCE if name in printed.columns]
    numbers = printed.select(
        *(pl.col(name).cast(pl.Float64, strict=False) for name in given),
        *(_half_unit(name).alias(f"{name}_off") for name in given),
    )
    judged = _with_statistics(numbers).filter(
        pl.col("stat").is_between(*_WEAK),
        pl.all_horizontal(pl.col("wald", "from_p").is_finite()),
    )
    if judged.height < _LEAST_GENES:
        return Told.NOTHING
    off = _SLACK * (pl.col("wald_off") + pl.col("stat_off")) + _FLOAT * pl.col("stat")
    p_share, p_off, share, share_off, agreeing = judged.select(
        (pl.col("from_p") / pl.col("stat")).median().alias("p_share"),
        ((pl.col("from_p_off") + pl.col("stat_off")) / pl.col("stat")).median().alias("p_off"),
        (pl.col("wald") / pl.col("stat")).median().alias("share"),
        (off / pl.col("stat")).median().alias("share_off"),
        ((pl.col("wald") - pl.col("stat")).abs() <= off).mean().alias("agreeing"),
    ).row(0)
    # The median of many roundings is nearer than each of them is.
    most = _BIAS + 2 * share_off / math.sqrt(judged.height)
    if abs(p_share - 1) > _BIAS + p_off or share > 1 + most:
        return Told.OTHER_TEST
    return Told.ESTIMATES if agreeing >= _AGREEING and share >= 1 - most else Told.SHRUNKEN


def _half_unit(name: str) -> pl.Expr:
    """Return half a unit of the last digit that stands there, as 0.0005 of 1.234."""
    decimals = pl.col(name).str.extract(r"\.(\d+)").str.len_chars().fill_null(0)
    exponent = pl.col(name).str.extract(r"[eE]([+-]?\d+)$").cast(pl.Int64).fill_null(0)
    return 0.5 * pl.lit(10.0) ** (exponent - decimals.cast(pl.Int64))


def _with_statistics(numbers: pl.DataFrame) -> pl.DataFrame:
    """Add the sizes of the Wald statistic and of the one the p-value has, and how far off."""
    size = (pl.col("log2_fold_change") / pl.col("lfc_se")).abs()
    size_off = (pl.col("log2_fold_change_off") + size * pl.col("lfc_se_off")) / pl.col("lfc_se")
    from_p = -ndtri(numbers["p_value"].to_numpy() / 2)
    density = np.exp(-(from_p**2) / 2) / np.sqrt(2 * np.pi)
    numbers = numbers.with_columns(
        wald=size,
        wald_off=size_off,
        from_p=pl.Series(from_p),
        from_p_off=pl.col("p_value_off") / (2 * pl.Series(density)),
    )
    if "stat" in numbers.columns:
        return numbers.with_columns(pl.col("stat").abs())
    return numbers.with_columns(stat=pl.col("from_p"), stat_off=pl.col("from_p_off"))
