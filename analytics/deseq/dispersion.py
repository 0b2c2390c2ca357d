"""Dispersion of each gene by its Cox-Reid adjusted profile likelihood.

Method: Love, Huber and Anders, Genome Biology 15:550 (2014), with the adjustment
of Cox and Reid (1987) as used for negative binomial models by McCarthy, Chen and
Smyth (2012). The optimum is climbed in log alpha by a backtracking gradient ascent
whose path matters: a low-count gene's likelihood is nearly flat, and where the
ascent stops is the estimate that the reference implementation reports.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.deseq import likelihood
from analytics.deseq.design import CoxReid, Layout
from analytics.deseq.linalg import BoolArray, FloatArray, IntArray, gene_blocks

LOWEST_LOG_ALPHA = -30.0
HIGHEST_LOG_ALPHA = 10.0
FIRST_STEP = 1.0
ARMIJO = 1e-4
TOLERANCE = 1e-6
MAX_ITERATIONS = 100
GRID_POINTS = 20


@dataclass(frozen=True)
class Prior:
    """Normal prior on log alpha.

    Attributes
    ----------
    mean
        Log of the trend's dispersion, (b,).
    variance
        Squared natural-log units.
    """

    mean: FloatArray
    variance: float

    def take(self, genes: IntArray | BoolArray | slice) -> Prior:
        """Return the prior of some genes."""
        return Prior(self.mean[genes], self.variance)


@dataclass(frozen=True)
class Ascent:
    """Where the climb of each gene ended, all of shape (b,).

    Attributes
    ----------
    log_alpha
        Last accepted point.
    first, last
        Log posterior at the start and at the last accepted point above the floor.
    iterations
        Steps tried.
    """

    log_alpha: FloatArray
    first: FloatArray
    last: FloatArray
    iterations: IntArray


def log_posterior(
    log_alpha: FloatArray,
    counts: FloatArray,
    mu: FloatArray,
    cox_reid: CoxReid,
    prior: Prior | None = None,
) -> FloatArray:
    """Cox-Reid adjusted log likelihood, plus the log prior.

    Parameters
    ----------
    log_alpha
        Natural log of the dispersion, (b,).
    counts, mu
        Counts and their fitted means, (n, b); means are positive.
    cox_reid
        The design's adjustment.
    prior
        Prior on log alpha; terms free of alpha are left out.

    Returns
    -------
    FloatArray
        (b,), in natural-log units.
    """
    alpha = np.exp(log_alpha)
    value = likelihood.log_likelihood(alpha, counts, mu)
    value += cox_reid.value(likelihood.weights_by_cell(alpha, mu, cox_reid.layout))
    if prior is not None:
        value -= 0.5 * (log_alpha - prior.mean) ** 2 / prior.variance
    return value


def log_posterior_slope(
    log_alpha: FloatArray,
    counts: FloatArray,
    mu: FloatArray,
    cox_reid: CoxReid,
    prior: Prior | None = None,
) -> FloatArray:
    """Return the derivative of :func:`log_posterior` by log alpha, (b,); parameters as there."""
    alpha = np.exp(log_alpha)
    slope = likelihood.slope(alpha, counts, mu)
    sums, changes = likelihood.weight_changes_by_cell(alpha, mu, cox_reid.layout)
    slope += alpha * cox_reid.slope(sums, changes)
    if prior is not None:
        slope -= (log_alpha - prior.mean) / prior.variance
    return slope


def ascend(
    start: FloatArray,
    counts: FloatArray,
    mu: FloatArray,
    cox_reid: CoxReid,
    floor: float,
    prior: Prior | None = None,
) -> Ascent:
    """Climb the log posterior in log alpha from a start, one gene per column.

    Parameters
    ----------
    start
        First log alpha, (b,).
    counts, mu
        (n, b).
    cox_reid
        The design's adjustment.
    floor
        Log alpha below which a gene is left where it is.
    prior
        Prior on log alpha, if any.

    Returns
    -------
    Ascent
        The end of each climb.
    """
    here = start.copy()
    value = log_posterior(here, counts, mu, cox_reid, prior)
    first = value.copy()
    end, last = here.copy(), value.copy()
    iterations = np.zeros(here.size, dtype=np.int64)

    slope = log_posterior_slope(here, counts, mu, cox_reid, prior)
    step = np.full(here.size, FIRST_STEP)
    accepted_so_far = np.zeros(here.size, dtype=np.int64)
    genes = np.arange(here.size)
    for _ in range(MAX_ITERATIONS):
        if genes.size == 0:
            break
        iterations[genes] += 1
        step = _kept_within_bounds(here, step, slope)
        proposal = here + step * slope
        proposed_value = log_posterior(proposal, counts, mu, cox_reid, prior)
        accepted = proposed_value >= value + step * ARMIJO * slope**2

        change = proposed_value - value
        here = np.where(accepted, proposal, here)
        value = np.where(accepted, proposed_value, value)
        below = accepted & (change >= TOLERANCE) & (here < floor)
        end[genes] = here
        # the reference implementation forgets the value of a step that leaves the floor behind,
        # so a fall in the first step counts as no rise and goes to the grid
        last[genes] = np.where(below, last[genes], value)
        done = below | (accepted & (change < TOLERANCE))

        accepted_so_far += accepted
        grown = np.minimum(step * 1.1, FIRST_STEP)
        grown = np.where(accepted_so_far % 5 == 0, grown / 2.0, grown)
        step = np.where(accepted, grown, step / 2.0)

        moved = accepted[~done]
        if done.any():
            keep = ~done
            genes, here, value, slope = genes[keep], here[keep], value[keep], slope[keep]
            step, accepted_so_far = step[keep], accepted_so_far[keep]
            counts, mu = counts[:, keep], mu[:, keep]
            prior = prior.take(keep) if prior is not None else None
        if moved.all():
            slope = log_posterior_slope(here, counts, mu, cox_reid, prior)
        elif moved.any():
            slope[moved] = log_posterior_slope(
                here[moved],
                counts[:, moved],
                mu[:, moved],
                cox_reid,
                prior.take(moved) if prior is not None else None,
            )
    return Ascent(end, first, last, iterations)


def _kept_within_bounds(here: FloatArray, step: FloatArray, slope: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        proposal = here + step * slope
        step = np.where(proposal < LOWEST_LOG_ALPHA, (LOWEST_LOG_ALPHA - here) / slope, step)
        return np.where(proposal > HIGHEST_LOG_ALPHA, (HIGHEST_LOG_ALPHA - here) / slope, step)


def grid_search(
    counts: FloatArray,
    mu: FloatArray,
    cox_reid: CoxReid,
    bounds: tuple[float, float],
    prior: Prior | None = None,
) -> FloatArray:
    """Log alpha of highest posterior on a coarse grid, then on a fine one around it.

    Parameters
    ----------
    counts, mu
        (n, b).
    cox_reid
        The design's adjustment.
    bounds
        Lowest and highest log alpha of the coarse grid.
    prior
        Prior on log alpha, if any.

    Returns
    -------
    FloatArray
        (b,).
    """
    b = counts.shape[1]
    coarse = np.linspace(*bounds, GRID_POINTS)
    spacing = coarse[1] - coarse[0]
    centre = np.zeros(b)
    for offsets in (coarse, np.linspace(-spacing, spacing, GRID_POINTS)):
        values = np.stack([log_posterior(centre + x, counts, mu, cox_reid, prior) for x in offsets])
        centre = centre + offsets[values.argmax(axis=0)]
    return centre


def maximum_likelihood(
    counts: FloatArray,
    mu: FloatArray,
    design: FloatArray,
    start: FloatArray,
    bounds: tuple[float, float],
) -> tuple[FloatArray, BoolArray]:
    """Gene-wise dispersions without a prior.

    Parameters
    ----------
    counts, mu
        Counts and fitted means, (n, g).
    design
        Design matrix, (n, p).
    start
        First dispersion, (g,), within bounds.
    bounds
        Lowest and highest dispersion.

    Returns
    -------
    dispersion : FloatArray
        (g,).
    converged : BoolArray
        (g,); False where the grid had to decide.
    """
    lowest, highest = bounds
    cox_reid = CoxReid(Layout.of(design))
    result = np.empty(start.size)
    converged = np.empty(start.size, dtype=np.bool_)
    for block in gene_blocks(*counts.shape):
        y, m = counts[:, block].astype(np.float64), mu[:, block]
        climb = ascend(np.log(start[block]), y, m, cox_reid, np.log(lowest / 10.0))
        alpha = np.minimum(np.exp(climb.log_alpha), highest)
        # a likelihood which hardly rises says nothing against the start
        flat = climb.last < climb.first + np.abs(climb.first) / 1e6
        alpha[flat] = start[block][flat]
        # a climb over after one step has stopped on a plateau, not on a summit
        good = (climb.iterations < MAX_ITERATIONS) & (climb.iterations != 1)
        grid = ~good & (alpha > lowest * 10.0)
        if grid.any():
            ends = (np.log(lowest), np.log(highest))
            alpha[grid] = np.exp(grid_search(y[:, grid], m[:, grid], cox_reid, ends))
        result[block], converged[block] = np.clip(alpha, lowest, highest), good
    return result, converged


def maximum_posterior(
    counts: FloatArray,
    mu: FloatArray,
    design: FloatArray,
    start: FloatArray,
    prior: Prior,
    bounds: tuple[float, float],
) -> tuple[FloatArray, BoolArray]:
    """Dispersions shrunk towards the trend.

    Parameters
    ----------
    counts, mu, design, start, bounds
        As for :func:`maximum_likelihood`.
    prior
        Prior on log alpha, centred on the trend.

    Returns
    -------
    dispersion : FloatArray
        (g,).
    converged : BoolArray
        (g,); False where the grid had to decide.
    """
    lowest, highest = bounds
    cox_reid = CoxReid(Layout.of(design))
    result = np.empty(start.size)
    converged = np.empty(start.size, dtype=np.bool_)
    for block in gene_blocks(*counts.shape):
        y, m = counts[:, block].astype(np.float64), mu[:, block]
        own = prior.take(block)
        climb = ascend(np.log(start[block]), y, m, cox_reid, np.log(lowest / 10.0), own)
        alpha = np.exp(climb.log_alpha)
        good = climb.iterations < MAX_ITERATIONS
        if not good.all():
            poor = ~good
            ends = (np.log(lowest), np.log(highest))
            alpha[poor] = np.exp(
                grid_search(y[:, poor], m[:, poor], cox_reid, ends, own.take(poor))
            )
        result[block], converged[block] = np.clip(alpha, lowest, highest), good
    return result, converged
