"""Random-effects meta-analysis against the method's equations and its own rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import chi2

from analytics.pooling import pool

# Log risk ratios and variances of the BCG trials (Colditz et al. 1994).
BCG = [
    (-0.8893, 0.3256), (-1.5854, 0.1946), (-1.3481, 0.4154), (-1.4416, 0.0200), (-0.2175, 0.0512),
    (-0.7861, 0.0069), (-1.6209, 0.2230), (0.0120, 0.0040), (-0.4694, 0.0564), (-1.3713, 0.0730),
    (-0.3394, 0.0124), (0.4459, 0.5325), (-0.0173, 0.0714),
]  # fmt: skip


def test_the_bcg_trials_pool_by_the_method_s_own_equations() -> None:
    """Paule and Mandel (1982): the variance between studies at which Q equals its freedom."""
    effects, variances = (np.array(values) for values in zip(*BCG, strict=True))

    def q(tau2: float) -> float:
        weights = 1 / (variances + tau2)
        return float(np.sum(weights * (effects - np.average(effects, weights=weights)) ** 2))

    tau2 = brentq(lambda value: q(value) - (len(BCG) - 1), 0, 10)
    weights = 1 / (variances + tau2)
    found = pool(list(effects), list(np.sqrt(variances)))
    assert found.n_studies == 13
    assert found.tau2 == pytest.approx(tau2, rel=1e-4)
    assert found.log2_fold_change == pytest.approx(np.average(effects, weights=weights), rel=1e-4)
    assert found.standard_error == pytest.approx(weights.sum() ** -0.5, rel=1e-4)
    assert found.i2 == pytest.approx(1 - 12 / q(0))
    assert found.q_p_value == pytest.approx(chi2.sf(q(0), 12), rel=1e-6)


def test_studies_that_agree_pool_to_their_weighted_mean() -> None:
    found = pool([1.0, 1.0], [0.1, 0.3])
    assert found.log2_fold_change == pytest.approx(1.0)
    assert found.standard_error == pytest.approx((1 / (1 / 0.01 + 1 / 0.09)) ** 0.5)
    assert (found.tau2, found.i2) == (0.0, 0.0)
    assert found.ci_lower == pytest.approx(1 - 1.959964 * found.standard_error)
    assert (found.hk_lower, found.hk_upper) == (found.ci_lower, found.ci_upper)


def test_two_studies_that_disagree_leave_the_question_open() -> None:
    found = pool([2.0, -1.5], [0.2, 0.2])
    assert found.ci_lower < 0 < found.ci_upper
    assert found.tau2 > 5
    assert found.hk_upper - found.hk_lower > 5 * (found.ci_upper - found.ci_lower)


@pytest.mark.parametrize(
    ("changes", "errors", "problem"),
    [
        ([1.0], [0.1], "at least two"),
        ([], [], "at least two"),
        ([1.0, 2.0], [0.1, 0.0], "positive"),
    ],
)
def test_what_cannot_be_pooled(changes: list[float], errors: list[float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        pool(changes, errors)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-10, 10), st.floats(0.02, 3)), min_size=2, max_size=8),
    st.floats(-5, 5),
)
def test_shifting_every_study_shifts_the_mean(
    studies: list[tuple[float, float]], shift: float
) -> None:
    changes, errors = (list(values) for values in zip(*studies, strict=True))
    found, moved = pool(changes, errors), pool([c + shift for c in changes], errors)
    assert moved.log2_fold_change == pytest.approx(found.log2_fold_change + shift, abs=1e-4)
    assert min(changes) - 1e-9 <= found.log2_fold_change <= max(changes) + 1e-9
    assert found.hk_lower <= found.ci_lower <= found.ci_upper <= found.hk_upper
    assert 0 <= found.i2 <= 1
    assert np.isfinite(found.p_value)
