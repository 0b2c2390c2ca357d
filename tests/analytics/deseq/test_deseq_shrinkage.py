"""apeGLM's posterior: its mode, its curvature, and designs rewritten for a contrast."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from analytics.deseq import shrinkage
from analytics.deseq.design import Layout
from analytics.deseq.posterior import Posterior, Priors, spokes

RNG = np.random.default_rng(4)
GROUPS = np.column_stack([np.ones(9), *(np.repeat([0, 1, 2], 3) == k for k in (1, 2))]).astype(
    float
)
BATCHES = np.column_stack([GROUPS, np.tile([0.0, 1.0, 0.0], 3)])


@pytest.fixture(params=[GROUPS, BATCHES], ids=["one-way", "two factors"])
def data(request):
    design = request.param
    alpha = RNG.uniform(0.05, 1.0, 15)
    mu = np.exp(RNG.uniform(0, 6, 15) + design @ RNG.normal(0, 0.7, (design.shape[1], 15)))
    counts = RNG.negative_binomial(1 / alpha, 1 / (1 + alpha * mu))
    return design, counts.astype(float), 1 / alpha, RNG.normal(0, 0.2, 9)


def minus_log_posterior(b, design, counts, size, offset, priors):
    eta = design @ b + offset
    likelihood = counts @ eta - (counts + size) @ np.log(size + np.exp(eta))
    others = np.delete(b, priors.index)
    prior = np.log1p((b[priors.index] / priors.scale) ** 2)
    return -likelihood + prior + (others**2).sum() / (2 * priors.other_scale**2)


def test_mode_and_curvature(data):
    design, counts, size, offset = data
    priors = Priors(1, 0.4)
    fit = shrinkage.shrink(counts, size, offset, design, priors)
    assert fit.converged.all()
    p = design.shape[1]
    for g in range(counts.shape[1]):

        def loss(b, g=g):
            return minus_log_posterior(b, design, counts[:, g], size[g], offset, priors)

        best = minimize(loss, fit.beta[g], method="BFGS", options={"gtol": 1e-7})
        np.testing.assert_allclose(fit.beta[g], best.x, atol=1e-4)
        steps = 1e-3 * np.eye(p)
        hessian = [
            [
                loss(best.x + a + b)
                - loss(best.x + a - b)
                - loss(best.x - a + b)
                + loss(best.x - a - b)
                for a in steps
            ]
            for b in steps
        ]
        inverse = np.linalg.inv(np.array(hessian) / 4e-6)
        np.testing.assert_allclose(fit.variance[g], inverse[1, 1], rtol=1e-3)


def test_intercept_and_changes_are_solved_as_the_full_system(data):
    design, counts, size, offset = data
    layout, priors = Layout.of(design), Priors(2, 0.3)
    quick = Posterior.of(counts, size, offset[:, None], layout, priors)
    assert (quick.spokes is None) == (design.shape[1] == 4)
    slow = Posterior(counts, quick.totals, size, quick.factors, layout, priors, None)
    point = 0.1 * RNG.normal(size=(design.shape[1], 15))
    np.testing.assert_allclose(quick.newton_step(point)[0], slow.newton_step(point)[0], rtol=1e-7)
    np.testing.assert_allclose(quick.variance(point), slow.variance(point), rtol=1e-7)


def test_spokes_need_an_intercept():
    assert spokes(Layout.of(np.eye(3)[[0, 0, 1, 1, 2, 2]])) is None


def test_the_higher_of_two_modes_is_taken():
    design = np.column_stack([np.ones(6), np.repeat([0.0, 1.0], 3)])
    counts = np.array([[2, 1, 3, 40, 0, 30]], dtype=float).T
    priors = Priors(1, 0.02)
    size, offset = np.array([1.5]), np.zeros(6)
    start = np.array([[np.log(2.0), np.log(35.0)]])
    fit = shrinkage.shrink(counts, size, offset, design, priors, start)
    values = [
        minimize(
            minus_log_posterior, b, (design, counts[:, 0], 1.5, offset, priors), method="BFGS"
        ).fun
        for b in (fit.beta[0], start[0], np.array([2.0, 0.0]))
    ]
    assert abs(values[1] - values[2]) > 1e-3
    assert values[0] == pytest.approx(min(values), abs=1e-6)


def test_prior_scale_solves_its_equation():
    error = RNG.uniform(0.1, 0.6, 4000)
    change = RNG.normal(0, np.sqrt(0.3**2 + error**2))
    assert shrinkage.prior_scale(change, error) == pytest.approx(0.3, rel=0.05)
    assert shrinkage.prior_scale(0.01 * change, error) == pytest.approx(1e-3)
    assert shrinkage.prior_scale(100 * change, error) == 1.0
    assert shrinkage.prior_scale(1e4 * change, error) == 1.0


@pytest.mark.parametrize(
    ("design", "contrast"),
    [
        (GROUPS, [0, 1, -1]),
        (GROUPS, [0, -1, 0]),
        (GROUPS, [0, 0.5, 0.5]),
        (BATCHES, [0, -1, 1, 0]),
        (BATCHES, [0, 0, 0, -2]),
    ],
)
def test_reparametrised_design_carries_the_contrast(design, contrast):
    contrast = np.array(contrast, dtype=float)
    other, index = shrinkage.reparametrise(design, contrast)
    coefficients = RNG.normal(size=design.shape[1])
    same = np.linalg.lstsq(other, design @ coefficients, rcond=None)[0]
    np.testing.assert_allclose(other @ same, design @ coefficients)
    assert same[index] == pytest.approx(contrast @ coefficients)


def test_a_contrast_of_levels_makes_its_denominator_the_reference():
    other, index = shrinkage.reparametrise(GROUPS, np.array([0.0, 1.0, -1.0]))
    reference = other[np.repeat([0, 1, 2], 3) == 2]
    assert (np.delete(reference, np.flatnonzero(reference[0] == 1), axis=1) == 0).all()
    assert reference[0].sum() == 1
    assert index != np.flatnonzero(reference[0] == 1)[0]


def test_an_empty_contrast_is_refused():
    with pytest.raises(ValueError, match="all zero"):
        shrinkage.reparametrise(GROUPS, np.zeros(3))
