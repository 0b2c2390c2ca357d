"""How much more one drug changes than another: the slope of its changes on the other's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

SEED: Final = 20260101
BOOTSTRAP_SAMPLES: Final = 2000
FEWEST_GENES: Final = 10
_LEVEL: Final = 0.95
_GENES_PER_BLOCK: Final = 256

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


def total_least_squares_slope(
    x: Vector, y: Vector, *, samples: int = BOOTSTRAP_SAMPLES, seed: int = SEED
) -> Slope:
    """Return the slope of the principal axis of (x, y) and its bootstrap interval.

    Both changes are measured with error, so neither is regressed on the other: the slope is that
    of the axis of greatest variance, and that of x on y is its reciprocal. Genes are resampled
    by independent Poisson weights of mean one (the Poisson bootstrap); the interval is taken over
    the angle of the axis, which has no jump where the slope passes the vertical.

    Parameters
    ----------
    x, y
        Shape (genes,): changes of the same genes under two drugs, in log2 units.
    """
    n = len(x)
    if n < FEWEST_GENES:
        return Slope(n, None, None, None)
    angle = float(_angles(_summands(x, y).sum(axis=0)[:, None])[0])
    moments = _moments(x, y, samples, seed)
    drawn = _angles(moments[:, moments[0] > 0])
    # An axis has no direction: turn each by half a circle until it lies beside the estimate.
    turned = drawn - np.pi * np.round((drawn - angle) / np.pi)
    tail = (1 - _LEVEL) / 2
    lower, upper = np.quantile(turned, [tail, 1 - tail])
    return Slope(n, math.tan(angle), _bounded(lower), _bounded(upper))


def _summands(x: Vector, y: Vector) -> Vector:
    """Return what is summed over genes for the moments of (x, y), (n, 6)."""
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)


def _moments(x: Vector, y: Vector, samples: int, seed: int) -> Vector:
    """Return the resampled sums of :func:`_summands`, (6, samples)."""
    summands = _summands(x, y)
    sums = np.zeros((summands.shape[1], samples))
    for block, start in enumerate(range(0, len(x), _GENES_PER_BLOCK)):
        part = summands[start : start + _GENES_PER_BLOCK]
        sums += part.T @ _weights(block, samples, seed)[: len(part)].astype(np.float64)
    return sums


@lru_cache(maxsize=64)
def _weights(block: int, samples: int, seed: int) -> NDArray[np.uint8]:
    """How often each gene of a block is drawn in each sample, the same for every pair."""
    rng = np.random.default_rng([seed, block])
    return rng.poisson(1.0, (_GENES_PER_BLOCK, samples)).astype(np.uint8)


def _angles(sums: Vector) -> Vector:
    """Return the angle of the principal axis from each column of sums, within +-90 degrees."""
    total, x, y, xx, yy, xy = sums
    variance_x = xx / total - (x / total) ** 2
    variance_y = yy / total - (y / total) ** 2
    covariance = xy / total - x * y / total**2
    angles: Vector = np.arctan2(2 * covariance, variance_x - variance_y) / 2
    return angles


def _bounded(angle: float) -> float | None:
    return float(math.tan(angle)) if abs(angle) < math.pi / 2 else None
