"""Designs of many levels with a few coefficients beside them, against the dense way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.deseq import Contrast, bordered, fit_design
from analytics.deseq.bordered import Border
from analytics.deseq.design import RIDGE, CoxReid, Layout


def plate(levels: int, replicates: int = 4, genes: int = 60) -> tuple[np.ndarray, pd.DataFrame]:
    """Return counts of a plate of drugs, each in two batches, and its samples."""
    rng = np.random.default_rng(levels)
    drug = np.repeat(np.arange(levels), replicates)
    batch = np.arange(drug.size) % 2
    base = np.exp(rng.uniform(1, 8, genes))
    change = rng.normal(0, 1, (levels, genes)) * (rng.random((levels, genes)) < 0.2)
    shift = batch[:, None] * rng.normal(0, 0.3, genes)
    dispersion = (0.05 + 2 / base) * np.exp(rng.normal(0, 0.5, genes))
    mean = base * np.exp(change[drug] + shift)
    counts = rng.negative_binomial(1 / dispersion, 1 / (1 + mean * dispersion))
    counts[:replicates, 0] = 0
    names = {"drug": [f"d{i:02d}" for i in drug], "batch": [f"b{i}" for i in batch]}
    return counts, pd.DataFrame(names, index=[f"s{i}" for i in range(drug.size)])


def dense(layout: Layout, weights: np.ndarray) -> np.ndarray:
    """Return X'WX, (b, p, p), from weights by cell."""
    return np.einsum("kp,kb,kq->bpq", layout.rows, weights, layout.rows)


@given(
    st.integers(13, 18),
    st.lists(st.sampled_from(["batch", "dose"]), unique=True, max_size=2),
    st.booleans(),
    st.integers(0, 99),
)
def test_elimination_solves_what_the_dense_system_solves(levels, beside, has_intercept, seed):
    rng = np.random.default_rng(seed)
    level = np.repeat(np.arange(levels), 3)
    columns = [np.eye(levels)[level][:, 1:] if has_intercept else np.eye(levels)[level]]
    if has_intercept:
        columns.insert(0, np.ones((level.size, 1)))
    if "batch" in beside:
        columns.append((np.arange(level.size) % 2)[:, None])
    if "dose" in beside:
        columns.append(rng.normal(size=(level.size, 1)))
    design = np.hstack(columns).astype(float)[:, rng.permutation(sum(c.shape[1] for c in columns))]
    layout = Layout.of(design)
    if not beside:
        assert layout.one_way
        assert layout.border is None
        return
    assert layout.border is not None
    assert layout.border.levels.size == levels - has_intercept
    weights = np.exp(rng.normal(0, 2, (len(layout.rows), 3)))
    right = rng.normal(size=(design.shape[1], 3))
    matrix = dense(layout, weights)
    information = layout.information(weights)
    np.testing.assert_allclose(layout.matrix(information), matrix.transpose(1, 2, 0))
    ridged = matrix + RIDGE * np.eye(design.shape[1])
    inverse = np.linalg.inv(ridged)
    np.testing.assert_allclose(
        layout.solve(information, RIDGE, right), np.einsum("bpq,qb->pb", inverse, right), rtol=1e-6
    )
    np.testing.assert_allclose(
        layout.leverage(information),
        np.einsum("kp,bpq,kq->kb", layout.rows, inverse, layout.rows),
        rtol=1e-6,
    )
    contrast = rng.normal(size=design.shape[1])
    np.testing.assert_allclose(
        layout.variance(information, contrast),
        np.einsum("p,bpq,bqr,brs,s->b", contrast, inverse, matrix, inverse, contrast),
        rtol=1e-6,
    )
    by_sample = layout.spread(weights)
    summed = dense(layout, layout.sums(by_sample))
    np.testing.assert_allclose(
        CoxReid(layout).value(layout.sums(by_sample)),
        -0.5 * np.linalg.slogdet(summed)[1],
        rtol=1e-9,
    )
    weights, change = layout.sums(by_sample), rng.normal(size=weights.shape)
    step = 1e-6
    ahead, behind = (CoxReid(layout).value(weights + s * change) for s in (step, -step))
    np.testing.assert_allclose(
        CoxReid(layout).slope(weights, change),
        (ahead - behind) / (2 * step),
        rtol=1e-4,
        atol=1e-6,
    )


def test_a_matrix_that_is_not_positive_definite_marks_its_gene():
    counts, samples = plate(12)
    design = fit_design(counts, samples, "~ batch + drug")._dataset.design_array
    layout = Layout.of(design)
    information = layout.information(np.ones((len(layout.rows), 2)))
    ridge = np.zeros((design.shape[1], 2))
    ridge[-1, 1] = -1e3
    solved = layout.solve(information, ridge, np.ones_like(ridge))
    assert np.isfinite(solved[:, 0]).all()
    assert np.isnan(solved[:, 1]).any()


def test_a_plate_with_batches_fits_as_it_does_densely(monkeypatch: pytest.MonkeyPatch):
    counts, samples = plate(12)
    fit = fit_design(counts, samples, "~ batch + drug")
    assert fit._dataset.layout.border is not None
    monkeypatch.setattr(bordered, "FEWEST_LEVELS", 1000)
    plain = fit_design(counts, samples, "~ batch + drug")
    assert plain._dataset.layout.border is None
    assert fit._dataset.varm["information"].shape[1] < plain._dataset.varm["information"].shape[1]
    np.testing.assert_allclose(fit.dispersion, plain.dispersion, rtol=1e-6)
    for contrast in (Contrast("drug", "d03", "d02"), Contrast("drug", "d04", "d00")):
        pd.testing.assert_frame_equal(fit.results(contrast), plain.results(contrast), rtol=1e-6)


def test_few_levels_are_left_to_the_dense_way():
    _, samples = plate(9)
    rows = np.unique(pd.get_dummies(samples, dtype=float).to_numpy()[:, :-1], axis=0)
    assert Border.of(rows) is None
