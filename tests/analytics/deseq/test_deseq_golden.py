"""Simulated data sets, gene by gene against DESeq2 1.38.3 (see tests/golden/deseq)."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.deseq import Contrast

pytestmark = pytest.mark.golden

ALTERNATIVES = ["greaterAbs", "lessAbs", "greater", "less"]
COMPARISONS = {"ba": Contrast("group", "b", "a"), "cb": Contrast("group", "c", "b")}


@pytest.fixture(scope="module")
def replaced(case):
    one = case("replaced")
    return one, one.fit("~group")


@pytest.mark.parametrize("key", list(COMPARISONS))
def test_outliers_are_replaced_and_refitted(replaced, same_as_r, key):
    one, fit = replaced
    same_as_r(fit.results(COMPARISONS[key]), one.answer(key), change=1e-5, p=2e-4)


@pytest.mark.parametrize("key", list(COMPARISONS))
@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_thresholds_hold_for_every_pair_of_levels(replaced, key, alternative):
    one, fit = replaced
    contrast, r = COMPARISONS[key], one.answer(f"{key}.{alternative}")
    null = -0.5 if alternative == "less" else 0.5
    ours = fit.results(contrast, lfc_null=null, alt_hypothesis=alternative, shrink=False)
    levels = one.samples["group"].isin([contrast.numerator, contrast.denominator])
    # without a count in either group we say p = 1 whatever the alternative
    seen = (one.counts.loc[:, levels.to_numpy()] > 0).any(axis=1).to_numpy()
    seen &= (r["baseMean"] > 0).to_numpy()
    np.testing.assert_allclose(ours["p_value"][seen], r["pvalue"][seen], rtol=2e-4, atol=1e-300)
    np.testing.assert_allclose(ours["stat"][seen], r["stat"][seen], rtol=1e-5, atol=1e-6)
    absent = one.counts.loc[:, levels.to_numpy()].eq(0).all(axis=1) & one.counts.gt(0).any(axis=1)
    assert absent.any()
    assert (ours["p_value"][absent.to_numpy()] == 1.0).all()
    assert (ours["log2_fold_change"][absent.to_numpy()] == 0.0).all()


@pytest.mark.parametrize(
    ("key", "contrast"),
    [("cb", Contrast("group", "c", "b")), ("vector", np.array([0.0, 0.0, 0.5, 1.0, -0.5]))],
)
def test_covariate_batch_and_vector_contrasts(case, same_as_r, key, contrast):
    one = case("covariates")
    fit = one.fit("~age + batch + group")
    assert fit.coefficients == ["Intercept", "age", "batch[T.y]", "group[T.b]", "group[T.c]"]
    order = [0, 1, 2, 3, 4]
    vector = contrast[order] if isinstance(contrast, np.ndarray) else contrast
    same_as_r(fit.results(vector), one.answer(key), change=1e-5, p=2e-4)


@pytest.fixture(scope="module")
def batches(case):
    one = case("batches")
    return one, one.fit("~batch + drug")


@pytest.mark.parametrize("key", ["ba", "cb"])
def test_three_drugs_over_three_batches_of_sixty_samples(batches, same_as_r, key):
    one, fit = batches
    same_as_r(fit.results(Contrast("drug", *key), shrink=False), one.answer(key))


@pytest.mark.parametrize("df", [1, 2, 3])
def test_prior_variance_with_few_degrees_of_freedom(case, same_as_r, df):
    one = case(f"df{df}")
    fit = one.fit("~group")
    genes = one.answer("genes")
    variance = float(fit._dataset.uns["prior_disp_var"])
    assert variance > 0.5
    np.testing.assert_allclose(variance, genes["prior_variance"].iloc[0], rtol=1e-9)
    np.testing.assert_allclose(fit.dispersion, genes["dispersion"], rtol=1e-3)
    same_as_r(fit.results(Contrast("group", "b", "a")), one.answer("ba"))


def test_local_trend_where_the_parametric_one_fails(case, same_as_r):
    one = case("rising")
    with pytest.warns(UserWarning, match="local regression"):
        fit = one.fit("~group")
    genes = one.answer("genes")
    assert set(genes["fit_type"]) == {"local"}
    trend = fit._dataset.var["fitted_dispersions"].to_numpy()
    np.testing.assert_allclose(trend, genes["trend"], rtol=1e-6)
    same_as_r(fit.results(Contrast("group", "b", "a")), one.answer("ba"), p=1e-5)


@pytest.mark.parametrize(
    ("name", "design", "reduced"),
    [("replaced", "~group", "~1"), ("covariates", "~age + batch + group", "~age + batch")],
)
def test_likelihood_ratio(case, name, design, reduced):
    one = case(name)
    ours, r = one.fit(design).likelihood_ratio(reduced), one.answer("lrt")
    known = r["pvalue"].notna().to_numpy()
    assert (ours["p_value"].notna() == known).all()
    assert (ours["padj"].notna() == r["padj"].notna().to_numpy()).all()
    np.testing.assert_allclose(ours["stat"][known], r["stat"][known], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ours["p_value"][known], r["pvalue"][known], rtol=1e-3, atol=1e-300)
    np.testing.assert_allclose(ours["padj"], r["padj"], rtol=1e-3, atol=1e-300)
