"""The slope of one drug's changes on another's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.potency import FEWEST_GENES, total_least_squares_slope


def planted(slope: float, noise: float, n: int = 400, seed: int = 3):
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 2, n)
    return truth + rng.normal(0, noise, n), slope * truth + rng.normal(0, noise, n)


@pytest.mark.parametrize("slope", [0.3, 0.5, 1.0, 1.5, 3.0])
def test_the_planted_slope_is_found_within_its_interval(slope: float) -> None:
    x, y = planted(slope, 0.3)
    found = total_least_squares_slope(x, y)
    assert found.slope == pytest.approx(slope, rel=0.05)
    assert found.lower < found.slope < found.upper
    assert found.lower < slope < found.upper
    assert found.n_genes == 400


def test_neither_drug_is_the_one_regressed_on() -> None:
    x, y = planted(1.5, 0.4)
    forth, back = total_least_squares_slope(x, y), total_least_squares_slope(y, x)
    assert forth.slope == pytest.approx(1 / back.slope)
    assert forth.lower == pytest.approx(1 / back.upper, rel=1e-9)


def test_error_in_both_drugs_does_not_flatten_the_slope() -> None:
    x, y = planted(1.0, 1.0, n=5000)
    regressed = np.polyfit(x, y, 1)[0]
    assert regressed < 0.85
    assert total_least_squares_slope(x, y).slope == pytest.approx(1.0, abs=0.05)


def test_the_slope_is_that_of_the_first_principal_axis() -> None:
    x, y = planted(0.7, 0.5)
    axis = np.linalg.svd(np.c_[x - x.mean(), y - y.mean()])[2][0]
    assert total_least_squares_slope(x, y).slope == pytest.approx(axis[1] / axis[0])


def test_the_same_seed_gives_the_same_interval() -> None:
    x, y = planted(1.2, 0.5, n=60)
    assert total_least_squares_slope(x, y) == total_least_squares_slope(x, y)
    assert total_least_squares_slope(x, y) != total_least_squares_slope(x, y, seed=1)


def test_too_few_genes_give_no_slope() -> None:
    x, y = planted(1.0, 0.1, n=FEWEST_GENES - 1)
    found = total_least_squares_slope(x, y)
    assert (found.n_genes, found.slope, found.lower, found.upper) == (9, None, None, None)


def test_an_interval_that_reaches_the_vertical_has_no_bound_there() -> None:
    rng = np.random.default_rng(5)
    found = total_least_squares_slope(rng.normal(0, 0.5, 30), rng.normal(0, 0.6, 30))
    assert found.lower is None or found.upper is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=FEWEST_GENES, max_size=40)
)
def test_whatever_the_changes_the_result_is_a_number_or_says_none(
    pairs: list[tuple[float, float]],
) -> None:
    x, y = np.array(pairs).T
    found = total_least_squares_slope(x, y, samples=50)
    for value in (found.slope, found.lower, found.upper):
        assert value is None or not math.isnan(value)


def test_the_interval_is_that_of_drawing_genes_with_replacement() -> None:
    x, y = planted(1.5, 0.6, n=150)
    found = total_least_squares_slope(x, y)
    rng = np.random.default_rng(9)
    slopes = []
    for _ in range(4000):
        drawn = rng.integers(0, 150, 150)
        values, vectors = np.linalg.eigh(np.cov(x[drawn], y[drawn]))
        axis = vectors[:, values.argmax()]
        slopes.append(axis[1] / axis[0])
    expected = np.quantile(slopes, [0.025, 0.975])
    width = expected[1] - expected[0]
    assert abs(found.lower - expected[0]) < 0.1 * width
    assert abs(found.upper - expected[1]) < 0.1 * width
