"""Likelihood-ratio test of several coefficients at once.

Method: Love, Huber and Anders (2014): twice the difference of the log likelihoods of a
design and of one nested in it, with the same dispersions, against a chi-squared law.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import chi2

from analytics.deseq.beta import fit_beta
from analytics.deseq.linalg import FloatArray, factor_columns, gene_blocks


def log_likelihood(
    counts: NDArray[np.integer], mu: FloatArray, dispersion: FloatArray
) -> FloatArray:
    """Negative binomial log likelihood of each gene.

    Parameters
    ----------
    counts, mu
        Counts and their means, (n, g).
    dispersion
        (g,).

    Returns
    -------
    FloatArray
        (g,), natural log.
    """
    result = np.empty(dispersion.size)
    for block in gene_blocks(*counts.shape):
        y, alpha = counts[:, block].astype(np.float64), dispersion[block]
        size = 1.0 / alpha
        scaled = np.maximum(mu[:, block], np.finfo(np.float64).tiny) * alpha
        total = np.log1p(scaled)
        terms = gammaln(y + size) - gammaln(size) - gammaln(y + 1.0)
        terms += y * (np.log(scaled) - total) - size * total
        result[block] = terms.sum(axis=0)
    return result


def likelihood_ratio_test(
    counts: NDArray[np.integer],
    size_factors: FloatArray,
    full: FloatArray,
    reduced: FloatArray,
    dispersion: FloatArray,
    floor: float = 0.5,
) -> tuple[FloatArray, FloatArray]:
    """Test whether the coefficients that a reduced design lacks are all zero.

    Parameters
    ----------
    counts
        (n, g), no gene all zero.
    size_factors
        (n,), or normalisation factors, (n, g).
    full, reduced
        Design matrices, (n, p) and (n, q).
    dispersion
        (g,).
    floor
        Lowest mean used in weights.

    Returns
    -------
    stat : FloatArray
        Twice the log likelihood ratio, (g,).
    p_value : FloatArray
        (g,).

    Raises
    ------
    ValueError
        If the reduced design is not nested in the full one, or takes nothing off it.
    """
    p, q = full.shape[1], reduced.shape[1]
    if q >= p or np.linalg.matrix_rank(np.column_stack([full, reduced])) != p:
        raise ValueError(
            "The reduced design must keep some of the full design's terms, not others."
        )
    likelihoods = [
        log_likelihood(counts, _means(counts, size_factors, design, dispersion, floor), dispersion)
        for design in (full, reduced)
    ]
    stat = 2.0 * (likelihoods[0] - likelihoods[1])
    return stat, np.asarray(chi2.sf(stat, p - q), dtype=np.float64)


def _means(
    counts: NDArray[np.integer],
    size_factors: FloatArray,
    design: FloatArray,
    dispersion: FloatArray,
    floor: float,
) -> FloatArray:
    if design.shape[1] == 1 and (design == design[0]).all():
        # an intercept alone is the mean normalised count in the reference implementation
        factors = factor_columns(size_factors, slice(None))
        return np.asarray(factors * (counts / factors).mean(axis=0))
    return fit_beta(counts, size_factors, design, dispersion, floor).mu
