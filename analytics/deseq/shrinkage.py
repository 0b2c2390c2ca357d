"""Changes shrunk with a heavy-tailed prior, and their posterior standard deviations.

Method: apeGLM, Zhu, Ibrahim and Love, Bioinformatics 35:2084 (2019): a Cauchy prior
on the change, wide normal priors on the other coefficients, the mode of the
posterior, and its curvature there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from analytics.deseq.linalg import (
    BoolArray,
    FloatArray,
    cholesky,
    cholesky_solve,
    gene_blocks,
    pair_products,
    unpack,
)

OTHER_SCALE = 15.0
VARIANCE_RANGE = (1e-6, 400.0)
ROOT_TOLERANCE = float(np.finfo(np.float64).eps ** 0.25)
ITERATIONS = 200
TOLERANCE = 1e-8
HALVINGS = 40


@dataclass(frozen=True)
class Priors:
    """Scales of the priors, in natural-log units.

    Attributes
    ----------
    index
        Coefficient with the Cauchy prior.
    scale
        Scale of the Cauchy prior.
    other_scale
        Standard deviation of the normal priors on the other coefficients.
    """

    index: int
    scale: float
    other_scale: float = OTHER_SCALE


@dataclass(frozen=True)
class ShrunkFit:
    """Posterior modes of g genes.

    Attributes
    ----------
    beta
        Natural-log coefficients at the mode, (g, p).
    covariance
        Inverse of the curvature at the mode, (g, p, p).
    converged
        (g,).
    """

    beta: FloatArray
    covariance: FloatArray
    converged: BoolArray


def prior_scale(change: FloatArray, error: FloatArray) -> float:
    """Scale of the Cauchy prior which the genes' own changes ask for.

    Parameters
    ----------
    change, error
        Maximum-likelihood changes and their standard errors, (m,), natural log.

    Returns
    -------
    float
        At most one.
    """
    squared, sampling = change**2, error**2

    def excess(variance: float) -> float:
        weights = 0.5 / (variance + sampling) ** 2
        return float(np.sum((squared - sampling) * weights) / weights.sum() - variance)

    low, high = VARIANCE_RANGE
    if change.size == 0 or excess(low) < 0:
        return float(np.sqrt(low))
    if excess(high) > 0:
        return 1.0
    return min(float(np.sqrt(brentq(excess, low, high, xtol=ROOT_TOLERANCE))), 1.0)


def reparametrise(design: FloatArray, contrast: FloatArray) -> tuple[FloatArray, int]:
    """Write the same model with the contrast as one of its coefficients.

    Parameters
    ----------
    design
        (n, p).
    contrast
        (p,), not all zero.

    Returns
    -------
    design : FloatArray
        (n, p).
    index : int
        The contrast's coefficient.

    Raises
    ------
    ValueError
        If the contrast is all zero.
    """
    # the last of the largest entries is the numerator's own column in a level contrast
    largest = np.flatnonzero(contrast == contrast.max())
    index = int(largest[-1]) if contrast.max() > 0 else int(np.argmax(np.abs(contrast)))
    pivot = contrast[index]
    if pivot == 0:
        raise ValueError("A contrast whose entries are all zero compares nothing.")
    changed = design - design[:, [index]] * (contrast / pivot)
    changed[:, index] = design[:, index] / pivot
    return changed, index


def shrink(
    counts: FloatArray,
    size: FloatArray,
    offset: FloatArray,
    design: FloatArray,
    priors: Priors,
    start: FloatArray | None = None,
) -> ShrunkFit:
    """Posterior modes of all genes.

    A Cauchy prior can give a second mode, so the search starts once from no change at
    all and once from ``start``, and the higher mode is taken.

    Parameters
    ----------
    counts
        (n, g).
    size
        One over the dispersion, (g,).
    offset
        Log size factors, (n,).
    design
        (n, p).
    priors
        The priors.
    start
        Natural-log coefficients, (g, p), as a rule of maximum likelihood.

    Returns
    -------
    ShrunkFit
        The modes.
    """
    n, g = counts.shape
    p = design.shape[1]
    beta, covariance = np.empty((g, p)), np.empty((g, p, p))
    converged = np.empty(g, dtype=np.bool_)
    for block in gene_blocks(n, g):
        posterior = _Posterior(
            counts[:, block].astype(np.float64), size[block], offset[:, None], design, priors
        )
        mode, value, good = _climb(posterior, posterior.without_change())
        if start is not None:
            other, other_value, other_good = _climb(posterior, start[block].T.copy())
            better = other_value < value - 1e-9 * np.abs(value)
            mode = np.where(better, other, mode)
            good = np.where(better, other_good, good)
        beta[block], converged[block] = mode.T, good
        curvature = posterior.curvature(mode, posterior.cauchy_curvature(mode))
        covariance[block] = _inverse(np.moveaxis(curvature, 2, 0))
    return ShrunkFit(beta, covariance, converged)


def _inverse(matrices: FloatArray) -> FloatArray:
    """Invert (b, p, p) matrices; one that is singular gives NaN."""
    with np.errstate(all="ignore"):
        usable = np.isfinite(matrices).all(axis=(1, 2)) & (np.linalg.cond(matrices) < 1e15)
    result = np.full_like(matrices, np.nan)
    result[usable] = np.linalg.inv(matrices[usable])
    return result


@dataclass(frozen=True)
class _Posterior:
    """Minus the log posterior of a block of genes, and its derivatives."""

    counts: FloatArray
    size: FloatArray
    offset: FloatArray
    design: FloatArray
    priors: Priors

    def take(self, genes: BoolArray) -> _Posterior:
        return _Posterior(
            self.counts[:, genes], self.size[genes], self.offset, self.design, self.priors
        )

    def without_change(self) -> FloatArray:
        """Coefficients of least squares on logs, with the change set to zero, (p, b)."""
        logs = np.log(self.counts + 0.5) - self.offset
        others = np.delete(np.arange(self.design.shape[1]), self.priors.index)
        beta = np.zeros((self.design.shape[1], self.counts.shape[1]))
        beta[others] = np.linalg.lstsq(self.design[:, others], logs, rcond=None)[0]
        return beta

    def value(self, beta: FloatArray) -> FloatArray:
        eta = self.offset + self.design @ beta
        total = np.logaddexp(0.0, eta - np.log(self.size))
        value: FloatArray = ((self.counts + self.size) * total - self.counts * eta).sum(axis=0)
        squares = beta**2 / (2.0 * self.priors.other_scale**2)
        squares[self.priors.index] = np.log1p((beta[self.priors.index] / self.priors.scale) ** 2)
        return np.asarray(value + squares.sum(axis=0))

    def slope(self, beta: FloatArray) -> FloatArray:
        mu = np.exp(self.offset + self.design @ beta)
        slope = self.design.T @ (self.size * (mu - self.counts) / (mu + self.size))
        prior = beta / self.priors.other_scale**2
        change = beta[self.priors.index]
        prior[self.priors.index] = 2.0 * change / (self.priors.scale**2 + change**2)
        return np.asarray(slope + prior, dtype=np.float64)

    def cauchy_curvature(self, beta: FloatArray) -> FloatArray:
        square, scale = beta[self.priors.index] ** 2, self.priors.scale**2
        return np.asarray(2.0 * (scale - square) / (scale + square) ** 2)

    def cauchy_majorant(self, beta: FloatArray) -> FloatArray:
        """Curvature of the parabola above the Cauchy prior: positive everywhere."""
        return np.asarray(2.0 / (self.priors.scale**2 + beta[self.priors.index] ** 2))

    def curvature(self, beta: FloatArray, cauchy: FloatArray) -> FloatArray:
        mu = np.exp(self.offset + self.design @ beta)
        weights = (self.counts + self.size) * self.size * mu / (mu + self.size) ** 2
        p = self.design.shape[1]
        matrix = unpack(pair_products(self.design) @ weights, p)
        for j in range(p):
            matrix[j, j] += cauchy if j == self.priors.index else self.priors.other_scale**-2
        return matrix


def _climb(posterior: _Posterior, start: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Damped Newton descent of minus the log posterior: mode, value and convergence."""
    end, end_value = start.copy(), posterior.value(start)
    good = np.zeros(start.shape[1], dtype=np.bool_)
    genes = np.arange(start.shape[1])
    beta, value = end.copy(), end_value.copy()
    for _ in range(ITERATIONS):
        slope = posterior.slope(beta)
        lower = cholesky(posterior.curvature(beta, posterior.cauchy_curvature(beta)))
        # where the posterior is not convex the prior's parabola stands in for it
        bent: BoolArray = np.asarray(np.isnan(lower).any(axis=(0, 1)))
        if bent.any():
            part = posterior.take(bent)
            majorant = part.cauchy_majorant(beta[:, bent])
            lower[:, :, bent] = cholesky(part.curvature(beta[:, bent], majorant))
        step = cholesky_solve(lower, slope)
        decrement = (step * slope).sum(axis=0)
        length = np.ones(beta.shape[1])
        for _ in range(HALVINGS):
            proposal = beta - length * step
            with np.errstate(over="ignore"):
                proposed = posterior.value(proposal)
            worse = ~(proposed <= value - 1e-4 * length * decrement) & (decrement > TOLERANCE)
            if not worse.any():
                break
            length[worse] /= 2.0
        # the last step is below the rounding of the posterior, which cannot judge it
        moved = (proposed <= value) | (decrement < TOLERANCE)
        beta, value = np.where(moved, proposal, beta), np.where(moved, proposed, value)
        end[:, genes], end_value[genes] = beta, value
        done = decrement < TOLERANCE
        good[genes[done]] = True
        keep = ~done
        if not keep.any():
            break
        if done.any():
            genes, beta, value = genes[keep], beta[:, keep], value[keep]
            posterior = posterior.take(keep)
    return end, end_value, good
