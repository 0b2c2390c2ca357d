"""The ratio of two proportions of one trial, vectorised over terms."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analytics.safety.bisection import Flags, Floats, boundary
from analytics.safety.difference import no_events, two_arms
from analytics.safety.single import ALPHA, counts_and_sizes

# A limit beyond these is no limit: 0 or infinity is returned.
_LOG_FARTHEST: Final = np.log(1e12)


def risk_ratio(
    affected_1: ArrayLike, at_risk_1: ArrayLike, affected_2: ArrayLike, at_risk_2: ArrayLike
) -> Floats:
    """Return the first arm's share over the second's: infinite without events in the second."""
    x1, n1 = counts_and_sizes(affected_1, at_risk_1)
    x2, n2 = counts_and_sizes(affected_2, at_risk_2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (x1 / n1) / (x2 / n2)
    return np.where(no_events(x1, n1, x2, n2), np.nan, ratio)


def score_ratio(
    affected_1: ArrayLike,
    at_risk_1: ArrayLike,
    affected_2: ArrayLike,
    at_risk_2: ArrayLike,
    alpha: float = ALPHA,
) -> tuple[Floats, Floats]:
    """Return Miettinen and Nurminen's score interval for ``p1 / p2``.

    At a hypothesised ratio the constrained maximum-likelihood shares solve a quadratic; the
    limits are the ratios at which the score statistic, with its variance times ``N / (N - 1)``,
    reaches the chi-squared quantile.

    Parameters
    ----------
    affected_1, at_risk_1, affected_2, at_risk_2
        Counts and denominators of the two arms, of shapes that broadcast to ``(k,)``.
    alpha
        One minus the two-sided level.

    Returns
    -------
    tuple of arrays
        Lower and upper limits, shape ``(k,)``: lower 0 without events in the first arm, upper
        infinite without events in the second, both NaN where neither arm has an event.

    References
    ----------
    Miettinen O, Nurminen M (1985), Stat Med 4:213-226.
    """
    x1, n1, x2, n2, absent = two_arms(affected_1, at_risk_1, affected_2, at_risk_2)
    total, events = n1 + n2, x1 + x2
    quantile = stats.chi2.isf(alpha, 1)
    p1_seen, p2_seen = x1 / n1, x2 / n2

    def inside(log_ratio: Floats) -> Flags:
        ratio = np.exp(log_ratio)
        a = total * ratio
        b = n1 * ratio + x1 + n2 + x2 * ratio
        p2 = 2 * events / (b + np.sqrt(np.maximum(b * b - 4 * a * events, 0.0)))
        p1 = np.minimum(p2 * ratio, 1.0)
        variance = (p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2) * total / (total - 1)
        return np.asarray((p1_seen - ratio * p2_seen) ** 2 <= quantile * variance)

    with np.errstate(divide="ignore"):
        seen = np.log(p1_seen) - np.log(p2_seen)
    start = np.clip(seen, -_LOG_FARTHEST, _LOG_FARTHEST)
    lower = np.exp(boundary(inside, start, np.full_like(start, -_LOG_FARTHEST)))
    upper = np.exp(boundary(inside, start, np.full_like(start, _LOG_FARTHEST)))
    lower = np.where(x1 == 0, 0.0, lower)
    upper = np.where(x2 == 0, np.inf, upper)
    return np.where(absent, np.nan, lower), np.where(absent, np.nan, upper)
