"""The likelihood among many samples against its plain sum, and weights against their definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import digamma, gammaln

from analytics.deseq import likelihood
from analytics.deseq.design import Layout

SAMPLES = likelihood.PLAIN_SAMPLES + 60


@pytest.fixture(scope="module")
def genes():
    """Dispersion, counts and means of genes from unexpressed to abundant."""
    rng = np.random.default_rng(11)
    alpha = np.exp(rng.uniform(np.log(1e-6), np.log(50.0), 200))
    mu = np.exp(rng.uniform(np.log(0.5), np.log(1e5), 200)) * rng.uniform(0.3, 3, (SAMPLES, 1))
    counts = rng.negative_binomial(1 / alpha, 1 / (1 + alpha * mu)).astype(float)
    return alpha, counts, np.maximum(mu, 0.5)


def plain(alpha, counts, mu):
    size = 1 / alpha
    terms = gammaln(counts + size) - gammaln(size)
    terms -= counts * np.log(mu + size) + size * np.log1p(mu * alpha)
    return terms.sum(axis=0)


def plain_slope(alpha, counts, mu):
    size = 1 / alpha
    terms = digamma(size) - digamma(counts + size) + np.log1p(mu * alpha)
    return size * (terms + (counts - mu) / (mu + size)).sum(axis=0)


@pytest.mark.parametrize("samples", [8, SAMPLES])
def test_log_likelihood(genes, samples):
    alpha, counts, mu = genes[0], genes[1][:samples], genes[2][:samples]
    ours = likelihood.log_likelihood(alpha, counts, mu)
    np.testing.assert_allclose(ours, plain(alpha, counts, mu), rtol=1e-11, atol=1e-8)


@pytest.mark.parametrize("samples", [8, SAMPLES])
def test_slope(genes, samples):
    alpha, counts, mu = genes[0], genes[1][:samples], genes[2][:samples]
    ours = likelihood.slope(alpha, counts, mu)
    known = alpha > 1e-4  # below it the plain sum is rounding
    np.testing.assert_allclose(
        ours[known], plain_slope(alpha, counts, mu)[known], rtol=1e-7, atol=1e-6
    )


def test_a_gene_s_value_does_not_depend_on_its_neighbours(genes):
    alpha, counts, mu = genes
    together = likelihood.log_likelihood(alpha, counts, mu)
    alone = [
        likelihood.log_likelihood(alpha[[g]], counts[:, [g]], mu[:, [g]])[0] for g in range(20)
    ]
    np.testing.assert_allclose(alone, together[:20], rtol=1e-12)


def test_weights_by_cell(genes):
    alpha, _, mu = genes
    drug, batch = np.arange(SAMPLES) % 3, np.arange(SAMPLES) // 3 % 2
    design = np.column_stack([np.ones(SAMPLES), drug == 1, drug == 2, batch]).astype(float)
    layout = Layout.of(design)
    weights = 1 / (1 / mu + alpha)
    sums, changes = likelihood.weight_changes_by_cell(alpha, mu, layout)
    for cell in range(len(layout.rows)):
        own = layout.cell == cell
        np.testing.assert_allclose(sums[cell], weights[own].sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(changes[cell], -(weights[own] ** 2).sum(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(likelihood.weights_by_cell(alpha, mu, layout), sums)
