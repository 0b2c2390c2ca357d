"""Intervals for rates, differences and ratios: the published values, the edges, the rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from analytics.safety.difference import miettinen_nurminen, newcombe
from analytics.safety.ratio import risk_ratio, score_ratio
from analytics.safety.single import clopper_pearson, wilson_interval

AUGMENT = (88, 176, 23, 180)


@st.composite
def tables(draw: st.DrawFn, most: int = 60) -> tuple[int, int, int, int]:
    n1, n2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def test_the_augment_trial_gives_the_values_of_the_design() -> None:
    lower, upper = wilson_interval([88, 23], [176, 180])
    np.testing.assert_allclose(lower, [0.426924, 0.086675], atol=5e-7)
    np.testing.assert_allclose(upper, [0.573076, 0.184436], atol=5e-7)
    assert np.concatenate(newcombe(*AUGMENT)) == pytest.approx([0.27975, 0.45606], abs=5e-6)
    assert np.concatenate(miettinen_nurminen(*AUGMENT)) == pytest.approx(
        [0.28133, 0.45818], abs=5e-6
    )
    assert risk_ratio(*AUGMENT)[0] == pytest.approx(3.913, abs=5e-4)
    assert np.concatenate(score_ratio(*AUGMENT)) == pytest.approx([2.6265, 5.9187], abs=5e-5)


def test_single_rates_at_the_edges() -> None:
    for method in (wilson_interval, clopper_pearson):
        lower, upper = method([0, 10, 0, 1, 0], [10, 10, 1, 1, 0])
        assert lower[0] == 0
        assert upper[1] == 1
        assert 0 < upper[0] < 1
        assert 0 < lower[1] < 1
        assert lower[2] == 0
        assert upper[3] == 1
        assert np.isnan(lower[4])
        assert np.isnan(upper[4])


def test_the_upper_limit_without_events_is_near_the_rule_of_three() -> None:
    assert clopper_pearson(0, 1000, alpha=0.1)[1][0] == pytest.approx(3 / 1000, rel=0.01)


@pytest.mark.parametrize("method", [miettinen_nurminen, newcombe, score_ratio])
def test_no_events_give_no_interval(method: object) -> None:
    for table in ((0, 10, 0, 20), (0, 0, 1, 3), (1, 3, 0, 0)):
        assert np.isnan(np.concatenate(method(*table))).all()  # type: ignore[operator]


def test_all_against_none_ends_at_one() -> None:
    for method in (miettinen_nurminen, newcombe):
        lower, upper = method([10, 0, 10, 1], [10, 10, 10, 1], [0, 10, 10, 0], [10, 10, 10, 1])
        assert upper[0] == 1
        assert lower[1] == -1
        assert lower[2] == pytest.approx(-upper[2])
        assert upper[3] == 1


def test_a_ratio_without_events_in_one_arm_is_open_on_one_side() -> None:
    lower, upper = score_ratio([0, 4], [20, 20], [4, 0], [20, 20])
    assert lower[0] == 0
    assert np.isfinite(upper[0])
    assert lower[1] > 0
    assert np.isinf(upper[1])


def test_a_count_above_its_denominator_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and its denominator"):
        wilson_interval(3, 2)


@settings(max_examples=150, deadline=None)
@given(tables())
def test_differences_stay_in_bounds_and_swapping_the_arms_flips_them(
    table: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = table
    for method in (miettinen_nurminen, newcombe):
        lower, upper = (limit[0] for limit in method(x1, n1, x2, n2))
        swapped_lower, swapped_upper = (limit[0] for limit in method(x2, n2, x1, n1))
        if x1 == x2 == 0:
            assert np.isnan(lower)
            continue
        assert -1 <= lower <= x1 / n1 - x2 / n2 <= upper <= 1
        assert (lower, upper) == pytest.approx((-swapped_upper, -swapped_lower), abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(tables())
def test_swapping_the_arms_inverts_the_ratio(table: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = table
    lower, upper = (limit[0] for limit in score_ratio(x1, n1, x2, n2))
    if x1 == x2 == 0:
        assert np.isnan(lower)
        return
    assert lower <= risk_ratio(x1, n1, x2, n2)[0] <= upper
    other_lower, other_upper = (limit[0] for limit in score_ratio(x2, n2, x1, n1))
    with np.errstate(divide="ignore"):
        assert (lower, upper) == pytest.approx(
            (np.divide(1, other_upper), np.divide(1, other_lower)), rel=1e-8
        )


def test_newcombe_and_ratio_equal_statsmodels_away_from_all_events() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        n1, n2 = rng.integers(5, 300, 2)
        x1, x2 = rng.integers(1, n1), rng.integers(1, n2)
        for method, name, compare in (
            (newcombe, "newcomb", "diff"),
            (score_ratio, "score", "ratio"),
        ):
            expected = confint_proportions_2indep(x1, n1, x2, n2, method=name, compare=compare)
            found = [limit[0] for limit in method(x1, n1, x2, n2)]
            assert found == pytest.approx(np.real(expected), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize(("p1", "p2", "n1", "n2"), [(0.5, 0.13, 60, 60), (0.1, 0.03, 160, 79)])
def test_miettinen_nurminen_covers_near_95_percent(p1: float, p2: float, n1: int, n2: int) -> None:
    rng = np.random.default_rng(11)
    x1, x2 = rng.binomial(n1, p1, 3000), rng.binomial(n2, p2, 3000)
    lower, upper = miettinen_nurminen(x1, n1, x2, n2)
    covered = np.mean((lower <= p1 - p2) & (p1 - p2 <= upper))
    assert covered == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("method", [miettinen_nurminen, newcombe, score_ratio])
def test_ten_thousand_terms_at_once_give_what_each_gives_alone(method: Callable[..., Any]) -> None:
    rng = np.random.default_rng(3)
    n1, n2 = rng.integers(20, 400, 10_000), rng.integers(20, 400, 10_000)
    x1, x2 = rng.binomial(n1, 0.2), rng.binomial(n2, 0.1)
    together = np.stack(method(x1, n1, x2, n2))
    for i in range(0, 10_000, 500):
        one = slice(i, i + 1)
        alone = np.stack(method(x1[one], n1[one], x2[one], n2[one]))
        np.testing.assert_allclose(together[:, one], alone, rtol=1e-9, atol=1e-12)
