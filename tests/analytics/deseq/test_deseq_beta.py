"""Coefficients against a general optimiser, and Wald tests against the normal law."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import nbinom, norm

from analytics.deseq import beta, wald
from analytics.deseq.design import RIDGE, Layout

RNG = np.random.default_rng(8)
GROUPS = np.column_stack([np.ones(9), np.repeat([0.0, 1.0], [4, 5])])
BATCHES = np.column_stack([GROUPS, np.tile([0.0, 1.0, 0.0], 3)])


def counts_of(design, genes=12):
    coefficients = RNG.normal(0, 0.5, (design.shape[1], genes))
    coefficients[0] = RNG.uniform(3, 7, genes)
    factors = np.exp(RNG.normal(0, 0.3, len(design)))
    alpha = RNG.uniform(0.05, 0.5, genes)
    mu = factors[:, None] * np.exp(design @ coefficients)
    return RNG.negative_binomial(1 / alpha, 1 / (1 + alpha * mu)), factors, alpha


@pytest.mark.parametrize("design", [GROUPS, BATCHES], ids=["one-way", "two factors"])
def test_coefficients_maximise_the_ridge_likelihood(design):
    counts, factors, alpha = counts_of(design)
    fit = beta.fit_beta(counts, factors, design, alpha)
    assert fit.converged.all()
    for g in range(counts.shape[1]):

        def loss(b, g=g):
            mu = factors * np.exp(design @ b)
            likelihood = nbinom.logpmf(counts[:, g], 1 / alpha[g], 1 / (1 + alpha[g] * mu)).sum()
            return -likelihood + 0.5 * RIDGE * b @ b

        best = minimize(loss, fit.beta[g], method="Nelder-Mead", options={"xatol": 1e-7})
        np.testing.assert_allclose(fit.beta[g], best.x, atol=2e-4)
    mu = factors[:, None] * np.exp(design @ fit.beta.T)
    np.testing.assert_allclose(fit.mu, mu, rtol=1e-12)
    np.testing.assert_allclose(fit.hat.sum(axis=0), design.shape[1], rtol=1e-4)


def test_newton_takes_over_where_reweighting_has_no_time():
    counts, factors, alpha = counts_of(BATCHES)
    quick = beta.fit_beta(counts, factors, BATCHES, alpha, max_iterations=1)
    settled = beta.fit_beta(counts, factors, BATCHES, alpha)
    assert quick.converged.all()
    np.testing.assert_allclose(quick.beta, settled.beta, atol=1e-4)


def test_newton_stays_within_thirty_doublings():
    slope = np.array([-1.0, -0.5, -0.1, 0.1, 0.5, 1.0])
    design = np.column_stack([np.ones(6), slope])
    counts = np.array([[0, 0, 0, 0, 0, 10**9]]).T
    fit = beta.fit_beta(counts, np.ones(6), design, np.array([1e-4]), max_iterations=1)
    assert np.abs(fit.beta).max() <= 30 * np.log(2) + 1e-12


def test_an_absent_group_has_a_floored_standard_error():
    counts = np.array([[50, 60, 55, 45, 0, 0, 0, 0, 0]]).T
    fit = beta.fit_beta(counts, np.ones(9), GROUPS, np.array([0.1]))
    variance = wald.contrast_variance(fit.information, Layout.of(GROUPS), np.array([0.0, 1.0]))
    expected = (1 + 0.1 * 52.5) / 52.5 / 4 + (1 + 0.1 * 0.5) / 0.5 / 5
    np.testing.assert_allclose(variance, expected, rtol=1e-3)


CHANGE, ERROR = np.array([-2.0, -0.3, 0.0, 0.4, 3.0]), np.array([0.5, 0.2, 1.0, 0.3, 0.9])


def test_wald_two_sided():
    stat, p = wald.wald_test(CHANGE, ERROR, 0.0, None)
    np.testing.assert_allclose(stat, CHANGE / ERROR)
    np.testing.assert_allclose(p, 2 * norm.cdf(-np.abs(CHANGE / ERROR)))


def test_wald_with_a_null_value():
    stat, p = wald.wald_test(CHANGE, ERROR, 0.5, None)
    np.testing.assert_allclose(stat, (CHANGE - 0.5) / ERROR)
    np.testing.assert_allclose(p, 2 * norm.cdf(-np.abs(stat)))


def test_greater_and_less_mirror_each_other():
    up, p_up = wald.wald_test(CHANGE, ERROR, 0.5, "greater")
    down, p_down = wald.wald_test(-CHANGE, ERROR, -0.5, "less")
    np.testing.assert_allclose(up, -down)
    np.testing.assert_allclose(p_up, p_down)
    np.testing.assert_allclose(p_up, norm.sf((CHANGE - 0.5) / ERROR))
    assert (up >= 0).all()


def test_sizes_above_and_below_a_threshold():
    _, above = wald.wald_test(CHANGE, ERROR, 0.5, "greaterAbs")
    _, below = wald.wald_test(CHANGE, ERROR, 0.5, "lessAbs")
    assert above[0] < 0.01 < below[0]
    assert above[1] == 1.0
    assert ((below > 0.5) == (np.abs(CHANGE) > 0.5)).all()


@pytest.mark.parametrize("alternative", ["greaterAbs", "lessAbs"])
def test_sizes_refuse_a_negative_threshold(alternative):
    with pytest.raises(ValueError, match="cannot be"):
        wald.wald_test(CHANGE, ERROR, -0.5, alternative)


def test_unknown_alternative_is_refused():
    with pytest.raises(ValueError, match="Unknown alternative"):
        wald.wald_test(CHANGE, ERROR, 0.0, "bigger")
