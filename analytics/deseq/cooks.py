"""Cook's distances, and what they say about outlying counts.

Method: Cook (1977), adapted to the negative binomial model by Love, Huber and
Anders (2014) with a dispersion from trimmed variances, which an outlier cannot move.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as f_distribution

from analytics.deseq.design import cells, in_large_cell
from analytics.deseq.linalg import BoolArray, FloatArray, factor_columns, gene_blocks

LOWEST_DISPERSION = 0.04
REPLICATES_FOR_FLAG = 3
LARGER_COUNTS_WHICH_EXCUSE = 3


def cutoff(n: int, p: int) -> float:
    """99 % quantile of F(p, n - p): the distance above which a count is an outlier."""
    return float(f_distribution.ppf(0.99, p, n - p))


def trimmed_mean(values: FloatArray, share: float) -> FloatArray:
    """Mean over samples, (b,), without the given share of values, (n, b), at each end."""
    n = values.shape[0]
    cut = int(np.floor(n * share))
    return np.asarray(np.sort(values, axis=0)[cut : n - cut].mean(axis=0), dtype=np.float64)


def _trimming(n: int) -> tuple[float, float]:
    """Share trimmed at each end in a cell of n samples, and the variance's correction."""
    if n < 4:
        return 1 / 3, 2.04
    if n < 24:
        return 1 / 4, 1.86
    return 1 / 8, 1.51


def _trimmed_variance(normed: FloatArray, share: float, scale: float) -> FloatArray:
    squares = (normed - trimmed_mean(normed, share)) ** 2
    return np.asarray(scale * trimmed_mean(squares, share))


def robust_dispersions(normed: FloatArray, design: FloatArray) -> FloatArray:
    """Dispersion by moments with the largest trimmed variance of any replicated cell.

    Parameters
    ----------
    normed
        Counts divided by size factors, (n, g), no gene all zero.
    design
        (n, p).

    Returns
    -------
    FloatArray
        (g,), at least 0.04 so that one cell's outlier stays visible.
    """
    _, cell = cells(design)
    sizes = np.bincount(cell)
    replicated = np.flatnonzero(sizes >= REPLICATES_FOR_FLAG)
    if replicated.size:
        variances = [
            _trimmed_variance(normed[cell == k], *_trimming(int(sizes[k]))) for k in replicated
        ]
        variance = np.max(variances, axis=0)
    else:
        variance = _trimmed_variance(normed, 1 / 8, 1.51)
    mean = normed.mean(axis=0)
    return np.asarray(np.maximum((variance - mean) / mean**2, LOWEST_DISPERSION))


def cooks_distances(
    counts: NDArray[np.integer],
    size_factors: FloatArray,
    design: FloatArray,
    mu: FloatArray,
    hat: FloatArray,
) -> FloatArray:
    """Cook's distance of every count.

    Parameters
    ----------
    counts
        (n, g), no gene all zero.
    size_factors
        (n,), or normalisation factors, (n, g).
    design
        (n, p).
    mu, hat
        Fitted means and hat diagonals, (n, g).

    Returns
    -------
    FloatArray
        (n, g).
    """
    p = design.shape[1]
    result = np.empty(counts.shape)
    for block in gene_blocks(*counts.shape):
        y, m, h = counts[:, block], mu[:, block], hat[:, block]
        alpha = robust_dispersions(y / factor_columns(size_factors, block), design)
        pearson = (y - m) ** 2 / (m + alpha * m**2)
        result[:, block] = pearson / p * h / (1.0 - h) ** 2
    return result


def outlier_genes(
    counts: NDArray[np.integer],
    cooks: FloatArray,
    highest: FloatArray,
    design: FloatArray,
    excuse_low: bool,
) -> BoolArray:
    """Genes whose p value must not be read, because one count decides it.

    Parameters
    ----------
    counts, cooks
        (n, g).
    highest
        Largest distance over samples with replicates, (g,); NaN where there is none.
    design
        (n, p).
    excuse_low
        Whether a gene passes if at least three counts exceed the outlying one: a low
        outlier between two groups.

    Returns
    -------
    BoolArray
        (g,).
    """
    n, p = design.shape
    with np.errstate(invalid="ignore"):
        flagged = highest > cutoff(n, p)
    if excuse_low and flagged.any():
        suspects = np.flatnonzero(flagged)
        worst = np.nanargmax(cooks[:, suspects], axis=0)
        outlying = counts[worst, suspects]
        larger = (counts[:, suspects] > outlying).sum(axis=0)
        flagged[suspects] = larger < LARGER_COUNTS_WHICH_EXCUSE
    return np.asarray(flagged, dtype=np.bool_)


def highest_distances(cooks: FloatArray, design: FloatArray) -> FloatArray:
    """Largest distance of each gene, (g,), over samples in cells of three or more."""
    n, p = design.shape
    counted = in_large_cell(design, REPLICATES_FOR_FLAG)
    if n <= p or not counted.any():
        return np.full(cooks.shape[1], np.nan)
    return np.asarray(cooks[counted].max(axis=0), dtype=np.float64)
