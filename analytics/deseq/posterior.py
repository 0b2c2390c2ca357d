"""Posterior of a gene's coefficients under apeGLM's priors, for a block of genes.

Method: Zhu, Ibrahim and Love, Bioinformatics 35:2084 (2019): a negative binomial
likelihood of known dispersion, a Cauchy prior on one coefficient and wide normal
priors on the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.deseq.design import Layout
from analytics.deseq.linalg import (
    BoolArray,
    FloatArray,
    IntArray,
)

OTHER_SCALE = 15.0


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
class Posterior:
    """Minus the log posterior of b genes, up to a constant, and its derivatives.

    Attributes
    ----------
    counts
        (n, b).
    totals
        Counts summed by cell, (k, b).
    size
        One over the dispersion, (b,).
    factors
        Size factors, (n, 1), or normalisation factors, (n, b).
    layout
        The design.
    priors
        The priors.
    spokes
        Where the design is an intercept and a change of each cell but one against that:
        the cell of each coefficient, (p,), the intercept standing at the one; else None.
    """

    counts: FloatArray
    totals: FloatArray
    size: FloatArray
    factors: FloatArray
    layout: Layout
    priors: Priors
    spokes: IntArray | None

    @classmethod
    def of(
        cls,
        counts: FloatArray,
        size: FloatArray,
        offset: FloatArray,
        layout: Layout,
        priors: Priors,
    ) -> Posterior:
        """Prepare the posterior of counts, (n, b); offsets, (n, 1) or (n, b), are log factors."""
        factors = np.exp(offset)
        totals = layout.sums(counts)
        return cls(counts, totals, size, factors, layout, priors, spokes(layout))

    def take(self, genes: BoolArray) -> Posterior:
        """Return the posterior of some genes."""
        return Posterior(
            self.counts[:, genes],
            self.totals[:, genes],
            self.size[genes],
            self.factors if self.factors.shape[1] == 1 else self.factors[:, genes],
            self.layout,
            self.priors,
            self.spokes,
        )

    def without_change(self) -> FloatArray:
        """Coefficients of least squares on logs, with the change set to zero, (p, b)."""
        design = self.layout.spread(self.layout.rows)
        logs = np.log(self.counts + 0.5) - np.log(self.factors)
        others = np.delete(np.arange(design.shape[1]), self.priors.index)
        beta = np.zeros((design.shape[1], self.counts.shape[1]))
        beta[others] = np.linalg.lstsq(design[:, others], logs, rcond=None)[0]
        return beta

    def _means(self, by_cell: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):
            return np.asarray(self.factors * self.layout.spread(np.exp(by_cell)))

    def value(self, beta: FloatArray) -> FloatArray:
        """Minus the log posterior, (b,), at coefficients, (p, b)."""
        by_cell = self.layout.rows @ beta
        total = np.log1p(self._means(by_cell) / self.size)
        value: FloatArray = ((self.counts + self.size) * total).sum(axis=0)
        value -= (self.totals * by_cell).sum(axis=0)
        squares = beta**2 / (2.0 * self.priors.other_scale**2)
        squares[self.priors.index] = np.log1p((beta[self.priors.index] / self.priors.scale) ** 2)
        return np.asarray(value + squares.sum(axis=0))

    def _weights(self, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """First and second derivative by the linear predictor, summed by cell, (k, b)."""
        mu = self._means(self.layout.rows @ beta)
        share = mu / (mu + self.size)
        pull = (self.counts + self.size) * share
        first = self.layout.sums(pull - self.counts)
        return first, self.layout.sums(pull * (1.0 - share))

    def _cauchy_curvature(self, beta: FloatArray) -> FloatArray:
        square, scale = beta[self.priors.index] ** 2, self.priors.scale**2
        return np.asarray(2.0 * (scale - square) / (scale + square) ** 2)

    def _cauchy_majorant(self, beta: FloatArray) -> FloatArray:
        """Curvature of the parabola above the Cauchy prior: positive everywhere."""
        return np.asarray(2.0 / (self.priors.scale**2 + beta[self.priors.index] ** 2))

    def newton_step(self, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the step to take off the coefficients and the slope, (p, b) each."""
        first, second = self._weights(beta)
        slope = self.layout.rows.T @ first + beta / self.priors.other_scale**2
        change = beta[self.priors.index]
        slope[self.priors.index] += (
            2.0 * change / (self.priors.scale**2 + change**2) - change / self.priors.other_scale**2
        )
        step = self._solve(second, self._cauchy_curvature(beta), slope)
        # where the posterior is not convex the prior's parabola stands in for it
        bent = np.asarray(np.isnan(step).any(axis=0))
        if bent.any():
            majorant = self._cauchy_majorant(beta[:, bent])
            step[:, bent] = self._solve(second[:, bent], majorant, slope[:, bent])
        return step, slope

    def variance(self, beta: FloatArray) -> FloatArray:
        """Variance of the shrunken coefficient, (b,), from the curvature at the mode."""
        _, second = self._weights(beta)
        solved = self._solve(second, self._cauchy_curvature(beta), self._unit(beta))
        return np.asarray(solved[self.priors.index])

    def inverse_curvature(self, beta: FloatArray) -> FloatArray:
        """Inverse of the curvature at coefficients, (p, b): (b, p, p)."""
        _, second = self._weights(beta)
        cauchy = self._cauchy_curvature(beta)
        inverse = np.empty((beta.shape[1], beta.shape[0], beta.shape[0]))
        for j in range(beta.shape[0]):
            unit = np.zeros_like(beta)
            unit[j] = 1.0
            inverse[:, :, j] = self._solve(second, cauchy, unit).T
        return inverse

    def likelihood_precision(self, beta: FloatArray) -> FloatArray:
        """Return how precisely the counts alone fix the shrunken coefficient, (b,)."""
        _, second = self._weights(beta)
        stand_in = np.full(beta.shape[1], self.priors.scale**-2)
        solved = self._solve(second, stand_in, self._unit(beta))[self.priors.index]
        return np.asarray(1.0 / solved - stand_in)

    def _unit(self, beta: FloatArray) -> FloatArray:
        unit = np.zeros_like(beta)
        unit[self.priors.index] = 1.0
        return unit

    def _solve(self, sums: FloatArray, cauchy: FloatArray, right: FloatArray) -> FloatArray:
        """Solve the curvature's system; NaN where it is not positive definite.

        Parameters
        ----------
        sums
            Second derivatives summed by cell, (k, b).
        cauchy
            Curvature of the Cauchy prior, (b,).
        right
            (p, b).

        Returns
        -------
        FloatArray
            (p, b).
        """
        prior = np.full_like(right, self.priors.other_scale**-2)
        prior[self.priors.index] = cauchy
        if self.spokes is not None:
            return _solve_wheel(sums[self.spokes], prior, right, self._hub())
        return self.layout.solve(self.layout.information(sums), prior, right)

    def _hub(self) -> int:
        return int(np.flatnonzero((self.layout.rows == 1.0).all(axis=0))[0])


def spokes(layout: Layout) -> IntArray | None:
    """Find the cell of each coefficient in an intercept-and-changes design, (p,), or None."""
    rows = layout.rows
    hubs = np.flatnonzero((rows == 1.0).all(axis=0))
    if not layout.one_way or hubs.size != 1:
        return None
    others = np.delete(rows, hubs[0], axis=1)
    if not (np.isin(others, (0.0, 1.0)).all() and (others.sum(axis=0) == 1.0).all()):
        return None
    cell = rows.argmax(axis=0)
    cell[hubs[0]] = np.flatnonzero(others.sum(axis=1) == 0.0)[0]
    return np.asarray(cell, dtype=np.int64)


def _solve_wheel(sums: FloatArray, prior: FloatArray, right: FloatArray, hub: int) -> FloatArray:
    """Solve a system whose coefficients meet in the intercept only.

    Parameters
    ----------
    sums
        Second derivatives of each coefficient's cell, (p, b).
    prior
        Curvature of each coefficient's prior, (p, b).
    right
        (p, b).
    hub
        The intercept.

    Returns
    -------
    FloatArray
        (p, b); NaN where the system is not positive definite.
    """
    diagonal = sums + prior
    share = sums / diagonal
    share[hub] = 0.0
    carried = (sums * prior / diagonal).sum(axis=0) - sums[hub] * prior[hub] / diagonal[hub]
    # the reference cell's own sum plus what the priors leave of the others': no cancellation
    pivot = diagonal[hub] + carried
    centre = (right[hub] - (share * right).sum(axis=0)) / pivot
    solved = (right - sums * centre) / diagonal
    solved[hub] = centre
    solved[:, (diagonal <= 0).any(axis=0) | (pivot <= 0)] = np.nan
    return np.asarray(solved)
