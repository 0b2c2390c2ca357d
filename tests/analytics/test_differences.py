"""Differences between contrasts: by the model's covariance in one fit, by z across fits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from analytics import deseq
from analytics.deseq.wald import contrast_variance
from analytics.differences import DIFFERENCE_SCHEMA, across_fits
from analytics.differential_expression import Contrast, fit

GENES = 150
LEN, POM = Contrast("len", "drug", "len", "dmso"), Contrast("pom", "drug", "pom", "dmso")


def counted(seed: int = 5) -> tuple[pl.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    drug, line = np.repeat(["dmso", "len", "pom"], 4), np.tile(["u", "v"], 6)
    base = np.exp(rng.uniform(3, 8, GENES))
    change = rng.normal(0, 1, (3, GENES)) * (rng.random((3, GENES)) < 0.3)
    mean = base * np.exp(change[np.repeat([0, 1, 2], 4)])
    counts = rng.negative_binomial(10, 10 / (10 + mean))
    counts[:, 0] = 0
    names = [f"s{i}" for i in range(12)]
    frame = pl.DataFrame(counts.T, schema=names).with_columns(
        gene_id=pl.Series([f"g{i:03d}" for i in range(GENES)])
    )
    return frame, pd.DataFrame({"drug": drug, "line": line}, index=names)


@pytest.fixture(scope="module")
def fitted():
    frame, samples = counted()
    return fit(
        frame, samples, "~ line + drug", [LEN, POM], pairs=[("len", "pom")], engine="vectorised"
    )


def test_a_difference_within_a_fit_is_that_of_the_changes_with_the_models_covariance(fitted):
    frame, samples = counted()
    model = deseq.fit_design(
        frame.drop("gene_id").to_numpy().T, samples.assign(drug=samples["drug"]), "~ line + drug"
    )
    vector = np.array([0.0, 0.0, 1.0, -1.0])
    assert model.coefficients[2:] == ["drug[T.len]", "drug[T.pom]"]
    variance = (
        contrast_variance(model._dataset.varm["information"], model._dataset.layout, vector)
        / np.log(2) ** 2
    )
    expected = {f"g{i:03d}": float(np.sqrt(v)) for i, v in enumerate(variance)}
    found = fitted.differences
    assert found.schema == pl.Schema(DIFFERENCE_SCHEMA)
    np.testing.assert_allclose(
        found["difference_se"], [expected[g] for g in found["gene_id"]], rtol=1e-6
    )
    sides = fitted.results.pivot(on="contrast_id", index="gene_id", values="log2_fold_change")
    both = found.join(sides, on="gene_id")
    np.testing.assert_allclose(both["difference"], both["len"] - both["pom"], atol=1e-9)
    np.testing.assert_allclose(found["stat"], found["difference"] / found["difference_se"])
    np.testing.assert_allclose(found["p_value"], 2 * norm.sf(np.abs(found["stat"])))


def test_the_shared_vehicle_makes_the_difference_surer_than_independence_would(fitted):
    errors = fitted.results.pivot(on="contrast_id", index="gene_id", values="lfc_se")
    both = fitted.differences.join(errors, on="gene_id")
    independent = np.hypot(both["len"].to_numpy(), both["pom"].to_numpy())
    assert (both["difference_se"].to_numpy() < 0.95 * independent).all()


def test_only_genes_tested_in_both_have_a_difference_and_asking_changes_no_result(fitted):
    tested = fitted.results.filter(pl.col("padj").is_not_null())["gene_id"].value_counts()
    in_both = set(tested.filter(pl.col("count") == 2)["gene_id"])
    assert set(fitted.differences["gene_id"]) == in_both
    assert "g000" not in in_both
    frame, samples = counted()
    alone = fit(frame, samples, "~ line + drug", [LEN, POM], engine="vectorised")
    assert alone.differences.is_empty()
    assert alone.results.equals(fitted.results)


def test_unaltered_pydeseq2_tells_differences_too():
    frame, samples = counted()
    few = frame.head(40)
    found = fit(few, samples, "~ drug", [LEN, POM], pairs=[("len", "pom")], engine="pydeseq2")
    sides = found.results.pivot(on="contrast_id", index="gene_id", values="log2_fold_change")
    assert found.results["contrast_id"].unique().sort().to_list() == ["len", "pom"]
    both = found.differences.join(sides, on="gene_id")
    assert both.height > 30
    np.testing.assert_allclose(both["difference"], both["len"] - both["pom"], atol=1e-3)


def test_contrasts_without_a_common_denominator_are_refused():
    frame, samples = counted()
    over = Contrast("pom_len", "drug", "pom", "len")
    with pytest.raises(ValueError, match="do not share their denominator"):
        fit(frame, samples, "~ drug", [LEN, over], pairs=[("len", "pom_len")], engine="vectorised")


def sides(n: int, seed: int = 0, change: float = 0.0) -> list[pl.DataFrame]:
    rng = np.random.default_rng(seed)
    frames = []
    for name, shift in (("a", change), ("b", 0.0)):
        error = rng.uniform(0.1, 0.5, n)
        frames.append(
            pl.DataFrame(
                {
                    "contrast_id": name,
                    "gene_id": [f"g{i}" for i in range(n)],
                    "log2_fold_change": rng.normal(shift, error),
                    "lfc_se": error,
                    "padj": np.ones(n),
                }
            )
        )
    return frames


def test_across_fits_the_error_is_that_of_two_independent_changes():
    a, b = sides(4000)
    found = across_fits(a, b)
    both = a.join(b, on="gene_id", suffix="_b").sort("gene_id")
    np.testing.assert_allclose(found["difference_se"], np.hypot(both["lfc_se"], both["lfc_se_b"]))
    # nothing differs, so the p-values are even
    assert abs((found["p_value"] < 0.05).mean() - 0.05) < 0.01
    assert abs(found["p_value"].mean() - 0.5) < 0.02
    assert found["method"].unique().to_list() == ["z_across_fits"]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.floats(-3, 3))
def test_exchanging_the_contrasts_turns_the_sign_and_no_p_value(seed, change):
    a, b = sides(40, seed, change)
    there, back = across_fits(a, b), across_fits(b, a)
    np.testing.assert_allclose(there["difference"], -back["difference"])
    np.testing.assert_allclose(there["padj"], back["padj"])


def test_genes_untested_in_one_or_without_an_error_are_left_out():
    a, b = sides(5)
    a = a.with_columns(padj=pl.when(pl.col("gene_id") == "g0").then(None).otherwise(pl.col("padj")))
    b = b.with_columns(
        lfc_se=pl.when(pl.col("gene_id") == "g1").then(None).otherwise(pl.col("lfc_se"))
    )
    assert across_fits(a, b)["gene_id"].to_list() == ["g2", "g3", "g4"]
