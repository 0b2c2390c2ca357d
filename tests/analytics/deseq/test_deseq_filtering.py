"""Adjusted p values, lowess, size factors and Cook's distances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f, false_discovery_control, trim_mean

from analytics.deseq import cooks, filtering, size_factors
from analytics.deseq.lowess import lowess
from analytics.deseq.moments import moment_dispersions

RNG = np.random.default_rng(2)


def test_benjamini_hochberg_leaves_the_untested_out():
    p = RNG.uniform(size=500) ** 3
    p[::7] = np.nan
    tested = ~np.isnan(p)
    ours = filtering.benjamini_hochberg(p)
    np.testing.assert_allclose(ours[tested], false_discovery_control(p[tested]))
    assert np.isnan(ours[~tested]).all()


def test_quantiles_are_the_usual_ones():
    values, shares = RNG.exponential(size=333), np.linspace(0, 1, 50)
    np.testing.assert_allclose(filtering.quantiles(values, shares), np.quantile(values, shares))
    assert filtering.quantiles(np.arange(11.0), np.array([0.3]))[0] == 3.0


def test_filtering_drops_genes_which_cannot_win():
    mean = np.concatenate([np.full(5000, 1.0), np.full(1000, 100.0)]) * RNG.uniform(1, 2, 6000)
    p = np.concatenate([RNG.uniform(size=5000), RNG.beta(0.05, 1, 1000)])
    adjusted, threshold = filtering.independent_filtering(mean, p, 0.05)
    assert np.isnan(adjusted[mean < threshold]).all()
    assert threshold > 1.0
    assert (adjusted < 0.05).sum() > (filtering.benjamini_hochberg(p) < 0.05).sum()


def test_filtering_keeps_all_where_nothing_is_found():
    mean, p = RNG.uniform(1, 9, 400), RNG.uniform(0.2, 1, 400)
    adjusted, threshold = filtering.independent_filtering(mean, p, 0.05)
    np.testing.assert_allclose(adjusted, filtering.benjamini_hochberg(p))
    assert threshold == mean.min()


def test_lowess_as_r_computes_it():
    x = np.array([0, 0.05, 1, 2, 2.02, 3, 5, 6, 7.5, 8, 9, 11])
    y = np.array([2.0, 4.1, 5.9, 8.2, 30.0, 12.1, 13.8, 16.2, 17.9, 20.1, 21.8, 24.0])
    # by R's lowess with f of one half and no delta
    expected = [
        3.00095530228238,
        3.13865933911048,
        5.71586217978812,
        8.63846056379121,
        8.70266168376884,
        10.8095353004069,
        14.350962735568,
        15.8310669116045,
        18.7411460671988,
        19.6853728128388,
        21.223586259584,
        24.2667507980383,
    ]
    np.testing.assert_allclose(lowess(x, y, share=0.5), expected, rtol=1e-9)


def test_lowess_of_a_line_is_the_line():
    x = np.linspace(0, 1, 50)
    np.testing.assert_allclose(lowess(x, 3 * x + 1), 3 * x + 1)


def test_size_factors_are_medians_of_ratios():
    base = RNG.integers(5, 900, 101)
    counts = np.stack([base, 2 * base, 4 * base])
    log_means, usable = size_factors.ratio_reference(counts)
    np.testing.assert_allclose(
        size_factors.median_of_ratios(counts, log_means, usable), [0.5, 1.0, 2.0]
    )


def test_positive_size_factors_do_without_genes_seen_everywhere():
    counts = np.array([[0, 8, 4, 2], [3, 0, 8, 4], [6, 16, 0, 8]])
    factors = size_factors.positive_size_factors(counts, np.ones(4, dtype=bool))
    # by DESeq2's estimateSizeFactors of type poscounts
    np.testing.assert_allclose(
        factors, [0.846098318207654, 0.768731338787885, 1.53746267757577], rtol=1e-12
    )
    with pytest.raises(ValueError, match="Sample number 2"):
        size_factors.positive_size_factors(np.array([[1, 2], [0, 0]]), np.ones(2, dtype=bool))


DESIGN = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])


def test_cooks_distance_formula():
    counts = RNG.integers(20, 60, (8, 5))
    mu, hat = RNG.uniform(20, 60, (8, 5)), RNG.uniform(0.1, 0.4, (8, 5))
    factors = np.ones(8)
    alpha = cooks.robust_dispersions(counts.astype(float), DESIGN)
    ours = cooks.cooks_distances(counts, factors, DESIGN, mu, hat)
    expected = (counts - mu) ** 2 / (mu + alpha * mu**2) / 2 * hat / (1 - hat) ** 2
    np.testing.assert_allclose(ours, expected)
    assert cooks.cutoff(8, 2) == pytest.approx(f.ppf(0.99, 2, 6))


def test_robust_dispersion_ignores_one_outlier():
    counts = RNG.negative_binomial(5, 1 / (1 + 0.2 * 100), (12, 400)).astype(float)
    spoilt = counts.copy()
    spoilt[0] = 1e5
    design = np.column_stack([np.ones(12), np.repeat([0.0, 1.0], 6)])
    clean = cooks.robust_dispersions(counts, design)
    assert np.median(clean) == pytest.approx(0.2, rel=0.5)
    # the outlier moves the mean, but its square stays out of the variance
    assert (cooks.robust_dispersions(spoilt, design) == 0.04).all()
    assert (moment_dispersions(spoilt, np.ones(12)) > 5).all()


@pytest.mark.parametrize(
    ("sizes", "share", "scale"),
    [([3, 3], 1 / 3, 2.04), ([10, 10], 1 / 4, 1.86), ([30, 24], 1 / 8, 1.51)],
)
def test_trimming_follows_the_size_of_the_cell(sizes, share, scale):
    cell = np.repeat([0.0, 1.0], sizes)
    counts = RNG.negative_binomial(1, 1 / 101, (cell.size, 50)).astype(float)

    def variance(part):
        squares = (part - trim_mean(part, share)) ** 2
        return scale * trim_mean(squares, share)

    spread = np.maximum(variance(counts[cell == 0]), variance(counts[cell == 1]))
    mean = counts.mean(axis=0)
    expected = np.maximum((spread - mean) / mean**2, 0.04)
    design = np.column_stack([np.ones(cell.size), cell])
    np.testing.assert_allclose(cooks.robust_dispersions(counts, design), expected)


def test_without_replicated_cells_all_samples_are_trimmed():
    counts = RNG.negative_binomial(1, 1 / 101, (16, 50)).astype(float)
    squares = (counts - trim_mean(counts, 1 / 8)) ** 2
    mean = counts.mean(axis=0)
    expected = np.maximum((1.51 * trim_mean(squares, 1 / 8) - mean) / mean**2, 0.04)
    design = np.column_stack([np.ones(16), np.arange(16.0)])
    np.testing.assert_allclose(cooks.robust_dispersions(counts, design), expected)


def test_without_replicated_cells_no_no_gene_is_flagged():
    pairs = np.eye(3)[[0, 0, 1, 1, 2, 2]]
    assert np.isnan(cooks.highest_distances(np.full((6, 2), 99.0), pairs)).all()
    flags = cooks.outlier_genes(
        np.ones((6, 2), dtype=int), np.full((6, 2), 99.0), np.full(2, np.nan), pairs, False
    )
    assert not flags.any()


@pytest.mark.parametrize(("larger", "flagged"), [(7, False), (3, False), (2, True), (0, True)])
def test_a_low_outlier_is_excused_between_two_groups(larger, flagged):
    counts = np.array([100] + [200] * larger + [50] * (7 - larger))[:, None]
    distances = np.array([99.0] + [0.0] * 7)[:, None]
    highest = distances.max(axis=0)
    excused = cooks.outlier_genes(counts, distances, highest, DESIGN, excuse_low=True)
    strict = cooks.outlier_genes(counts, distances, highest, DESIGN, excuse_low=False)
    assert excused.tolist() == [flagged]
    assert strict.tolist() == [True]


@pytest.mark.parametrize("seed", range(5))
def test_rejections_at_each_cutoff_are_those_of_adjusting_anew(seed):
    rng = np.random.default_rng(seed)
    mean, p = rng.gamma(0.5, 100.0, 400), rng.random(400) ** rng.integers(1, 5, 400)
    p[rng.random(400) < 0.1] = np.nan
    cutoffs = np.quantile(mean, np.linspace(0, 0.95, 50))
    order = np.argsort(p)[: (~np.isnan(p)).sum()]
    ours = filtering._rejections(mean[order], p[order], cutoffs, 0.05)
    anew = [
        (filtering.benjamini_hochberg(np.where(mean >= c, p, np.nan)) < 0.05).sum() for c in cutoffs
    ]
    np.testing.assert_array_equal(ours, anew)
