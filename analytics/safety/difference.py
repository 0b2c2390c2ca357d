"""Intervals for the difference between two proportions of one trial, vectorised over terms.

The difference is always the first arm's share minus the second arm's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analytics.safety.bisection import Flags, Floats, boundary
from analytics.safety.single import ALPHA, counts_and_sizes, wilson_interval


def no_events(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Flags:
    """Return where nothing can be compared: no event in either arm, or an empty arm."""
    return np.asarray(((x1 == 0) & (x2 == 0)) | (n1 == 0) | (n2 == 0))


def two_arms(
    affected_1: ArrayLike, at_risk_1: ArrayLike, affected_2: ArrayLike, at_risk_2: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats, Flags]:
    """Return both arms' counts and sizes, broadcast, and where there is nothing to compare.

    Rows without an interval stand as 1 of 2 in both arms, to be computed and blanked afterwards.
    """
    x1, n1 = counts_and_sizes(affected_1, at_risk_1)
    x2, n2 = counts_and_sizes(affected_2, at_risk_2)
    x1, n1, x2, n2 = np.broadcast_arrays(x1, n1, x2, n2)
    absent = no_events(x1, n1, x2, n2)
    x1, x2 = np.where(absent, 1.0, x1), np.where(absent, 1.0, x2)
    n1, n2 = np.where(absent, 2.0, n1), np.where(absent, 2.0, n2)
    return x1, n1, x2, n2, absent


def newcombe(
    affected_1: ArrayLike,
    at_risk_1: ArrayLike,
    affected_2: ArrayLike,
    at_risk_2: ArrayLike,
    alpha: float = ALPHA,
) -> tuple[Floats, Floats]:
    """Return Newcombe's hybrid score interval (his method 10) for ``p1 - p2``.

    Parameters
    ----------
    affected_1, at_risk_1, affected_2, at_risk_2
        Counts and denominators of the two arms, of shapes that broadcast to ``(k,)``.
    alpha
        One minus the two-sided level.

    Returns
    -------
    tuple of arrays
        Lower and upper limits as differences of shares in [-1, 1], shape ``(k,)``; NaN where
        neither arm has an event or an arm is empty.

    References
    ----------
    Newcombe RG (1998), Stat Med 17:873-890.
    """
    x1, n1 = counts_and_sizes(affected_1, at_risk_1)
    x2, n2 = counts_and_sizes(affected_2, at_risk_2)
    low_1, high_1 = wilson_interval(x1, n1, alpha)
    low_2, high_2 = wilson_interval(x2, n2, alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = x1 / n1, x2 / n2
        lower = p1 - p2 - np.hypot(p1 - low_1, high_2 - p2)
        upper = p1 - p2 + np.hypot(high_1 - p1, p2 - low_2)
    absent = no_events(x1, n1, x2, n2)
    return np.where(absent, np.nan, lower), np.where(absent, np.nan, upper)


def constrained_share(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, difference: Floats, steps: int = 50
) -> Floats:
    """Return the most likely share of the second arm where the first's is that plus a difference.

    The log-likelihood is concave in the share, so its derivative changes sign once; the root is
    found by bisection on the shares that keep both arms in [0, 1].

    Parameters
    ----------
    x1, n1, x2, n2, difference
        Counts, denominators and the hypothesised ``p1 - p2``, each of shape ``(k,)``.

    Returns
    -------
    array
        The constrained maximum-likelihood share of the second arm, shape ``(k,)``.
    """

    def rising(p2: Floats) -> Flags:
        # The derivative with its positive denominators multiplied out cannot divide by zero.
        p1 = p2 + difference
        q1, q2 = 1 - p1, 1 - p2
        slope = (x1 * q1 - (n1 - x1) * p1) * p2 * q2 + (x2 * q2 - (n2 - x2) * p2) * p1 * q1
        return np.asarray(slope > 0)

    low = np.maximum(0.0, -difference)
    high = np.minimum(1.0, 1.0 - difference)
    for _ in range(steps):
        middle = 0.5 * (low + high)
        up = rising(middle)
        low = np.where(up, middle, low)
        high = np.where(up, high, middle)
    return 0.5 * (low + high)


def miettinen_nurminen(
    affected_1: ArrayLike,
    at_risk_1: ArrayLike,
    affected_2: ArrayLike,
    at_risk_2: ArrayLike,
    alpha: float = ALPHA,
) -> tuple[Floats, Floats]:
    """Return Miettinen and Nurminen's score interval for ``p1 - p2``.

    The limits are the differences at which the score statistic, with the variance at the
    constrained maximum-likelihood shares times ``N / (N - 1)`` (N being both arms together),
    reaches the chi-squared quantile.

    Parameters, shapes and the meaning of NaN are those of :func:`newcombe`.

    References
    ----------
    Miettinen O, Nurminen M (1985), Stat Med 4:213-226.
    """
    x1, n1, x2, n2, absent = two_arms(affected_1, at_risk_1, affected_2, at_risk_2)
    observed = x1 / n1 - x2 / n2
    quantile = stats.chi2.isf(alpha, 1)
    factor = (n1 + n2) / (n1 + n2 - 1)

    def inside(difference: Floats) -> Flags:
        p2 = constrained_share(x1, n1, x2, n2, difference)
        p1 = np.clip(p2 + difference, 0.0, 1.0)
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * factor
        return np.asarray((observed - difference) ** 2 <= quantile * variance)

    lower = boundary(inside, observed, np.full_like(observed, -1.0))
    upper = boundary(inside, observed, np.full_like(observed, 1.0))
    return np.where(absent, np.nan, lower), np.where(absent, np.nan, upper)
