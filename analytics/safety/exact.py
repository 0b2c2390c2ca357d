"""Exact tests of two proportions, computed once per distinct table.

Both are two-sided. Trials report many terms over the same two arms, so tables repeat, and
Boschloo's test shares one ranking of all possible tables among the terms of a pair of arms.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from analytics.safety.bisection import Floats
from analytics.safety.difference import no_events
from analytics.safety.single import counts_and_sizes

# Probabilities closer than this are ties (the tolerance that R's fisher.test uses).
_TIE: Final = 1e-7
# Points of the nuisance share at which the first search for Boschloo's maximum looks.
_GRID: Final = 128
_REFINE_POINTS: Final = 17
_REFINE_ROUNDS: Final = 2
# A pair of arms with more possible tables than this gets no Boschloo p-value.
MOST_TABLES: Final = 1_000_000


def fisher_exact(
    affected_1: ArrayLike, at_risk_1: ArrayLike, affected_2: ArrayLike, at_risk_2: ArrayLike
) -> Floats:
    """Return Fisher's two-sided p-value: all tables as likely as the one seen, or less.

    Parameters
    ----------
    affected_1, at_risk_1, affected_2, at_risk_2
        Counts and denominators of the two arms, of shapes that broadcast to ``(k,)``.

    Returns
    -------
    array
        p-values, shape ``(k,)``; NaN where neither arm has an event or an arm is empty.

    References
    ----------
    Fisher RA (1935), J R Stat Soc 98:39-82; two-sided as in R's ``fisher.test``.
    """
    tables, inverse, absent = _distinct_tables(affected_1, at_risk_1, affected_2, at_risk_2)
    values = np.array([_fisher_one(*row) for row in tables.tolist()], dtype=np.float64)
    return np.where(absent, np.nan, values[inverse])


def boschloo_exact(
    affected_1: ArrayLike, at_risk_1: ArrayLike, affected_2: ArrayLike, at_risk_2: ArrayLike
) -> Floats:
    """Return Boschloo's two-sided p-value, uniformly more powerful than Fisher's.

    Twice the smaller one-sided p-value (at most 1), each the largest probability over the
    nuisance share of a table whose one-sided Fisher p-value is as small as the one seen. The
    maximum is sought on a grid of shares for all tables of a pair of arms at once, then refined.

    Parameters and shapes are those of :func:`fisher_exact`.

    Returns
    -------
    array
        p-values, shape ``(k,)``; NaN as there, and where two arms allow more than a million
        tables.

    References
    ----------
    Boschloo RD (1970), Stat Neerl 24:1-35.
    """
    tables, inverse, absent = _distinct_tables(affected_1, at_risk_1, affected_2, at_risk_2)
    values = np.full(len(tables), np.nan)
    pairs, which = np.unique(tables[:, [1, 3]], axis=0, return_inverse=True)
    for position, (n1, n2) in enumerate(pairs.tolist()):
        if n1 > 0 and n2 > 0 and (n1 + 1) * (n2 + 1) <= MOST_TABLES:
            rows = np.flatnonzero(which.ravel() == position)
            values[rows] = _boschloo_pair(tables[rows, 0], n1, tables[rows, 2], n2)
    return np.where(absent, np.nan, values[inverse])


def _distinct_tables(
    affected_1: ArrayLike, at_risk_1: ArrayLike, affected_2: ArrayLike, at_risk_2: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.bool_]]:
    x1, n1 = counts_and_sizes(affected_1, at_risk_1)
    x2, n2 = counts_and_sizes(affected_2, at_risk_2)
    x1, n1, x2, n2 = np.broadcast_arrays(x1, n1, x2, n2)
    stacked = np.column_stack([x1, n1, x2, n2]).astype(np.int64)
    tables, inverse = np.unique(stacked, axis=0, return_inverse=True)
    return tables, inverse.ravel(), no_events(x1, n1, x2, n2)


def _fisher_one(x1: int, n1: int, x2: int, n2: int) -> float:
    events = x1 + x2
    support = np.arange(max(0, events - n2), min(events, n1) + 1)
    if support.size <= 1:
        return 1.0
    log_ways = -(
        gammaln(support + 1)
        + gammaln(n1 - support + 1)
        + gammaln(events - support + 1)
        + gammaln(n2 - events + support + 1)
    )
    chance = np.exp(log_ways - log_ways.max())
    seen = chance[x1 - support[0]]
    return float(min(1.0, chance[chance <= seen * (1 + _TIE)].sum() / chance.sum()))


def _boschloo_pair(
    x1: NDArray[np.int64], n1: int, x2: NDArray[np.int64], n2: int
) -> NDArray[np.float64]:
    """Return the p-values of several tables of one pair of arms.

    A table is ranked by its one-sided Fisher p-value, which for a given count in the first arm
    only grows (or only falls) with the count in the second. So the tables at least as extreme
    as one seen are, for each count in the first arm, the first few or the last few of the
    second, and their probability is one sum over the first arm.
    """
    smaller, larger = _one_sided_fisher(n1, n2)
    angles = np.linspace(0, np.pi / 2, _GRID + 2)[1:-1]
    grid = _Binomials(angles, n1, n2)
    width = float(angles[1] - angles[0])
    values = np.empty(len(x1))
    for position, (i, j) in enumerate(zip(x1.tolist(), x2.tolist(), strict=True)):
        # Seen from the other end, "few in the first arm" is "many in the first arm".
        depth_many = (larger <= larger[i, j] * (1 + _TIE)).sum(axis=1)
        depth_few = (smaller <= smaller[i, j] * (1 + _TIE)).sum(axis=1)
        sides = [
            (grid.reached(depth_many, from_low=True), depth_many, True),
            (grid.reached(depth_few, from_low=False), depth_few, False),
        ]
        reached, depth, from_low = min(sides, key=lambda side: float(side[0].max()))
        best, angle, step = float(reached.max()), float(angles[reached.argmax()]), width
        for _ in range(_REFINE_ROUNDS):
            near = np.linspace(max(0.0, angle - step), min(np.pi / 2, angle + step), _REFINE_POINTS)
            reached = _Binomials(near, n1, n2).reached(depth, from_low=from_low)
            angle = float(near[reached.argmax()])
            best = max(best, float(reached.max()))
            step = 2 * step / (_REFINE_POINTS - 1)
        values[position] = best
    return np.minimum(1.0, 2 * values)


def _one_sided_fisher(n1: int, n2: int) -> tuple[Floats, Floats]:
    """Return P(first count <= i) and P(first count >= i), given i + j events, per (i, j)."""
    i = np.arange(n1 + 1)[:, None]
    events = np.arange(n1 + n2 + 1)[None, :]
    j = events - i
    possible = (j >= 0) & (j <= n2)
    log_chance = (
        _log_choose(n1, i) + _log_choose(n2, np.clip(j, 0, n2)) - _log_choose(n1 + n2, events)
    )
    chance = np.where(possible, np.exp(log_chance), 0.0)
    at_most = np.cumsum(chance, axis=0)
    at_least = np.cumsum(chance[::-1], axis=0)[::-1]
    column = i + np.arange(n2 + 1)[None, :]
    return np.take_along_axis(at_most, column, 1), np.take_along_axis(at_least, column, 1)


def _log_choose(n: int, k: NDArray[np.int64]) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


class _Binomials:
    """The binomial probabilities of two arms at shares ``sin(angle)**2``, one row per angle."""

    def __init__(self, angles: Floats, n1: int, n2: int) -> None:
        share = np.clip(np.sin(angles) ** 2, 1e-300, 1 - 1e-16)[:, None]
        self._first = self._chances(share, n1)
        second = self._chances(share, n2)
        none = np.zeros((len(angles), 1))
        # Summed from either end, so that small probabilities keep their digits.
        self._lowest = np.hstack([none, np.cumsum(second, axis=1)])
        self._highest = np.hstack([none, np.cumsum(second[:, ::-1], axis=1)])

    @staticmethod
    def _chances(share: Floats, n: int) -> Floats:
        k = np.arange(n + 1)
        return np.asarray(
            np.exp(_log_choose(n, k) + k * np.log(share) + (n - k) * np.log1p(-share))
        )

    def reached(self, depth: NDArray[np.int64], *, from_low: bool) -> Floats:
        """Return the probability of the ``depth[i]`` lowest (or highest) second counts, per angle.

        Parameters
        ----------
        depth
            For each count of the first arm, shape ``(n1 + 1,)``, how many counts of the second.
        """
        summed = self._lowest if from_low else self._highest
        return np.asarray(np.einsum("gi,gi->g", self._first, summed[:, depth]))
