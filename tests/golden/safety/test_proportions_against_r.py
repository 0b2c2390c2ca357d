"""Intervals and tests of proportions against values that R computed once (R 4.2.2)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.safety.difference import miettinen_nurminen
from analytics.safety.exact import fisher_exact
from analytics.safety.ratio import score_ratio
from analytics.safety.single import clopper_pearson, wilson_interval

pytestmark = pytest.mark.golden


@pytest.fixture(scope="module")
def golden() -> pl.DataFrame:
    path = Path(__file__).with_name("proportions.csv")
    return pl.read_csv(path, infer_schema=False).select(
        pl.all().str.replace("Inf", "inf").cast(pl.Float64)
    )


def columns(frame: pl.DataFrame, *names: str) -> list[np.ndarray]:
    return [frame[name].to_numpy() for name in names]


def test_single_rates_equal_binom_test_and_prop_test(golden: pl.DataFrame) -> None:
    x, n = columns(golden, "x1", "n1")
    for method, name in ((clopper_pearson, "clopper_pearson"), (wilson_interval, "wilson")):
        lower, upper = method(x, n)
        np.testing.assert_allclose(lower, golden[f"{name}_lower"], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(upper, golden[f"{name}_upper"], rtol=1e-10, atol=1e-12)


def test_fisher_equals_r(golden: pl.DataFrame) -> None:
    p = fisher_exact(*columns(golden, "x1", "n1", "x2", "n2"))
    np.testing.assert_allclose(p, golden["fisher_p_value"], rtol=1e-9)


def test_score_intervals_equal_those_by_the_closed_form(golden: pl.DataFrame) -> None:
    tables = columns(golden, "x1", "n1", "x2", "n2")
    for method, name in ((miettinen_nurminen, "mn"), (score_ratio, "ratio")):
        lower, upper = method(*tables)
        np.testing.assert_allclose(lower, golden[f"{name}_lower"], rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(upper, golden[f"{name}_upper"], rtol=1e-7, atol=1e-8)
