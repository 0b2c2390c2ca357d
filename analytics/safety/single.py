"""Intervals for one proportion, vectorised over counts."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

ALPHA: Final = 0.05

Floats = NDArray[np.float64]


def counts_and_sizes(affected: ArrayLike, at_risk: ArrayLike) -> tuple[Floats, Floats]:
    """Return counts and denominators as equally long float arrays.

    Raises
    ------
    ValueError
        If a count is negative or above its denominator.
    """
    x, n = np.broadcast_arrays(
        np.atleast_1d(np.asarray(affected, dtype=np.float64)),
        np.atleast_1d(np.asarray(at_risk, dtype=np.float64)),
    )
    if np.any(x < 0) or np.any(x > n):
        raise ValueError("a count must lie between 0 and its denominator")
    return x, n


def wilson_interval(
    affected: ArrayLike, at_risk: ArrayLike, alpha: float = ALPHA
) -> tuple[Floats, Floats]:
    """Return Wilson's score interval without continuity correction.

    Parameters
    ----------
    affected, at_risk
        Counts and denominators, of shapes that broadcast to ``(k,)``.
    alpha
        One minus the two-sided level.

    Returns
    -------
    tuple of arrays
        Lower and upper limits as shares, each of shape ``(k,)``; NaN where the denominator is 0.
        Exactly 0 at no event and exactly 1 at all events.

    References
    ----------
    Wilson EB (1927), J Am Stat Assoc 22:209-212.
    """
    x, n = counts_and_sizes(affected, at_risk)
    z = stats.norm.isf(alpha / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = x / n
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        lower = np.where(x == 0, 0.0, centre - half)
        upper = np.where(x == n, 1.0, centre + half)
    unknown = n == 0
    return np.where(unknown, np.nan, lower), np.where(unknown, np.nan, upper)


def clopper_pearson(
    affected: ArrayLike, at_risk: ArrayLike, alpha: float = ALPHA
) -> tuple[Floats, Floats]:
    """Return the exact interval that inverts two one-sided binomial tests.

    Parameters, shapes and the meaning of NaN are those of :func:`wilson_interval`.

    References
    ----------
    Clopper CJ, Pearson ES (1934), Biometrika 26:404-413.
    """
    x, n = counts_and_sizes(affected, at_risk)
    with np.errstate(invalid="ignore"):
        lower = np.where(x == 0, 0.0, stats.beta.ppf(alpha / 2, x, n - x + 1))
        upper = np.where(x == n, 1.0, stats.beta.isf(alpha / 2, x + 1, n - x))
    unknown = n == 0
    return np.where(unknown, np.nan, lower), np.where(unknown, np.nan, upper)
