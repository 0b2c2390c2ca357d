"""Changes shrunk with a heavy-tailed prior, and their posterior standard deviations.

Method: apeGLM, Zhu, Ibrahim and Love, Bioinformatics 35:2084 (2019): a Cauchy prior
on the change, wide normal priors on the other coefficients, the mode of the
posterior, and its curvature there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from analytics.deseq.design import Layout
from analytics.deseq.linalg import BoolArray, FloatArray, factor_columns, gene_blocks
from analytics.deseq.posterior import Posterior, Priors

VARIANCE_RANGE = (1e-6, 400.0)
ROOT_TOLERANCE = float(np.finfo(np.float64).eps ** 0.25)
ITERATIONS = 200
TOLERANCE = 1e-8
ARMIJO = 1e-4
HALVINGS = 40


@dataclass(frozen=True)
class ShrunkFit:
    """Posterior modes of g genes.

    Attributes
    ----------
    beta
        Natural-log coefficients at the mode, (g, p).
    variance
        Variance of the shrunken coefficient: the entry of the inverse curvature, (g,).
    converged
        (g,).
    """

    beta: FloatArray
    variance: FloatArray
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
        Design matrix of full rank, (n, p).
    contrast
        (p,), not all zero.

    Returns
    -------
    design : FloatArray
        (n, p); where the contrast is between two cells of a one-way layout, with an
        intercept for the second and a change against it for each other cell.
    index : int
        The contrast's coefficient.

    Raises
    ------
    ValueError
        If the contrast is all zero.
    """
    if not contrast.any():
        raise ValueError("A contrast whose entries are all zero compares nothing.")
    layout = Layout.of(design)
    if layout.one_way:
        differences = layout.rows[:, None, :] - layout.rows[None, :, :]
        pairs = np.argwhere((np.abs(differences - contrast) < 1e-12).all(axis=2))
        if pairs.size:
            numerator, denominator = pairs[0]
            rows = np.eye(len(layout.rows))
            rows[:, denominator] = 1.0
            return rows[layout.cell], int(numerator)
    # a positive entry, the last of the largest, is the numerator's in a level contrast
    size = np.abs(contrast) + 1e-12 * np.arange(contrast.size) + 1e-6 * (contrast > 0)
    index = int(np.argmax(size))
    changed = design - design[:, [index]] * (contrast / contrast[index])
    changed[:, index] = design[:, index] / contrast[index]
    return changed, index


def shrink(
    counts: NDArray[np.number],
    size: FloatArray,
    offset: FloatArray,
    design: FloatArray,
    priors: Priors,
    start: FloatArray | None = None,
) -> ShrunkFit:
    """Posterior modes of all genes.

    A Cauchy prior can give a second mode. The search starts from ``start``; where the
    counts say little enough for a second mode, it starts from no change as well, and the
    higher mode is taken.

    Parameters
    ----------
    counts
        (n, g).
    size
        One over the dispersion, (g,).
    offset
        Log size factors, (n,), or log normalisation factors, (n, g).
    design
        (n, p).
    priors
        The priors.
    start
        Natural-log coefficients, (g, p), by maximum likelihood; without, only no change
        is tried.

    Returns
    -------
    ShrunkFit
        The modes.
    """
    n, g = counts.shape
    layout = Layout.of(design)
    beta, variance = np.empty((g, design.shape[1])), np.empty(g)
    converged = np.empty(g, dtype=np.bool_)
    for block in gene_blocks(n, g):
        posterior = Posterior.of(
            counts[:, block].astype(np.float64),
            size[block],
            factor_columns(offset, block),
            layout,
            priors,
        )
        if start is None:
            mode, value, good = _climb(posterior, posterior.without_change())
        else:
            mode, value, good = _climb(posterior, start[block].T.copy())
            doubtful = ~(posterior.likelihood_precision(mode) > priors.scale**-2) | ~good
            if doubtful.any():
                part = posterior.take(doubtful)
                other, other_value, other_good = _climb(part, part.without_change())
                better = other_value < value[doubtful]
                mode[:, doubtful] = np.where(better, other, mode[:, doubtful])
                good[doubtful] = np.where(better, other_good, good[doubtful])
        beta[block], variance[block], converged[block] = mode.T, posterior.variance(mode), good
    return ShrunkFit(beta, variance, converged)


def _climb(posterior: Posterior, start: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Descend minus the log posterior by damped Newton steps: mode, value, convergence."""
    end, end_value = start.copy(), posterior.value(start)
    good = np.zeros(start.shape[1], dtype=np.bool_)
    genes = np.arange(start.shape[1])
    beta, value = end.copy(), end_value.copy()
    for _ in range(ITERATIONS):
        step, slope = posterior.newton_step(beta)
        decrement = (step * slope).sum(axis=0)
        length = np.ones(beta.shape[1])
        for _ in range(HALVINGS):
            proposal = beta - length * step
            proposed = posterior.value(proposal)
            worse = ~(proposed <= value - ARMIJO * length * decrement) & (decrement > TOLERANCE)
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
