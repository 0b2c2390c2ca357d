"""pydeseq2's inference routines, for all genes at once.

Every routine works on arrays of samples by genes in blocks of bounded size, on one
core and without a pool of processes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydeseq2.inference import Inference

from analytics.deseq import beta, dispersion, moments, shrinkage, trend, wald
from analytics.deseq.design import Layout
from analytics.deseq.linalg import BoolArray, FloatArray, factor_columns, gene_blocks
from analytics.deseq.posterior import Posterior, Priors

Optimizer = Literal["BFGS", "L-BFGS-B"]


class VectorisedInference(Inference):  # type: ignore[misc]  # pydeseq2 ships no types
    """Inference in NumPy with the numerics of the reference implementation.

    Arguments that choose an optimiser are accepted for pydeseq2's sake and have no
    effect: the ascents here are fixed, since they decide the estimates.

    Parameters
    ----------
    min_mu
        Lowest mean used in dispersion likelihoods and in weights.
    """

    def __init__(self, min_mu: float = 0.5) -> None:
        self.min_mu = min_mu

    def lin_reg_mu(
        self,
        counts: FloatArray,
        size_factors: FloatArray,
        design_matrix: FloatArray,
        min_mu: float,
    ) -> FloatArray:
        """Means by least squares, (n, g); see :func:`analytics.deseq.beta.linear_means`."""
        return beta.linear_means(counts, size_factors, design_matrix, min_mu)

    def fit_glm(
        self,
        counts: FloatArray,
        size_factors: FloatArray,
        design_matrix: FloatArray,
        disp: FloatArray,
    ) -> beta.BetaFit:
        """Coefficients with all that tests need; see :func:`analytics.deseq.beta.fit_beta`."""
        return beta.fit_beta(counts, size_factors, design_matrix, disp, self.min_mu)

    def irls(
        self,
        counts: FloatArray,
        size_factors: FloatArray,
        design_matrix: FloatArray,
        disp: FloatArray,
        min_mu: float,
        beta_tol: float,
        min_beta: float = -30,  # noqa: ARG002  the interface's, bounds are the ridge's here
        max_beta: float = 30,  # noqa: ARG002
        optimizer: Optimizer = "L-BFGS-B",  # noqa: ARG002
        maxiter: int = 100,
    ) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray]:
        """Coefficients (g, p), means (n, g), hat diagonals (n, g) and convergence (g,)."""
        fit = beta.fit_beta(counts, size_factors, design_matrix, disp, min_mu, beta_tol, maxiter)
        return fit.beta, fit.mu, fit.hat, fit.converged

    def alpha_mle(
        self,
        counts: FloatArray,
        design_matrix: FloatArray,
        mu: FloatArray,
        alpha_hat: FloatArray,
        min_disp: float,
        max_disp: float,
        prior_disp_var: float | None = None,
        cr_reg: bool = True,
        prior_reg: bool = False,
        optimizer: Optimizer = "L-BFGS-B",  # noqa: ARG002  the ascent is fixed
        start: FloatArray | None = None,
    ) -> tuple[FloatArray, BoolArray]:
        """Dispersions and their convergence, (g,).

        Parameters
        ----------
        counts, mu
            (n, g).
        design_matrix
            (n, p).
        alpha_hat
            First dispersions, or with a prior the trend's, (g,).
        min_disp, max_disp
            Bounds of the dispersion.
        prior_disp_var
            Variance of the prior on log dispersion.
        cr_reg
            Must be True: the likelihood is always Cox-Reid adjusted.
        prior_reg
            Whether to shrink towards ``alpha_hat``.
        optimizer
            Has no effect.
        start
            With a prior, first dispersions if not the trend's, (g,).

        Returns
        -------
        dispersion : FloatArray
            (g,).
        converged : BoolArray
            (g,).

        Raises
        ------
        ValueError
            If the adjustment is switched off, or a prior has no variance.
        """
        if not cr_reg:
            raise ValueError("Dispersions are estimated with the Cox-Reid adjustment only.")
        floored = np.maximum(mu, self.min_mu)
        bounds = (min_disp, float(max_disp))
        if not prior_reg:
            return dispersion.maximum_likelihood(counts, floored, design_matrix, alpha_hat, bounds)
        if prior_disp_var is None:
            raise ValueError("Shrinking dispersions needs the variance of their prior.")
        prior = dispersion.Prior(np.log(alpha_hat), float(prior_disp_var))
        first = alpha_hat if start is None else start
        return dispersion.maximum_posterior(counts, floored, design_matrix, first, prior, bounds)

    def wald_test(
        self,
        design_matrix: FloatArray,
        disp: FloatArray,
        lfc: FloatArray,
        mu: FloatArray,
        ridge_factor: FloatArray,
        contrast: FloatArray,
        lfc_null: float,
        alt_hypothesis: wald.Alternative | None = None,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """P values, statistics and standard errors, (g,), in natural-log units."""
        layout = Layout.of(np.asarray(design_matrix, dtype=np.float64))
        information = np.concatenate(
            [
                layout.information(layout.sums(floored / (1.0 + floored * disp[block]))).T
                for block in gene_blocks(*mu.shape)
                for floored in [np.maximum(mu[:, block], self.min_mu)]
            ]
        )
        ridge = np.diagonal(ridge_factor).astype(np.float64)
        vector = np.asarray(contrast, dtype=np.float64)
        error = np.sqrt(wald.contrast_variance(information, layout, vector, ridge))
        stat, p_value = wald.wald_test(lfc @ vector, error, lfc_null, alt_hypothesis)
        return p_value, stat, error

    def fit_rough_dispersions(
        self, normed_counts: FloatArray, design_matrix: FloatArray | pd.DataFrame
    ) -> FloatArray:
        """Dispersions around a linear model, (g,)."""
        return moments.rough_dispersions(normed_counts, np.asarray(design_matrix, dtype=np.float64))

    def fit_moments_dispersions(
        self, normed_counts: FloatArray, size_factors: FloatArray
    ) -> FloatArray:
        """Dispersions from means and variances, (g,)."""
        return moments.moment_dispersions(normed_counts, np.asarray(size_factors, dtype=np.float64))

    def dispersion_trend_gamma_glm(
        self, covariates: pd.Series[float], targets: pd.Series[float]
    ) -> tuple[FloatArray, FloatArray, bool]:
        """One gamma regression: coefficients (2,), predictions (m,) and convergence."""
        x = np.asarray(covariates, dtype=np.float64)
        y = np.asarray(targets, dtype=np.float64)
        coefficients, converged = trend.gamma_identity_glm(x, y, trend.START)
        return coefficients, coefficients[0] + coefficients[1] * x, converged

    def lfc_shrink_nbinom_glm(
        self,
        design_matrix: FloatArray,
        counts: FloatArray,
        size: FloatArray,
        offset: FloatArray,
        prior_no_shrink_scale: float,
        prior_scale: float,
        optimizer: str,  # noqa: ARG002  the descent is fixed
        shrink_index: int,
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Posterior modes (g, p), inverse curvatures (g, p, p) and convergence (g,)."""
        priors = Priors(shrink_index, prior_scale, prior_no_shrink_scale)
        fit = shrinkage.shrink(counts, size, offset, design_matrix, priors)
        layout = Layout.of(design_matrix)
        inverse = np.empty((size.size, *[design_matrix.shape[1]] * 2))
        for block in gene_blocks(*counts.shape):
            columns = factor_columns(offset, block)
            posterior = Posterior.of(counts[:, block], size[block], columns, layout, priors)
            inverse[block] = posterior.inverse_curvature(fit.beta[block].T)
        return fit.beta, inverse, fit.converged
