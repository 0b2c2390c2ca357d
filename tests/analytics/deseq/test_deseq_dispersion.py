"""Likelihoods of the dispersion, their climbs, the trend and the prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

from analytics.deseq import dispersion, moments, prior, trend
from analytics.deseq.design import CoxReid, Layout

RNG = np.random.default_rng(5)
DESIGN = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4), np.tile([0.0, 1.0], 4)])
BOUNDS = (1e-8, 10.0)


@pytest.fixture(scope="module")
def genes():
    base = np.exp(RNG.uniform(1, 8, 40))
    alpha = np.exp(RNG.uniform(np.log(0.02), np.log(1.5), 40))
    mu = base * RNG.uniform(0.5, 2.0, (8, 1))
    counts = RNG.negative_binomial(1 / alpha, 1 / (1 + alpha * mu)).astype(float)
    return counts, np.maximum(mu, 0.5)


def test_log_posterior_is_the_adjusted_likelihood_up_to_a_constant(genes):
    counts, mu = genes
    cox_reid = CoxReid(Layout.of(DESIGN))

    def expected(log_alpha):
        alpha = np.exp(log_alpha)
        likelihood = nbinom.logpmf(counts, 1 / alpha, 1 / (1 + alpha * mu)).sum(axis=0)
        weights = mu / (1 + alpha * mu)
        matrices = np.einsum("ni,ng,nj->gij", DESIGN, weights, DESIGN)
        return likelihood - 0.5 * np.linalg.slogdet(matrices)[1]

    low, high = np.full(40, -3.0), np.full(40, 0.5)
    ours = [dispersion.log_posterior(x, counts, mu, cox_reid) for x in (low, high)]
    np.testing.assert_allclose(ours[1] - ours[0], expected(high) - expected(low), rtol=1e-8)


def test_slope_is_the_derivative(genes):
    counts, mu = genes
    cox_reid = CoxReid(Layout.of(DESIGN))
    here = RNG.uniform(-5, 1, 40)
    belief = dispersion.Prior(RNG.normal(-1, 1, 40), 0.7)
    for own in (None, belief):
        slope = dispersion.log_posterior_slope(here, counts, mu, cox_reid, own)
        values = [
            dispersion.log_posterior(here + d, counts, mu, cox_reid, own) for d in (1e-5, -1e-5)
        ]
        np.testing.assert_allclose(slope, (values[0] - values[1]) / 2e-5, rtol=1e-4, atol=1e-4)


def test_maximum_posterior_is_the_maximum(genes):
    counts, mu = genes
    cox_reid = CoxReid(Layout.of(DESIGN))
    belief = dispersion.Prior(np.full(40, -1.0), 0.5)
    ours, converged = dispersion.maximum_posterior(
        counts, mu, DESIGN, np.full(40, 0.3), belief, BOUNDS
    )
    assert converged.all()
    for g in range(40):
        own = dispersion.Prior(belief.mean[[g]], belief.variance)
        best = minimize_scalar(
            lambda x, g=g, own=own: (
                -dispersion.log_posterior(np.array([x]), counts[:, [g]], mu[:, [g]], cox_reid, own)[
                    0
                ]
            ),
            bounds=(-18, 2.5),
            method="bounded",
            options={"xatol": 1e-8},
        ).x
        np.testing.assert_allclose(np.log(ours[g]), best, atol=2e-3)


def test_a_flat_likelihood_keeps_its_start():
    counts = np.zeros((8, 1))
    counts[0] = 1
    ours, _ = dispersion.maximum_likelihood(
        counts, np.full((8, 1), 0.5), DESIGN, np.array([1e-8]), BOUNDS
    )
    assert ours[0] == 1e-8


def test_grid_search_finds_the_peak_within_its_fine_spacing(genes):
    counts, mu = genes
    cox_reid = CoxReid(Layout.of(DESIGN))
    belief = dispersion.Prior(np.full(40, -1.0), 0.5)
    climbed, _ = dispersion.maximum_posterior(counts, mu, DESIGN, np.full(40, 0.3), belief, BOUNDS)
    ends = (np.log(1e-8), np.log(10.0))
    found = dispersion.grid_search(counts, mu, cox_reid, ends, belief)
    fine = (ends[1] - ends[0]) / 19 * 2 / 19
    assert np.abs(found - np.log(climbed)).max() < fine


def test_rough_dispersions_need_replicates():
    with pytest.raises(ValueError, match="without replicates"):
        moments.rough_dispersions(np.ones((3, 2)), np.eye(3))


def test_moments_recover_a_known_dispersion():
    counts = RNG.negative_binomial(1 / 0.2, 1 / (1 + 0.2 * 100), (20_000, 3)).astype(float)
    ones = np.ones(20_000)
    np.testing.assert_allclose(moments.moment_dispersions(counts, ones), 0.2, rtol=0.1)
    np.testing.assert_allclose(moments.rough_dispersions(counts, ones[:, None]), 0.2, rtol=0.1)


def test_trend_recovers_its_coefficients():
    means = np.exp(RNG.uniform(0, 9, 4000))
    noisy = (0.08 + 3.0 / means) * RNG.gamma(4, 1 / 4, 4000)
    a0, a1 = trend.parametric_trend(means, noisy)
    np.testing.assert_allclose([a0, a1], [0.08, 3.0], rtol=0.05)


def test_trend_gives_up_where_dispersion_rises():
    means = np.exp(RNG.uniform(0, 9, 500))
    assert trend.parametric_trend(means, 1e-3 * means) is None
    assert trend.parametric_trend(means[:1], means[:1]) is None


def test_local_trend_reproduces_a_parabola():
    means = np.exp(RNG.uniform(1, 8, 300))
    rule = lambda m: np.exp(-2 + 0.3 * np.log(m) - 0.05 * np.log(m) ** 2)  # noqa: E731
    curve = trend.local_trend(means, rule(means))
    np.testing.assert_allclose(curve(means), rule(means), rtol=1e-3)
    assert curve(np.array([1e-9]))[0] == pytest.approx(rule(means.min()))


def test_local_trend_needs_genes():
    with pytest.raises(ValueError, match="at least 4 genes"):
        trend.local_trend(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.1, 0.1]))


def test_prior_variance_takes_sampling_variance_off():
    residuals = RNG.normal(0, 1.5, 20_000)
    expected = prior.robust_variance(residuals) - 0.64493406684  # trigamma(2)
    assert prior.prior_variance(residuals, 4) == pytest.approx(expected)
    assert prior.prior_variance(residuals * 0.1, 4) == 0.25


@pytest.mark.parametrize("df", [1, 2, 3])
def test_prior_variance_matches_the_simulated_histogram(df):
    residuals = np.log(RNG.chisquare(df, 50_000) / df) + RNG.normal(0, np.sqrt(2.0), 50_000)
    assert prior.prior_variance(residuals, df) == pytest.approx(2.0, rel=0.15)


def test_prior_needs_a_degree_of_freedom():
    with pytest.raises(ValueError, match="degree of freedom"):
        prior.prior_variance(np.zeros(3), 0)
