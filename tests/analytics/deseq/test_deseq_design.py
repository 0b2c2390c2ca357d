"""Cells, sums and small systems against plain linear algebra."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.deseq import linalg
from analytics.deseq.design import RIDGE, CoxReid, Layout, in_large_cell

RNG = np.random.default_rng(11)


def one_way() -> np.ndarray:
    group = np.array([0, 2, 1, 0, 1, 2, 2, 0, 3, 3])
    return np.column_stack([np.ones(10)] + [(group == k).astype(float) for k in (1, 2, 3)])


def two_factors() -> np.ndarray:
    a, b = np.array([0, 0, 1, 1, 2, 2] * 2), np.array([0, 1] * 6)
    return np.column_stack([np.ones(12), a == 1, a == 2, b]).astype(float)


def covariate() -> np.ndarray:
    return np.column_stack([np.ones(9), np.arange(9) % 2, RNG.normal(size=9)])


DESIGNS = [one_way(), two_factors(), covariate()]


@pytest.fixture(params=DESIGNS, ids=["one-way", "two factors", "covariate"])
def weighted(request):
    design = request.param
    weights = RNG.uniform(0.003, 40.0, (len(design), 7))
    return design, weights


def full(design, weights):
    return np.stack([design.T @ (w[:, None] * design) for w in weights.T])


def test_one_way_is_recognised():
    assert [Layout.of(d).one_way for d in DESIGNS] == [True, False, False]


def test_information_is_the_weighted_cross_product(weighted):
    design, weights = weighted
    layout = Layout.of(design)
    matrix = layout.matrix(layout.information(layout.sums(weights)))
    np.testing.assert_allclose(np.moveaxis(matrix, 2, 0), full(design, weights), rtol=1e-12)


def test_ridge_fit_solves_the_normal_equations(weighted):
    design, weights = weighted
    response = RNG.normal(size=weights.shape)
    layout = Layout.of(design)
    information = layout.information(layout.sums(weights))
    ours = layout.ridge_fit(information, layout.sums(weights * response))
    ridge = RIDGE * np.eye(design.shape[1])
    for k, matrix in enumerate(full(design, weights)):
        expected = np.linalg.solve(matrix + ridge, design.T @ (weights[:, k] * response[:, k]))
        np.testing.assert_allclose(ours[:, k], expected, rtol=1e-9, atol=1e-11)


def test_variance_of_a_contrast_is_the_sandwich(weighted):
    design, weights = weighted
    p = design.shape[1]
    contrast = RNG.normal(size=p)
    layout = Layout.of(design)
    information = layout.information(layout.sums(weights))
    for own, ridge in ((None, np.full(p, RIDGE)), (np.full(p, 0.3), np.full(p, 0.3))):
        ours = layout.variance(information, contrast, own)
        for k, matrix in enumerate(full(design, weights)):
            inverse = np.linalg.inv(matrix + np.diag(ridge))
            expected = contrast @ inverse @ matrix @ inverse @ contrast
            np.testing.assert_allclose(ours[k], expected, rtol=1e-9)


def test_leverage_is_the_hat_matrix_s_form(weighted):
    design, weights = weighted
    layout = Layout.of(design)
    ours = layout.spread(layout.leverage(layout.information(layout.sums(weights))))
    for k, matrix in enumerate(full(design, weights)):
        inverse = np.linalg.inv(matrix + RIDGE * np.eye(design.shape[1]))
        expected = np.einsum("ij,jk,ik->i", design, inverse, design)
        np.testing.assert_allclose(ours[:, k], expected, rtol=1e-8)


def test_cox_reid_value_and_slope(weighted):
    design, weights = weighted
    adjustment = CoxReid(Layout.of(design))
    expected = [-0.5 * np.linalg.slogdet(m)[1] for m in full(design, weights)]
    sums = adjustment.layout.sums(weights)
    np.testing.assert_allclose(adjustment.value(sums), expected, rtol=1e-10)
    change = RNG.normal(size=sums.shape)
    step = 1e-6
    numeric = adjustment.value(sums + step * change) - adjustment.value(sums - step * change)
    np.testing.assert_allclose(
        adjustment.slope(sums, change), numeric / (2 * step), rtol=1e-4, atol=1e-5
    )


def test_cholesky_marks_what_is_not_positive_definite():
    matrices = np.stack([np.eye(2), np.array([[1.0, 2.0], [2.0, 1.0]])], axis=2)
    lower = linalg.cholesky(matrices)
    assert np.isfinite(lower[:, :, 0]).all()
    assert np.isnan(lower[:, :, 1]).any()


def test_blocks_cover_all_genes_once():
    blocks = list(linalg.gene_blocks(300, 5000))
    assert [i for block in blocks for i in range(5000)[block]] == list(range(5000))
    assert max(block.stop - block.start for block in blocks) == 400_000 // 300


def test_replicates_are_counted_by_cell():
    design = np.array([[1.0, 0.0]] * 3 + [[1.0, 1.0]] * 2)
    assert in_large_cell(design, 3).tolist() == [True, True, True, False, False]
