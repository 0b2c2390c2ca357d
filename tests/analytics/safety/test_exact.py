"""Fisher's and Boschloo's tests and their adjustment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analytics.safety import exact
from analytics.safety.exact import boschloo_exact, fisher_exact


def scipy_table(x1: int, n1: int, x2: int, n2: int) -> list[list[int]]:
    return [[x1, x2], [n1 - x1, n2 - x2]]


def test_both_equal_scipy() -> None:
    rng = np.random.default_rng(2)
    for _ in range(15):
        n1, n2 = (int(n) for n in rng.integers(2, 35, 2))
        x1, x2 = int(rng.integers(1, n1 + 1)), int(rng.integers(0, n2 + 1))
        table = scipy_table(x1, n1, x2, n2)
        assert fisher_exact(x1, n1, x2, n2)[0] == pytest.approx(stats.fisher_exact(table)[1])
        # scipy seeks the maximum from random starts and may miss a hair of it.
        expected = min(1.0, stats.boschloo_exact(table, n=64).pvalue)
        assert boschloo_exact(x1, n1, x2, n2)[0] == pytest.approx(expected, rel=1e-5)


def test_no_events_give_no_p_value_and_all_events_give_one() -> None:
    for test in (fisher_exact, boschloo_exact):
        p = test([0, 5, 0], [10, 5, 0], [0, 7, 1], [20, 7, 3])
        assert np.isnan(p[0])
        assert p[1] == pytest.approx(1)
        assert np.isnan(p[2])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 25), st.integers(1, 25), st.data())
def test_swapping_the_arms_keeps_the_p_value(n1: int, n2: int, data: st.DataObject) -> None:
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    for test in (fisher_exact, boschloo_exact):
        here, there = test(x1, n1, x2, n2)[0], test(x2, n2, x1, n1)[0]
        if x1 == x2 == 0:
            assert np.isnan(here)
        else:
            assert 0 < here <= 1
            assert here == pytest.approx(there, rel=1e-6)


def test_boschloo_keeps_its_level() -> None:
    n1, n2 = 12, 9
    first, second = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    p = boschloo_exact(first.ravel(), n1, second.ravel(), n2).reshape(first.shape)
    for share in np.linspace(0.02, 0.98, 25):
        chance = stats.binom.pmf(first, n1, share) * stats.binom.pmf(second, n2, share)
        assert chance[p <= 0.05].sum() <= 0.05 + 1e-9


def test_arms_with_too_many_tables_get_no_boschloo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "MOST_TABLES", 100)
    assert np.isnan(boschloo_exact(3, 20, 1, 20)[0])
