"""Dispersion as a function of the mean: parametric, or local where that fails.

Method: Love, Huber and Anders (2014): a gamma generalised linear model with identity
link of dispersion on one over the mean, refitted without genes far from the curve.
The local alternative is a weighted quadratic regression of log dispersion on log
mean (Loader, Local Regression and Likelihood, 1999), fitted at the corners of cells
which are halved until they are narrow against their neighbourhoods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from analytics.deseq.linalg import FloatArray

START = (0.1, 1.0)
RATIO_RANGE = (1e-4, 15.0)
MAX_ROUNDS = 10
GLM_ITERATIONS = 25
GLM_TOLERANCE = 1e-8
LOCAL_SHARE = 0.7
LOCAL_CUT = 0.8
FEWEST_LOCAL_GENES = 4


@dataclass(frozen=True)
class LocalTrend:
    """A smooth curve through knots in log mean and log dispersion.

    Attributes
    ----------
    knots
        Log means, (k,), ascending.
    heights, slopes
        Log dispersion and its derivative at the knots, (k,).
    """

    knots: FloatArray
    heights: FloatArray
    slopes: FloatArray

    def __call__(self, mean: FloatArray) -> FloatArray:
        """Return dispersions, same shape as the means; flat beyond the outer knots."""
        curve = CubicHermiteSpline(self.knots, self.heights, self.slopes)
        inside = np.clip(np.log(mean), self.knots[0], self.knots[-1])
        return np.asarray(np.exp(curve(inside)), dtype=np.float64)


def gamma_identity_glm(
    x: FloatArray, y: FloatArray, start: tuple[float, float]
) -> tuple[FloatArray, bool]:
    """Gamma regression y ~ a + b x with identity link, by iterated weighted least squares.

    Parameters
    ----------
    x, y
        Covariate and positive response, (m,).
    start
        First (a, b).

    Returns
    -------
    coefficients : FloatArray
        (2,); NaN if a fitted value left the positive range.
    converged : bool
        Whether the deviance settled within the allowed iterations.
    """
    a, b = start
    fitted = a + b * x
    previous = _gamma_deviance(y, fitted)
    for _ in range(GLM_ITERATIONS):
        weights = fitted**-2
        mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
        spread = np.sum(weights * (x - mean_x) ** 2)
        if not spread > 0:
            break
        b = float(np.sum(weights * (x - mean_x) * (y - mean_y)) / spread)
        a = float(mean_y - b * mean_x)
        fitted = a + b * x
        if not np.all(fitted > 0):
            break
        deviance = _gamma_deviance(y, fitted)
        if abs(deviance - previous) / (abs(deviance) + 0.1) < GLM_TOLERANCE:
            return np.array([a, b]), True
        previous = deviance
    return np.array([np.nan, np.nan]), False


def _gamma_deviance(y: FloatArray, fitted: FloatArray) -> float:
    return float(-2.0 * np.sum(np.log(y / fitted) - (y - fitted) / fitted))


def parametric_trend(means: FloatArray, dispersions: FloatArray) -> FloatArray | None:
    """Coefficients (a0, a1) of dispersion = a0 + a1 / mean.

    Parameters
    ----------
    means
        Means of normalised counts, (m,), of the genes to use.
    dispersions
        Their gene-wise dispersions, (m,).

    Returns
    -------
    FloatArray | None
        (2,), or None if the iteration fails or a coefficient is not positive.
    """
    if means.size < 2:
        return None
    a, b = START
    for _ in range(MAX_ROUNDS):
        ratio = dispersions / (a + b / means)
        near = (ratio > RATIO_RANGE[0]) & (ratio < RATIO_RANGE[1])
        if near.sum() < 2:
            return None
        (new_a, new_b), converged = gamma_identity_glm(1.0 / means[near], dispersions[near], (a, b))
        if not (new_a > 0 and new_b > 0):
            return None
        moved = np.log(new_a / a) ** 2 + np.log(new_b / b) ** 2
        a, b = float(new_a), float(new_b)
        if moved < 1e-6 and converged:
            return np.array([a, b])
    return None


def local_trend(means: FloatArray, dispersions: FloatArray) -> LocalTrend:
    """Local quadratic regression of log dispersion on log mean, weighted by the mean.

    Parameters
    ----------
    means
        Means of normalised counts, (m,), of the genes to use.
    dispersions
        Their gene-wise dispersions, (m,), positive.

    Returns
    -------
    LocalTrend
        The curve over the means' range.

    Raises
    ------
    ValueError
        If there are fewer than four genes to fit.
    """
    x, y = np.log(means), np.log(dispersions)
    if np.unique(x).size < FEWEST_LOCAL_GENES:
        raise ValueError(
            f"A local dispersion trend needs at least {FEWEST_LOCAL_GENES} genes that vary more "
            "than chance between replicates."
        )
    vertices = {at: _local_fit(x, y, means, at) for at in (float(x.min()), float(x.max()))}
    cells = [(float(x.min()), float(x.max()))]
    while cells:
        left, right = cells.pop()
        narrower = min(vertices[left].width, vertices[right].width)
        if right - left > LOCAL_CUT * narrower:
            middle = (left + right) / 2.0
            vertices[middle] = _local_fit(x, y, means, middle)
            cells += [(left, middle), (middle, right)]
    knots = sorted(vertices)
    return LocalTrend(
        np.array(knots),
        np.array([vertices[at].height for at in knots]),
        np.array([vertices[at].slope for at in knots]),
    )


@dataclass(frozen=True)
class _Vertex:
    """A local fit: its height, its slope and the width of its neighbourhood."""

    height: float
    slope: float
    width: float


def _local_fit(x: FloatArray, y: FloatArray, weights: FloatArray, at: float) -> _Vertex:
    distance = np.abs(x - at)
    neighbours = max(FEWEST_LOCAL_GENES, int(LOCAL_SHARE * x.size + 1e-12))
    width = max(float(np.partition(distance, neighbours - 1)[neighbours - 1]), 1e-12)
    kernel = np.clip(1.0 - (distance / width) ** 3, 0.0, None) ** 3
    root = np.sqrt(kernel * weights)
    basis = np.stack([np.ones_like(x), x - at, (x - at) ** 2], axis=1)
    height, slope, _ = np.linalg.lstsq(basis * root[:, None], y * root, rcond=None)[0]
    return _Vertex(float(height), float(slope), width)
