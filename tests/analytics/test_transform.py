"""The variance-stabilising transformation, against DESeq2 and against its definition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics import transform

RNG = np.random.default_rng(5)


@pytest.mark.golden
def test_blind_values_are_the_reference_implementations(shared_data):
    folder = shared_data / "counts" / "pydeseq2"
    counts = pd.read_csv(folder / "datasets" / "synthetic" / "test_counts.csv", index_col=0)
    r = pd.read_csv(folder / "tests" / "data" / "single_factor" / "r_vst.csv", index_col=0)
    ours = transform.stabilised(counts.to_numpy().T)
    assert ours.transformation == "vst"
    np.testing.assert_allclose(ours.values.T, r.to_numpy(), rtol=1e-10)


def test_integrating_the_trend_gives_the_closed_form_up_to_the_anchors():
    normed = np.exp(RNG.uniform(0, np.log(5000), size=(1, 2000))) * np.ones((4, 1))
    closed = transform.parametric_transform(normed, 0.05, 2.0)
    numeric = transform.numeric_transform(normed, lambda mean: 0.05 + 2.0 / mean, 1.0)(normed)
    slope, shift = np.polyfit(closed.ravel(), numeric.ravel(), 1)
    np.testing.assert_allclose(numeric, shift + slope * closed, atol=2e-3)
    low, high = np.quantile(normed[0], transform.ANCHORS)
    anchored = np.interp([low, high], np.sort(normed[0]), np.sort(numeric[0]))
    np.testing.assert_allclose(anchored, np.log2([low, high]), atol=1e-3)


def test_spread_is_the_same_at_all_means():
    mean = np.repeat([20.0, 200.0, 2000.0], 500)
    counts = RNG.negative_binomial(5.0, 5.0 / (5.0 + mean), size=(12, 1500))
    values = transform.stabilised(counts).values
    spread = values.std(axis=0, ddof=1).reshape(3, 500).mean(axis=1)
    assert spread.max() / spread.min() < 1.15


def test_copies_of_one_sample_are_put_on_a_log_scale():
    counts = np.repeat(RNG.integers(1, 500, size=(1, 50)), 3, axis=0)
    ours = transform.stabilised(counts)
    assert ours.transformation == "log2"
    np.testing.assert_allclose(ours.values, np.log2(counts + 1.0))


@pytest.mark.parametrize("copied", [False, True])
def test_the_curve_gives_every_count_its_value(copied):
    mean = np.exp(RNG.uniform(0, 9, 800))
    counts = RNG.negative_binomial(4.0, 4.0 / (4.0 + mean), size=(8, 800))
    if copied:
        counts[:] = counts[:1]
    ours = transform.stabilised(counts)
    assert (ours.transformation == "log2") == copied
    place = np.arcsinh(counts / ours.size_factors[:, None]) / ours.step
    interpolated = np.interp(place, np.arange(ours.curve.size), ours.curve)
    np.testing.assert_allclose(interpolated, ours.values, atol=1e-5)
