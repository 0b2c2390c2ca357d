"""What the rest of the product relies on, and pydeseq2's own faults which must be absent."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydeseq2.dds import DeseqDataSet

from analytics.deseq import Contrast, fit_design, linalg
from analytics.deseq.dataset import VectorisedDeseqDataSet
from analytics.deseq.inference import VectorisedInference
from analytics.deseq.stats import VectorisedDeseqStats

COLUMNS = [
    "base_mean",
    "log2_fold_change",
    "lfc_se",
    "stat",
    "p_value",
    "padj",
    "shrunken_log2_fold_change",
    "shrunken_lfc_se",
    "not_tested_reason",
]
CA = Contrast("group", "c", "a")


def simulate(genes=250, seed=0):
    rng = np.random.default_rng(seed)
    group = np.repeat(["a", "b", "c"], 4)
    base = np.exp(rng.uniform(0, 8, genes))
    change = rng.normal(0, 1, (3, genes)) * (rng.random((3, genes)) < 0.3)
    mu = base * np.exp(change)[np.repeat([0, 1, 2], 4)] * rng.uniform(0.6, 1.6, (12, 1))
    alpha = (0.05 + 2 / base) * rng.lognormal(0, 0.5, genes)
    counts = rng.negative_binomial(1 / alpha, 1 / (1 + alpha * mu))
    counts[:, 0] = 0
    counts[4:, 1], counts[:4, 1] = 0, [40, 50, 60, 45]
    counts[:, 2] = [30, 31, 29, 30, 32, 9000, 30, 28, 30, 31, 29, 30]
    samples = pd.DataFrame(
        {"group": group, "batch": ["x", "y"] * 6}, index=[f"s{i}" for i in range(12)]
    )
    return counts, samples


@pytest.fixture(scope="module")
def fitted():
    return fit_design(*simulate(), "~ batch + group")


@pytest.fixture(scope="module")
def one_factor():
    return fit_design(*simulate(), "~ group")


def test_table_and_reasons(one_factor):
    table = one_factor.results(CA)
    assert list(table.columns) == COLUMNS
    assert len(table) == 250
    assert table["not_tested_reason"].iloc[0] == "all_zero"
    assert table["not_tested_reason"].iloc[2] == "outlier"
    tested = table["not_tested_reason"].isna()
    assert (table["padj"].notna() == tested).all()
    assert table.loc[~tested & (table["not_tested_reason"] == "low_count"), "p_value"].notna().all()
    assert one_factor.all_zero.sum() == 1
    assert one_factor.outlier[2]
    assert one_factor.converged[1:].all()
    assert np.isnan(one_factor.dispersion[0])
    assert one_factor.size_factors.shape == (12,)


def test_a_fit_can_be_sent_to_another_process(one_factor):
    copy = pickle.loads(pickle.dumps(one_factor))  # noqa: S301  our own bytes
    pd.testing.assert_frame_equal(copy.results(CA), one_factor.results(CA))


def test_without_shrinkage_its_columns_are_empty(fitted):
    table = fitted.results(CA, shrink=False)
    assert table["shrunken_log2_fold_change"].isna().all()
    assert table["shrunken_lfc_se"].isna().all()


def test_shrinkage_pulls_towards_zero(fitted):
    table = fitted.results(CA).dropna()
    size = table["log2_fold_change"].abs()
    assert (table["shrunken_log2_fold_change"].abs() <= size + 0.05).all()
    assert (table["shrunken_lfc_se"] > 0).all()


def test_a_level_contrast_is_its_vector(fitted):
    names = fitted.coefficients
    vector = np.zeros(len(names))
    vector[names.index("group[T.c]")], vector[names.index("group[T.b]")] = 1.0, -1.0
    levels = fitted.results(Contrast("group", "c", "b"))
    ours = fitted.results(vector)
    for column in COLUMNS[:6]:
        np.testing.assert_allclose(ours[column], levels[column], rtol=1e-7, atol=1e-9)
    # the other coefficients differ, and with them apeGLM's wide priors
    apart = (ours["shrunken_log2_fold_change"] - levels["shrunken_log2_fold_change"]).abs()
    assert apart[levels["lfc_se"] < 0.5].max() < 0.01


def test_levels_written_as_numbers(one_factor):
    counts, samples = simulate()
    coded = samples.assign(group=samples["group"].map({"a": 0, "b": 1, "c": 2}))
    ours = fit_design(counts, coded, "~ C(group)").results(Contrast("group", "2", "0"))
    for column in COLUMNS[:-1]:
        np.testing.assert_allclose(ours[column], one_factor.results(CA)[column], rtol=1e-6)


def test_a_covariate_is_compared_along_its_slope():
    counts, samples = simulate(80)
    coded = samples.assign(dose=[0, 1, 2] * 4)
    fit = fit_design(counts, coded, "~ group + dose")
    one_unit = (np.array(fit.coefficients) == "dose").astype(float)
    two_apart = fit.results(Contrast("dose", "2", "0"))
    ours = fit.results(one_unit)
    np.testing.assert_allclose(two_apart["log2_fold_change"], 2 * ours["log2_fold_change"])
    np.testing.assert_allclose(two_apart["p_value"], ours["p_value"])


def test_shrinkage_sees_replaced_counts_as_replaced():
    rng = np.random.default_rng(1)
    group = np.repeat(["a", "b"], 8)
    counts = rng.negative_binomial(5, 5 / 105, (16, 200)) * rng.integers(1, 9, 200)
    spoilt = counts.copy()
    spoilt[3, :5] = 50_000
    samples = pd.DataFrame({"group": group}, index=[f"s{i}" for i in range(16)])
    tables = [
        fit_design(y, samples, "~ group").results(Contrast("group", "b", "a"))
        for y in (counts, spoilt)
    ]
    for column in ("log2_fold_change", "shrunken_log2_fold_change"):
        apart = (tables[0][column] - tables[1][column]).abs()
        assert apart[:5].max() < 0.7


def test_likelihood_ratio_of_one_coefficient_agrees_with_wald(fitted):
    ratio = fitted.likelihood_ratio("~ group")
    wald = fitted.results(Contrast("batch", "y", "x"), shrink=False)
    clear = wald["base_mean"] > 50
    np.testing.assert_allclose(ratio["stat"][clear], wald["stat"][clear] ** 2, atol=0.6, rtol=0.1)
    assert ratio["not_tested_reason"].iloc[0] == "all_zero"


@pytest.mark.parametrize("reduced", ["~ batch + group", "~ other", "~ batch + other"])
def test_likelihood_ratio_needs_a_nested_design(reduced):
    counts, samples = simulate(40)
    samples = samples.assign(other=["u", "u", "v"] * 4)
    fit = fit_design(counts, samples, "~ batch + group")
    with pytest.raises(ValueError, match="must keep some"):
        fit.likelihood_ratio(reduced)


def test_contrast_of_two_empty_groups_is_no_change(one_factor):
    row = one_factor.results(Contrast("group", "c", "b")).iloc[1]
    assert row["log2_fold_change"] == 0.0
    assert row["p_value"] == 1.0
    against_seen = one_factor.results(CA).iloc[1]
    assert against_seen["log2_fold_change"] < -4
    assert against_seen["p_value"] < 1e-6


def test_null_value_holds_for_contrasts_without_the_reference(one_factor):
    contrast = Contrast("group", "c", "b")
    plain = one_factor.results(contrast, shrink=False)
    moved = one_factor.results(contrast, lfc_null=0.7, shrink=False)
    expected = (plain["log2_fold_change"] - 0.7) / plain["lfc_se"]
    seen = plain["log2_fold_change"] != 0
    np.testing.assert_allclose(moved["stat"][seen], expected[seen])


def test_reference_level_does_not_matter(one_factor):
    counts, samples = simulate()
    renamed = samples.assign(group=samples["group"].map({"a": "z", "b": "b", "c": "c"}))
    other = fit_design(counts, renamed, "~ group").results(Contrast("group", "c", "z"))
    ours = one_factor.results(CA)
    for column in ("log2_fold_change", "lfc_se", "shrunken_log2_fold_change", "shrunken_lfc_se"):
        np.testing.assert_allclose(other[column], ours[column], rtol=1e-3, atol=1e-4)


def test_blocks_do_not_change_results(one_factor, monkeypatch):
    monkeypatch.setattr(linalg, "CELLS_PER_BLOCK", 12 * 7)
    split = fit_design(*simulate(), "~ group").results(CA)
    whole = one_factor.results(CA)
    for column in COLUMNS[:-1]:
        np.testing.assert_allclose(split[column], whole[column], rtol=1e-6, err_msg=column)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(order=st.permutations(range(12)))
def test_order_of_samples_does_not_matter(order):
    counts, samples = simulate(120)
    plain = fit_design(counts, samples, "~ batch + group").results(CA)
    order = list(order)
    moved = fit_design(counts[order], samples.iloc[order], "~ batch + group").results(CA)
    for column in COLUMNS[:-1]:
        np.testing.assert_allclose(moved[column], plain[column], rtol=1e-4, atol=1e-6)
    assert (moved["not_tested_reason"] == plain["not_tested_reason"])[plain["padj"].isna()].all()


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_order_of_genes_does_not_matter(seed):
    counts, samples = simulate(120)
    order = np.random.default_rng(seed).permutation(120)
    plain = fit_design(counts, samples, "~ batch + group").results(CA)
    moved = fit_design(counts[:, order], samples, "~ batch + group").results(CA)
    for column in COLUMNS[:-1]:
        np.testing.assert_allclose(moved[column], plain[column].iloc[order], rtol=1e-5, atol=1e-9)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(pair=st.permutations(["a", "b", "c"]))
def test_swapping_levels_turns_signs_and_no_p_value(fitted, pair):
    there = fitted.results(Contrast("group", pair[0], pair[1]))
    back = fitted.results(Contrast("group", pair[1], pair[0]))
    for column in ("log2_fold_change", "stat"):
        np.testing.assert_allclose(there[column], -back[column], rtol=1e-12)
    for column in ("lfc_se", "p_value", "padj"):
        np.testing.assert_allclose(there[column], back[column], rtol=1e-9)
    # apeGLM's prior on the intercept makes the reference level matter a little
    turned = there["shrunken_log2_fold_change"] + back["shrunken_log2_fold_change"]
    assert turned[there["lfc_se"] < 0.5].abs().max() < 0.01


@settings(max_examples=4, deadline=None, derandomize=True)
@given(place=st.integers(0, 119), genes=st.integers(1, 5))
def test_genes_without_a_count_change_no_other_gene(place, genes):
    counts, samples = simulate(120)
    plain = fit_design(counts, samples, "~ batch + group").results(CA)
    longer = np.insert(counts, [place] * genes, 0, axis=1)
    found = fit_design(longer, samples, "~ batch + group").results(CA)
    added = range(place, place + genes)
    assert (found["not_tested_reason"].iloc[added] == "all_zero").all()
    kept = found.drop(index=added).reset_index(drop=True)
    for column in COLUMNS[:5]:
        np.testing.assert_allclose(kept[column], plain[column], rtol=1e-6, atol=1e-9)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(sample=st.integers(0, 11), times=st.integers(2, 4))
def test_a_deeper_library_leaves_the_conclusions(sample, times):
    counts, samples = simulate()
    plain = fit_design(counts, samples, "~ batch + group").results(CA, shrink=False)
    deeper = counts.copy()
    deeper[sample] *= times
    fit = fit_design(deeper, samples, "~ batch + group")
    found = fit.results(CA, shrink=False)
    factors = fit_design(counts, samples, "~ batch + group").size_factors
    ratio = fit.size_factors / factors
    assert ratio[sample] / np.delete(ratio, sample) == pytest.approx(times)
    clear = plain["base_mean"] > 100
    apart = (found["log2_fold_change"] - plain["log2_fold_change"]).abs()
    assert apart[clear].max() < 0.25
    called = [(t["padj"] < 0.001) & (t["log2_fold_change"].abs() > 1) for t in (plain, found)]
    assert (called[0] & clear).sum() > 10
    assert (found["padj"][called[0] & clear] < 0.05).all()
    assert (plain["padj"][called[1] & clear] < 0.05).all()


def test_every_gene_with_a_zero_still_gets_size_factors():
    counts, samples = simulate(60)
    counts[np.arange(60) % 12, np.arange(60)] = 0
    with pytest.warns(UserWarning, match="positive counts"):
        fit = fit_design(counts, samples, "~ group")
    assert np.exp(np.log(fit.size_factors).mean()) == pytest.approx(1.0)


def test_wrong_requests_are_explained(fitted):
    counts, samples = simulate(30)
    gap = samples.assign(batch=samples["batch"].mask(samples.index == "s4"))
    with pytest.raises(ValueError, match="no factor 'dose'"):
        fitted.results(Contrast("dose", "b", "a"))
    with pytest.raises(ValueError, match="no level 'z'; it has a, b, c"):
        fitted.results(Contrast("group", "z", "a"))
    with pytest.raises(ValueError, match="with itself"):
        fitted.results(Contrast("group", "a", "a"))
    with pytest.raises(ValueError, match="has 4 entries"):
        fitted.results(np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="cannot be"):
        fitted.results(CA, lfc_null=-1.0, alt_hypothesis="greaterAbs")
    with pytest.raises(ValueError, match="Unknown alternative 'bigger'"):
        fitted.results(CA, alt_hypothesis="bigger")
    with pytest.raises(ValueError, match="asks for 'dose', which the metadata lacks; it has group"):
        fit_design(counts, samples, "~ group + dose")
    with pytest.raises(ValueError, match="'batch' has no value for sample 's4'"):
        fit_design(counts, gap, "~ batch + group")
    with pytest.raises(ValueError, match="not of full rank"):
        fit_design(counts, samples.assign(copy=samples["group"]), "~ group + copy")
    with pytest.raises(ValueError, match="no replicates"):
        fit_design(counts[::4], samples.iloc[::4], "~ group")
    with pytest.raises(ValueError, match="one row for each of the 12"):
        fit_design(counts[:5], samples, "~ group")
    with pytest.raises(ValueError, match="must be integers"):
        fit_design(counts / 2, samples, "~ group")
    with pytest.raises(ValueError, match="must not be negative"):
        fit_design(counts - 1, samples, "~ group")
    with pytest.raises(ValueError, match="must be unique"):
        fit_design(counts, samples.set_axis(["s"] * 12), "~ group")


def test_inference_serves_pydeseq2_s_own_classes():
    counts, samples = simulate(120)
    frame = pd.DataFrame(counts, index=samples.index)
    own = DeseqDataSet(
        counts=frame,
        metadata=samples,
        design="~group",
        inference=VectorisedInference(),
        quiet=True,
    )
    own.deseq2()
    ours = VectorisedDeseqDataSet(counts=frame, metadata=samples, design="~group")
    ours.deseq2()
    np.testing.assert_allclose(own.varm["LFC"].iloc[3:], ours.varm["LFC"].iloc[3:], atol=0.15)


def test_pydeseq2_s_own_ways_of_asking():
    counts, samples = simulate(120)
    data = VectorisedDeseqDataSet(
        counts=pd.DataFrame(counts, index=samples.index), metadata=samples, design="~group"
    )
    data.deseq2()
    stats = VectorisedDeseqStats(data, contrast=["group", "b", "a"], quiet=True)
    stats.summary()
    change, error, converged = stats.shrunken_change()
    assert converged[1:].all()
    stats.lfc_shrink("group[T.b]")
    np.testing.assert_allclose(stats.results_df["log2FoldChange"], change / np.log(2))
    np.testing.assert_allclose(stats.results_df["lfcSE"], error / np.log(2))
    with pytest.raises(ValueError, match="does not test"):
        stats.lfc_shrink("group[T.c]")
    with pytest.raises(KeyError, match="no coefficient"):
        stats.lfc_shrink("dose")
    modes, inverse, good = data.inference.lfc_shrink_nbinom_glm(
        data.design_array,
        counts[:, 3:],
        1 / data.var["dispersions"].to_numpy()[3:],
        np.log(data.factors),
        15.0,
        0.5,
        "L-BFGS-B",
        1,
    )
    assert good.all()
    assert modes.shape == (117, 3)
    assert (np.linalg.eigvalsh(inverse) > 0).all()
    unfiltered = VectorisedDeseqStats(
        data, contrast=["group", "b", "a"], independent_filter=False, quiet=True
    )
    unfiltered.summary()
    assert unfiltered.padj.notna().sum() == unfiltered.p_values.notna().sum()
    data.vst()
    assert np.isfinite(data.layers["vst_counts"]).all()
    with pytest.raises(ValueError, match="ratio or poscounts"):
        data.fit_size_factors("iterative")


def test_outliers_may_be_left_as_they_are():
    counts, samples = simulate(120)
    data = VectorisedDeseqDataSet(
        counts=pd.DataFrame(counts, index=samples.index),
        metadata=samples,
        design="~group",
        refit_cooks=False,
    )
    data.deseq2()
    stats = VectorisedDeseqStats(data, contrast=["group", "b", "a"], cooks_filter=False, quiet=True)
    stats.summary()
    assert stats.p_values.notna().sum() == 119
    assert np.isfinite(stats.shrunken_change()[0][1:]).all()


def test_inference_refuses_what_it_cannot_do():
    ones = np.ones((4, 1))
    inference = VectorisedInference()
    with pytest.raises(ValueError, match="Cox-Reid"):
        inference.alpha_mle(ones, ones, ones, ones[0], 1e-8, 10.0, cr_reg=False)
    with pytest.raises(ValueError, match="variance of their prior"):
        inference.alpha_mle(ones, ones, ones, ones[0], 1e-8, 10.0, prior_reg=True)


def test_contrasts_asked_for_together_are_those_asked_for_alone():
    rng = np.random.default_rng(31)
    groups = np.repeat(["a", "b", "c"], 4)
    counts = rng.negative_binomial(5, 0.05, size=(12, 200))
    counts[:8, :10] = 0
    samples = pd.DataFrame({"group": groups}, index=[f"s{i}" for i in range(12)])
    asked = [Contrast("group", *pair) for pair in (("b", "a"), ("c", "a"), ("c", "b"), ("a", "b"))]
    shared = fit_design(counts, samples, "~group")
    together = [shared.results(contrast, shrink=False) for contrast in asked]
    for contrast, table in zip(asked, together, strict=True):
        alone = fit_design(counts, samples, "~group").results(contrast, shrink=False)
        pd.testing.assert_frame_equal(table, alone)
    assert (together[0]["log2_fold_change"][:10] == 0).all()
    assert (together[0]["p_value"][:10] == 1).all()
    turned = -together[3]["log2_fold_change"]
    np.testing.assert_allclose(together[0]["log2_fold_change"], turned, atol=1e-12)
