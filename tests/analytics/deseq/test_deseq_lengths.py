"""Normalisation factors from transcript lengths, against DESeq2 1.38.3 (tests/golden/deseq)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from analytics.deseq import Contrast, fit_design
from analytics.deseq.design import RIDGE
from analytics.deseq.size_factors import factors_from_lengths

from .conftest import GOLDEN

COMPARISON = Contrast("group", "b", "a")


@pytest.fixture(scope="module")
def lengths():
    return pd.read_csv(GOLDEN / "lengths.lengths.csv.gz", index_col=0).to_numpy().T.copy()


@pytest.fixture(scope="module")
def counted(case):
    one = case("lengths")
    return one, one.counts.to_numpy().T.copy()


@pytest.mark.golden
@pytest.mark.parametrize(("key", "design"), [("one", "~group"), ("two", "~batch + group")])
def test_a_fit_with_lengths_is_the_reference_implementations(
    counted, lengths, same_as_r, key, design
):
    one, counts = counted
    factors = factors_from_lengths(counts, lengths)
    fit = fit_design(counts, one.samples, design, factors)
    r = one.answer(key)
    np.testing.assert_allclose(factors[0], r["factor_of_first_sample"], rtol=1e-10)
    np.testing.assert_allclose(fit.dispersion, r["dispersion"], rtol=1e-3)
    table = fit.results(COMPARISON)
    same_as_r(table, r)
    shrunken = table["shrunken_log2_fold_change"]
    assert (shrunken.abs() <= table["log2_fold_change"].abs() + 0.05).sum() > 240
    apart = (table["log2_fold_change"] - r["log2FoldChange"].to_numpy()).abs() > 1e-9
    # one huge count makes reweighting diverge; R's general optimiser then stops short of the mode
    assert fit.outlier[apart].all()
    assert apart.sum() <= 2


@pytest.mark.golden
def test_where_reweighting_diverges_our_likelihood_is_no_lower_than_r_s(counted, lengths):
    one, counts = counted
    factors = factors_from_lengths(counts, lengths)
    fit = fit_design(counts, one.samples, "~batch + group", factors)
    gene = 2
    design = np.asarray(fit._dataset.design_array)
    size = 1.0 / fit.dispersion[gene]
    theirs = one.answer("two")["log2FoldChange"].iloc[gene] * np.log(2)

    def loss(beta):
        eta = np.log(factors[:, gene]) + design @ beta
        y = counts[:, gene]
        terms = (y + size) * np.logaddexp(0.0, eta - np.log(size)) - y * eta
        return terms.sum() + 0.5 * RIDGE * (beta**2).sum()

    ours = fit._dataset.varm["LFC"].to_numpy()[gene]
    assert abs(ours[2] - theirs) > 1e-5
    held = minimize(
        lambda free: loss(np.append(free, theirs)), ours[:2], method="Nelder-Mead", tol=1e-12
    )
    assert 0 < held.fun - loss(ours) < 1e-7


def test_factors_alike_in_all_genes_are_size_factors(counted):
    one, counts = counted
    plain = fit_design(counts, one.samples, "~batch + group")
    factors = np.repeat(plain.size_factors[:, None], counts.shape[1], axis=1)
    same = fit_design(counts, one.samples, "~batch + group", factors)
    np.testing.assert_allclose(same.size_factors, plain.size_factors)
    pd.testing.assert_frame_equal(same.results(COMPARISON), plain.results(COMPARISON), rtol=1e-7)
    reduced = [fit.likelihood_ratio("~batch") for fit in (same, plain)]
    pd.testing.assert_frame_equal(*reduced, rtol=1e-7)


def test_lengths_that_do_not_vary_leave_the_size_factors(counted, lengths):
    one, counts = counted
    constant = np.repeat(lengths[:1], counts.shape[0], axis=0)
    factors = factors_from_lengths(counts, constant)
    plain = fit_design(counts, one.samples, "~group").size_factors
    ratio = factors / plain[:, None]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[0, 0], ratio.shape))


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        (np.ones((3, 2)), "must have the counts' shape"),
        (np.zeros((16, 250)), "must be positive"),
        (np.full((16, 250), np.nan), "must be positive"),
    ],
)
def test_unusable_factors_are_refused(counted, factors, message):
    one, counts = counted
    with pytest.raises(ValueError, match=message):
        fit_design(counts, one.samples, "~group", factors)


def test_unusable_lengths_are_refused(counted, lengths):
    _, counts = counted
    with pytest.raises(ValueError, match="Average lengths must be positive"):
        factors_from_lengths(counts, lengths * 0.0)
