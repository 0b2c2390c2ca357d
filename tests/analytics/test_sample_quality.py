"""Components, distances and outliers of samples."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analytics import sample_quality

RNG = np.random.default_rng(11)
GROUPS = [group for group in ("a", "b", "c") for _ in range(4)]
NAMES = [f"s{i}" for i in range(12)]


@pytest.fixture
def values():
    centres = {g: RNG.normal(0, 1.0, 800) for g in "abc"}
    return np.stack([8 + centres[g] + RNG.normal(0, 0.3, 800) for g in GROUPS])


def judged(values, groups=GROUPS):
    distances = sample_quality.distance_matrix(values)
    table = sample_quality.outliers(distances, NAMES[: len(values)], groups)
    return dict(zip(table["sample_id"], table["outlier_reason"], strict=True))


def test_components_are_those_of_the_covariance(values):
    table = sample_quality.principal_components(values, NAMES)
    chosen = np.argsort(-values.var(axis=0))[:500]
    spectrum = np.linalg.eigvalsh(np.cov(values[:, chosen].T))[::-1]
    first = table.filter(pl.col("component") == 1)
    assert table["n_genes"].unique().to_list() == [500]
    assert table["component"].n_unique() == 10
    np.testing.assert_allclose(first["score"].var(), spectrum[0])
    np.testing.assert_allclose(first["explained_variance"], spectrum[0] / spectrum.sum())
    by_group = first.with_columns(group=pl.Series(GROUPS)).group_by("group").agg(pl.col("score"))
    assert all(np.ptp(scores.to_numpy()) < 10 for scores in by_group["score"])


def test_the_order_of_genes_and_a_mirror_image_change_no_score(values):
    table = sample_quality.principal_components(values, NAMES)
    shuffled = sample_quality.principal_components(values[:, RNG.permutation(800)], NAMES)
    np.testing.assert_allclose(shuffled["score"], table["score"], atol=1e-8)


def test_samples_all_alike_have_no_component():
    assert sample_quality.principal_components(np.ones((4, 30)), NAMES[:4]).is_empty()


def test_distances_are_euclidean_and_each_pair_comes_once(values):
    distances = sample_quality.distance_matrix(values)
    table = sample_quality.sample_distances(values, distances, NAMES)
    assert table.height == 66
    row = table.row(0, named=True)
    assert (row["sample_id_a"], row["sample_id_b"]) == ("s0", "s1")
    np.testing.assert_allclose(row["distance"], np.linalg.norm(values[0] - values[1]))
    np.testing.assert_allclose(row["correlation"], np.corrcoef(values[0], values[1])[0, 1])


def test_good_samples_are_no_outliers(values):
    assert set(judged(values).values()) == {None}


def test_a_noisy_sample_lies_apart(values):
    values[2] += RNG.normal(0, 1.5, 800)
    reasons = judged(values)
    assert "times the study's usual" in reasons["s2"]
    assert sum(reason is not None for reason in reasons.values()) == 1


def test_swapped_samples_lie_nearer_to_the_other_group(values):
    values[[0, 4]] = values[[4, 0]]
    reasons = judged(values)
    assert "nearer to b" in reasons["s0"]
    assert "nearer to a" in reasons["s4"]


def test_of_two_samples_none_is_called_the_odd_one(values):
    values[1] += 5.0
    assert set(judged(values[:4], ["a", "a", "b", "b"]).values()) == {None}
    assert judged(values[:1], ["a"]) == {"s0": None}
