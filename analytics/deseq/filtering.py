"""Adjusted p values, with genes of too low a mean left out.

Method: Benjamini and Hochberg (1995); independent filtering, Bourgon, Gentleman and
Huber (PNAS 107:9546, 2010), with the threshold chosen as DESeq2 documents it.
"""

from __future__ import annotations

import numpy as np

from analytics.deseq.linalg import FloatArray, IntArray
from analytics.deseq.lowess import lowess

QUANTILES = 50
FEWEST_REJECTIONS = 10


def benjamini_hochberg(p_values: FloatArray) -> FloatArray:
    """False-discovery adjusted p values, (g,); NaN stays NaN and is not counted."""
    return _adjusted(p_values, _ascending(p_values))


def _ascending(p_values: FloatArray) -> IntArray:
    """Order the tested genes, (m,), by p value."""
    tested = np.flatnonzero(~np.isnan(p_values))
    return np.asarray(tested[np.argsort(p_values[tested], kind="stable")], dtype=np.int64)


def _adjusted(p_values: FloatArray, order: IntArray) -> FloatArray:
    """Adjust the p values of the genes in ``order``, which are all; NaN for the rest."""
    adjusted = np.full(p_values.size, np.nan)
    if order.size:
        scaled = p_values[order] * (order.size / np.arange(1, order.size + 1))
        adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def quantiles(values: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Sample quantiles by linear interpolation of order statistics.

    Parameters
    ----------
    values
        (g,).
    probabilities
        (k,), in 0..1.

    Returns
    -------
    FloatArray
        (k,); exactly an order statistic where the rank is whole within rounding.
    """
    ordered = np.sort(values)
    rank = (ordered.size - 1) * probabilities
    fuzz = 4.0 * np.finfo(np.float64).eps
    low = np.floor(rank + fuzz).astype(np.int64)
    high = np.minimum(low + 1, ordered.size - 1)
    part = rank - low
    part[np.abs(part) < fuzz] = 0.0
    exact, between = ordered[low], (1.0 - part) * ordered[low] + part * ordered[high]
    return np.asarray(np.where(part == 0.0, exact, between), dtype=np.float64)


def independent_filtering(
    base_mean: FloatArray, p_values: FloatArray, alpha: float
) -> tuple[FloatArray, float]:
    """Adjust p values over the genes above the most productive mean.

    Parameters
    ----------
    base_mean
        Mean normalised counts of all genes, (g,), zeros included.
    p_values
        (g,), NaN where not tested.
    alpha
        False-discovery rate at which rejections are counted.

    Returns
    -------
    padj : FloatArray
        (g,); NaN below the threshold.
    threshold : float
        The mean below which genes were left out.
    """
    lowest = float(np.mean(base_mean == 0))
    theta = np.linspace(lowest, 0.95 if lowest < 0.95 else 1.0, QUANTILES)
    cutoffs = quantiles(base_mean, theta)
    order = _ascending(p_values)
    means = base_mean[order]
    rejections = _rejections(means, p_values[order], cutoffs, alpha)
    threshold = float(cutoffs[_first_productive(theta, rejections)])
    return _adjusted(p_values, order[means >= threshold]), threshold


def _rejections(
    means: FloatArray, p_values: FloatArray, cutoffs: FloatArray, alpha: float
) -> FloatArray:
    """Count the adjusted p values below alpha at each cutoff, (k,).

    Parameters
    ----------
    means, p_values
        Of the tested genes, by ascending p value, (m,).
    cutoffs
        Ascending, (k,).
    alpha
        False-discovery rate.
    """
    passed = np.searchsorted(cutoffs, means, side="right")
    tested = means.size - np.cumsum(np.bincount(passed, minlength=cutoffs.size))
    # adjusting raises a p value, so only these can end below alpha
    small = int(np.searchsorted(p_values, alpha, side="left"))
    p_small, passed, ranks = p_values[:small], passed[:small], np.arange(1, small + 1)
    counts = np.zeros(cutoffs.size)
    for k in range(cutoffs.size):
        p = p_small[passed > k]
        # the last rank whose scaled p value is below alpha carries all before it
        below = p * (tested[k] / ranks[: p.size]) < alpha
        counts[k] = p.size - below[::-1].argmax() if below.any() else 0
    return counts


def _first_productive(theta: FloatArray, rejections: FloatArray) -> int:
    if rejections.max() <= FEWEST_REJECTIONS:
        return 0
    smooth = lowess(theta, rejections)
    some = rejections > 0
    error = np.sqrt(np.mean((rejections[some] - smooth[some]) ** 2))
    above = np.flatnonzero(rejections > smooth.max() - error)
    return int(above[0]) if above.size else 0
