"""Coefficients of the negative binomial model, in natural-log units.

Method: Love, Huber and Anders (2014): iteratively reweighted least squares with a
weak ridge; where that diverges, a damped Newton ascent of the same penalised
likelihood, which is concave, within 30 log2 units of zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from analytics.deseq.design import RIDGE, Layout
from analytics.deseq.linalg import (
    BoolArray,
    FloatArray,
    cholesky,
    cholesky_solve,
    factor_columns,
    gene_blocks,
    with_ridge,
)

LARGEST_BETA = 30.0
NEWTON_ITERATIONS = 100
NEWTON_TOLERANCE = 1e-8
ARMIJO = 1e-4
BOUND = 30.0 * np.log(2.0)
HALVINGS = 30


@dataclass(frozen=True)
class BetaFit:
    """Fitted coefficients of g genes.

    Attributes
    ----------
    beta
        Natural-log coefficients, (g, p).
    mu
        Fitted means, (n, g), not floored.
    hat
        Diagonal of each gene's hat matrix, (n, g).
    information
        What the design's :class:`Layout` keeps of X'WX, (g, s), with W at the floored means.
    converged
        (g,).
    """

    beta: FloatArray
    mu: FloatArray
    hat: FloatArray
    information: FloatArray
    converged: BoolArray


def linear_means(
    counts: FloatArray, size_factors: FloatArray, design: FloatArray, floor: float
) -> FloatArray:
    """Means from a least-squares fit to normalised counts.

    Parameters
    ----------
    counts
        (n, g).
    size_factors
        (n,), or normalisation factors, (n, g).
    design
        (n, p).
    floor
        Lowest mean.

    Returns
    -------
    FloatArray
        (n, g).
    """
    factors = factor_columns(size_factors, slice(None))
    layout = Layout.of(design)
    fitted = layout.spread(layout.rows @ layout.least_squares(counts / factors))
    return np.maximum(factors * fitted, floor)


def fit_beta(
    counts: NDArray[np.number],
    size_factors: FloatArray,
    design: FloatArray,
    dispersion: FloatArray,
    floor: float = 0.5,
    tolerance: float = 1e-8,
    max_iterations: int = 100,
) -> BetaFit:
    """Fit all genes.

    Parameters
    ----------
    counts
        (n, g).
    size_factors
        (n,), or normalisation factors, (n, g).
    design
        Design matrix of full rank, (n, p).
    dispersion
        (g,).
    floor
        Lowest mean used in weights.
    tolerance
        Relative change of deviance at which a gene is done.
    max_iterations
        Reweighting steps before the Newton ascent takes over.

    Returns
    -------
    BetaFit
        The fit.
    """
    n, g = counts.shape
    layout = Layout.of(design)
    kept = layout.information(np.ones((len(layout.rows), 1))).shape[0]
    beta, information = np.empty((g, design.shape[1])), np.empty((g, kept))
    mu, hat = np.empty((n, g)), np.empty((n, g))
    converged = np.ones(g, dtype=np.bool_)
    for block in gene_blocks(n, g):
        factors = factor_columns(size_factors, block)
        genes = _Block(counts[:, block].astype(np.float64), factors, layout, dispersion[block])
        start = layout.least_squares(np.log(genes.counts / factors + 0.1))
        fitted, good = _reweighted(genes, start, floor, tolerance, max_iterations)
        if not good.all():
            poor = ~good
            fitted[:, poor], good[poor] = _newton(genes.take(poor), start[:, poor])
        beta[block], converged[block] = fitted.T, good
        with np.errstate(over="ignore"):
            mu[:, block] = genes.means(np.exp(layout.rows @ fitted))
        weights = genes.weights(np.maximum(mu[:, block], floor))
        sums = layout.information(layout.sums(weights))
        information[block] = sums.T
        hat[:, block] = weights * layout.spread(layout.leverage(sums))
    return BetaFit(beta, mu, hat, information, converged)


@dataclass(frozen=True)
class _Block:
    """Counts of b genes, (n, b), with all that does not change while they are fitted.

    ``factors`` are size factors, (n, 1), or normalisation factors, (n, b).
    """

    counts: FloatArray
    factors: FloatArray
    layout: Layout
    dispersion: FloatArray

    def take(self, genes: BoolArray) -> _Block:
        factors = self.factors if self.factors.shape[1] == 1 else self.factors[:, genes]
        return _Block(self.counts[:, genes], factors, self.layout, self.dispersion[genes])

    def means(self, by_cell: FloatArray) -> FloatArray:
        """Means, (n, b), from normalised means by cell, (k, b)."""
        return self.factors * self.layout.spread(by_cell)

    def weights(self, mu: FloatArray) -> FloatArray:
        return mu / (1.0 + mu * self.dispersion)

    def deviance_constant(self) -> FloatArray:
        """Part of minus twice the log likelihood which the means do not change, (b,)."""
        size = 1.0 / self.dispersion
        value = gammaln(self.counts + size) - gammaln(size) - gammaln(self.counts + 1.0)
        return np.asarray(-2.0 * value.sum(axis=0), dtype=np.float64)

    def deviance(self, mu: FloatArray, log_mu: FloatArray) -> FloatArray:
        """Part of minus twice the log likelihood which the means change, (b,)."""
        log_total = np.log1p(mu * self.dispersion)
        value = self.counts * (log_mu + np.log(self.dispersion) - log_total)
        value -= log_total / self.dispersion
        return np.asarray(-2.0 * value.sum(axis=0), dtype=np.float64)


def _reweighted(
    block: _Block, start: FloatArray, floor: float, tolerance: float, max_iterations: int
) -> tuple[FloatArray, BoolArray]:
    """Reweight least squares until settled: coefficients, (p, b), and convergence, (b,)."""
    layout = block.layout
    log_floor = np.log(floor)
    result = start.copy()
    good = np.zeros(start.shape[1], dtype=np.bool_)
    genes = np.arange(start.shape[1])
    constant = block.deviance_constant()
    beta = start
    previous = np.full(genes.size, np.inf)
    # a gene that settles only with the last step counts as unsettled, as it does in R's output
    for iteration in range(max_iterations):
        offset = np.log(block.factors)
        with np.errstate(over="ignore", invalid="ignore"):
            by_cell = layout.rows @ beta
            mu = np.maximum(block.means(np.exp(by_cell)), floor)
            log_mu = np.maximum(layout.spread(by_cell) + offset, log_floor)
            if iteration > 0:
                diverged = ~(np.abs(beta) <= LARGEST_BETA).all(axis=0)
                deviance = constant + block.deviance(mu, log_mu)
                settled = np.abs(deviance - previous) / (np.abs(deviance) + 0.1) < tolerance
                result[:, genes] = beta
                good[genes[settled & ~diverged]] = True
                previous = deviance
                keep = ~(settled | diverged)
                if not keep.any():
                    break
                if not keep.all():
                    genes, mu, log_mu = genes[keep], mu[:, keep], log_mu[:, keep]
                    constant, previous = constant[keep], previous[keep]
                    block = block.take(keep)
                    offset = np.log(block.factors)
        weights = block.weights(mu)
        working = weights * (log_mu - offset + (block.counts - mu) / mu)
        information = layout.information(layout.sums(weights))
        beta = layout.ridge_fit(information, layout.sums(working))
    return result, good


def _newton(block: _Block, start: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Maximise the ridge likelihood without a floor: coefficients, (p, b), convergence, (b,)."""
    layout, counts, size = block.layout, block.counts, 1.0 / block.dispersion
    offset = np.log(block.factors)

    def predictor(beta: FloatArray) -> FloatArray:
        return offset + layout.spread(layout.rows @ beta)

    def loss(beta: FloatArray) -> FloatArray:
        eta = predictor(beta)
        total = np.logaddexp(0.0, eta - np.log(size))
        value: FloatArray = ((counts + size) * total - counts * eta).sum(axis=0)
        return np.asarray(value + 0.5 * RIDGE * (beta**2).sum(axis=0))

    beta = np.clip(start, -BOUND, BOUND)
    value = loss(beta)
    converged = np.zeros(beta.shape[1], dtype=np.bool_)
    for _ in range(NEWTON_ITERATIONS):
        mu = np.exp(predictor(beta))
        slope = layout.rows.T @ layout.sums(size * (mu - counts) / (mu + size)) + RIDGE * beta
        curvature = layout.sums((counts + size) * size * mu / (mu + size) ** 2)
        held = ((beta <= -BOUND) & (slope > 0)) | ((beta >= BOUND) & (slope < 0))
        matrix = with_ridge(layout.matrix(layout.information(curvature)), RIDGE)
        step = _free_step(matrix, slope, held)
        full = np.clip(beta - step, -BOUND, BOUND)
        converged = ((beta - full) * slope).sum(axis=0) < NEWTON_TOLERANCE
        if converged.all():
            # below the rounding of the likelihood, the last step goes unjudged
            return full, converged
        length = np.ones(beta.shape[1])
        for _ in range(HALVINGS):
            proposal = np.clip(beta - length * step, -BOUND, BOUND)
            proposed = loss(proposal)
            gain = ((beta - proposal) * slope).sum(axis=0)
            worse = ~(proposed <= value - ARMIJO * gain) & ~converged
            if not worse.any():
                break
            length[worse] /= 2.0
        moved = (proposed <= value) & ~converged
        beta, value = np.where(moved, proposal, beta), np.where(moved, proposed, value)
    return beta, converged


def _free_step(matrix: FloatArray, slope: FloatArray, held: BoolArray) -> FloatArray:
    """Newton step, (p, b), of the coefficients which no bound holds back."""
    free = np.where(held, 0.0, 1.0)
    reduced = matrix * free[:, None] * free[None, :]
    diagonal = np.arange(matrix.shape[0])
    reduced[diagonal, diagonal] += held
    return cholesky_solve(cholesky(reduced), slope * free)
