"""Two contrasts side by side: the figures against their definitions, and what must not matter."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import hypergeom, pearsonr, spearmanr

from analytics.contrast_pairs import Changes, contrast_pairs, rank_overlaps

RNG = np.random.default_rng(23)
GENES = 600


def contrast(name, change, padj):
    p_value = np.where(np.isnan(padj), np.nan, np.asarray(padj) / 2)
    return pl.DataFrame(
        {
            "contrast_id": name,
            "gene_id": [f"g{i}" for i in range(len(change))],
            "log2_fold_change": change,
            "p_value": p_value,
            "padj": padj,
        }
    ).with_columns(pl.col("padj", "p_value").fill_nan(None))


@pytest.fixture(scope="module")
def results():
    effect = RNG.normal(0, 2, GENES) * (RNG.random(GENES) < 0.3)
    frames = []
    for name, size in (("a", 1.0), ("b", 1.5), ("c", -1.0)):
        change = size * effect + RNG.normal(0, 0.2, GENES)
        padj = np.where(np.abs(change) > 1, 0.01, 0.6)
        padj[RNG.random(GENES) < 0.1] = np.nan
        frames.append(contrast(name, change, padj))
    return pl.concat(frames)


@pytest.fixture(scope="module")
def table(results):
    return contrast_pairs(Changes.of(results), 0.05, 1.0)


def both(results, a, b):
    sides = [
        results.filter((pl.col("contrast_id") == name) & pl.col("padj").is_not_null())
        for name in (a, b)
    ]
    return sides[0].join(sides[1], on="gene_id", suffix="_b", how="inner")


def row(table, a, b):
    found = table.filter((pl.col("contrast_id_a") == a) & (pl.col("contrast_id_b") == b))
    return found.row(0, named=True)


def test_correlations_and_their_intervals(results, table):
    shared, found = both(results, "a", "b"), row(table, "a", "b")
    x, y = shared["log2_fold_change"].to_numpy(), shared["log2_fold_change_b"].to_numpy()
    pearson = pearsonr(x, y)
    assert found["n_tested"] == shared.height < GENES
    np.testing.assert_allclose(found["pearson"], pearson.statistic)
    interval = pearson.confidence_interval()
    np.testing.assert_allclose(
        [found["pearson_lower"], found["pearson_upper"]], [interval.low, interval.high]
    )
    rho = spearmanr(x, y).statistic
    half = 1.959963984540054 * np.sqrt((1 + rho**2 / 2) / (shared.height - 3))
    np.testing.assert_allclose(found["spearman"], rho)
    np.testing.assert_allclose(found["spearman_upper"], np.tanh(np.arctanh(rho) + half))


def test_ties_share_their_rank():
    change = np.repeat([0.0, 1.0, 3.0], 20)
    other = RNG.normal(size=60)
    padj = np.full(60, 0.5)
    pair = pl.concat([contrast("a", change, padj), contrast("b", other, padj)])
    found = row(contrast_pairs(Changes.of(pair), 0.05, 1.0), "a", "b")
    np.testing.assert_allclose(found["spearman"], spearmanr(change, other).statistic)


def test_counts_of_agreement(results, table):
    shared, found = both(results, "a", "c"), row(table, "a", "c")
    x, y = shared["log2_fold_change"].to_numpy(), shared["log2_fold_change_b"].to_numpy()
    called_x = (np.abs(x) > 1) & (shared["padj"].to_numpy() < 0.05)
    called_y = (np.abs(y) > 1) & (shared["padj_b"].to_numpy() < 0.05)
    either = called_x | called_y
    assert found["n_significant_either"] == either.sum()
    assert found["n_significant_both_opposite"] == (called_x & called_y).sum()
    assert found["n_significant_both_same"] == 0
    assert found["n_sign_agree"] == (either & (x * y > 0)).sum()
    assert found["jaccard"] == (called_x & called_y).sum() / either.sum()
    assert found["sign_agreement_lower"] <= found["sign_agreement"] < 0.05
    assert found["sign_agreement_upper"] < 0.1


def test_the_slope_says_how_much_more_the_second_changes(table):
    found = row(table, "a", "b")
    assert found["slope_lower"] < 1.5 < found["slope_upper"]
    assert found["slope"] == pytest.approx(1.5, abs=0.05)
    assert found["slope_all"] == pytest.approx(1.5, abs=0.05)
    assert row(table, "a", "c")["slope"] == pytest.approx(-1.0, abs=0.05)


def test_turning_a_pair_round_inverts_its_slopes_and_nothing_else(table):
    for a, b in (("a", "b"), ("a", "c"), ("b", "c")):
        there, back = row(table, a, b), row(table, b, a)
        for name in there:
            if name.startswith("slope"):
                continue
            if name not in {"contrast_id_a", "contrast_id_b", "rrho_up_down", "rrho_down_up"}:
                assert there[name] == back[name]
        assert back["rrho_up_down"] == there["rrho_down_up"]
        np.testing.assert_allclose(back["slope"], 1 / there["slope"])
        np.testing.assert_allclose(back["slope_lower"], 1 / there["slope_upper"])
        assert back["slope_lower"] < back["slope"] < back["slope_upper"]


def test_the_order_of_genes_does_not_matter_and_the_seed_is_fixed(results, table):
    shuffled = results.sample(fraction=1.0, shuffle=True, seed=4)
    assert contrast_pairs(Changes.of(shuffled), 0.05, 1.0).equals(table)


def test_overlaps_are_hypergeometric_and_found_at_the_right_ends():
    ranks = np.arange(1.0, 401.0)
    same = rank_overlaps(ranks, ranks)
    steps = np.unique(np.linspace(0, 200, 21).astype(int))[1:]
    exact = max(-hypergeom.logsf(s - 1, 400, s, s) / np.log(10) for s in steps)
    assert same[0] == pytest.approx(exact)
    assert same[1] == pytest.approx(exact)
    assert max(same[2:]) < 1e-6
    mirrored = rank_overlaps(ranks, ranks[::-1])
    assert min(mirrored[2:]) == pytest.approx(exact)
    assert max(mirrored[:2]) < 1e-6
    by_chance = rank_overlaps(ranks, RNG.permutation(400) + 1.0)
    assert max(by_chance) < 6


def test_few_shared_genes_make_no_pair_and_few_called_ones_no_slope():
    few = pl.concat([contrast(name, np.arange(9.0), np.full(9, 0.01)) for name in "ab"])
    assert contrast_pairs(Changes.of(few), 0.05, 1.0).is_empty()
    quiet = pl.concat([contrast(name, RNG.normal(0, 0.1, 50), np.full(50, 0.9)) for name in "ab"])
    found = row(contrast_pairs(Changes.of(quiet), 0.05, 1.0), "a", "b")
    for name in ("slope", "slope_lower", "sign_agreement", "sign_agreement_lower", "jaccard"):
        assert found[name] is None
    assert contrast_pairs(Changes.of(few.clear()), 0.05, 1.0).is_empty()


def test_every_field_of_a_pair_is_a_column_of_its_table(table):
    from analytics.contrast_pairs import Pair
    from warehouse.tables import table_columns

    declared = set(table_columns("analytics.contrast_pairs"))
    assert set(Pair.__dataclass_fields__) < declared
    assert set(table.columns) < declared
