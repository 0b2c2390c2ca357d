"""How much more one drug changes than another: the slope of its changes on the other's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

SEED: Final = 20260101
BOOTSTRAP_SAMPLES: Final = 2000
FEWEST_GENES: Final = 10
_LEVEL: Final = 0.95
_CHUNK: Final = 200

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Slope:
    """A total-least-squares slope with its bootstrap interval.

    Attributes
    ----------
    slope
        Change of y per change of x; infinite where only y changes, None with too few genes.
    lower, upper
        Percentile interval over resampled genes; None where a bound has no limit. It says how
        firmly the genes agree on a slope, not how well it would be measured again.
    """

    n_genes: int
    slope: float | None
    lower: float | None
    upper: float | None


def responsive_genes(
    a: pl.DataFrame, b: pl.DataFrame, fdr: float, abs_log2_fold_change: float
) -> pl.DataFrame:
    """Return the changes of genes tested in both contrasts and called in at least one.

    Parameters
    ----------
    a, b
        ``gene_id, log2_fold_change, padj`` of two contrasts.

    Returns
    -------
    polars.DataFrame
        ``gene_id, x, y``: the change in ``a`` and in ``b``.
    """

    def called(suffix: str) -> pl.Expr:
        change = pl.col(f"log2_fold_change{suffix}").abs() > abs_log2_fold_change
        return (pl.col(f"padj{suffix}") < fdr) & change

    tested = [frame.drop_nulls(["padj", "log2_fold_change"]) for frame in (a, b)]
    both = tested[0].join(tested[1], on="gene_id", suffix="_b", how="inner")
    return (
        both.filter(called("") | called("_b"))
        .select("gene_id", x="log2_fold_change", y="log2_fold_change_b")
        .sort("gene_id")
    )


def total_least_squares_slope(
    x: Vector, y: Vector, *, samples: int = BOOTSTRAP_SAMPLES, seed: int = SEED
) -> Slope:
    """Return the slope of the principal axis of (x, y) and its bootstrap interval.

    Both changes are measured with error, so neither is regressed on the other: the slope is that
    of the axis of greatest variance, and that of x on y is its reciprocal. Genes are resampled
    with replacement; the interval is taken over the angle of the axis, which has no jump where
    the slope passes the vertical.

    Parameters
    ----------
    x, y
        Shape (genes,): changes of the same genes under two drugs, in log2 units.
    """
    n = len(x)
    if n < FEWEST_GENES:
        return Slope(n, None, None, None)
    angle = float(_angles(np.ones((1, n)), x, y)[0])
    rng = np.random.default_rng(seed)
    drawn = np.concatenate(
        [
            _angles(rng.multinomial(n, np.full(n, 1 / n), size).astype(float), x, y)
            for size in _chunks(samples)
        ]
    )
    # An axis has no direction: turn each by half a circle until it lies beside the estimate.
    turned = drawn - np.pi * np.round((drawn - angle) / np.pi)
    tail = (1 - _LEVEL) / 2
    lower, upper = np.quantile(turned, [tail, 1 - tail])
    return Slope(n, math.tan(angle), _bounded(lower), _bounded(upper))


def _chunks(samples: int) -> list[int]:
    whole, rest = divmod(samples, _CHUNK)
    return [_CHUNK] * whole + ([rest] if rest else [])


def _angles(weights: Vector, x: Vector, y: Vector) -> Vector:
    """Return the angle of the principal axis under each row of weights, within +-90 degrees."""
    total = weights.sum(axis=1)
    mean_x, mean_y = weights @ x / total, weights @ y / total
    variance_x = weights @ (x * x) / total - mean_x**2
    variance_y = weights @ (y * y) / total - mean_y**2
    covariance = weights @ (x * y) / total - mean_x * mean_y
    angles: Vector = np.arctan2(2 * covariance, variance_x - variance_y) / 2
    return angles


def _bounded(angle: float) -> float | None:
    return float(math.tan(angle)) if abs(angle) < math.pi / 2 else None
