"""Real data sets, gene by gene against DESeq2 1.38.3.

Their tables were made with R's default of alpha = 0.1 for independent filtering.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analytics.deseq import Contrast, fit_design

pytestmark = pytest.mark.golden


@pytest.fixture(scope="module")
def airway(shared_data):
    folder = shared_data / "counts" / "airway"
    counts = pd.read_csv(folder / "airway_rawcounts.csv", index_col=0)
    samples = pd.read_csv(folder / "airway_metadata.csv", index_col=0)
    return counts, samples, folder


def test_airway_unpaired(airway, same_as_r):
    counts, samples, folder = airway
    fit = fit_design(counts.to_numpy().T.copy(), samples, "~dex")
    r = pd.read_csv(folder / "airway_raw_dex.R_DESeq2_1.38.3.csv.gz", index_col=0)
    assert (r.index == counts.index).all()
    ours = fit.results(Contrast("dex", "treated", "control"), alpha=0.1)
    same_as_r(ours, r)
    assert ours["not_tested_reason"].value_counts().to_dict() == {
        "all_zero": int(r["log2FoldChange"].isna().sum()),
        "outlier": int((r["pvalue"].isna() & r["log2FoldChange"].notna()).sum()),
        "low_count": int((r["padj"].isna() & r["pvalue"].notna()).sum()),
    }


def test_airway_paired_with_three_degrees_of_freedom(airway, same_as_r):
    counts, samples, folder = airway
    fit = fit_design(counts.to_numpy().T.copy(), samples, "~celltype + dex")
    name = "airway_raw_celltype_dex"
    r = pd.read_csv(folder / f"{name}.R_DESeq2_1.38.3.csv.gz", index_col=0)
    ours = fit.results(Contrast("dex", "treated", "control"), alpha=0.1)
    same_as_r(ours, r)
    assert (ours["padj"] < 0.05).sum() == 3994
    factors = pd.read_csv(folder / f"{name}.sizefactors.csv", index_col=0)["sizeFactor"]
    np.testing.assert_allclose(fit.size_factors, factors, rtol=1e-12)
    dispersions = pd.read_csv(folder / f"{name}.dispersions.csv.gz", index_col=0)["dispersion"]
    np.testing.assert_allclose(fit.dispersion, dispersions, rtol=1e-4)


def test_pasilla_published_table(shared_data, same_as_r):
    folder = shared_data / "counts" / "pasilla"
    counts = pd.read_csv(folder / "pasilla_counts.csv", index_col=0)
    r = pd.read_csv(folder / "pasilla_condition_treated_results.csv", index_col=0)
    samples = pd.DataFrame({"condition": counts.columns.str.rstrip("1234")}, index=counts.columns)
    fit = fit_design(counts.to_numpy().T.copy(), samples, "~condition")
    ours = fit.results(Contrast("condition", "untreated", "treated"), alpha=0.1)
    same_as_r(ours, r.loc[counts.index])
    assert (ours["padj"] < 0.1).sum() == 1061


@pytest.fixture(scope="module")
def prostate(shared_data):
    folder = shared_data / "counts" / "GSE211781"
    counts = pd.read_csv(
        folder / "GSE211781_raw_counts_GRCh38.p13_NCBI.tsv.gz", sep="\t", index_col=0
    )
    samples = pd.read_csv(folder / "sample_metadata.csv", index_col=0).loc[counts.columns]
    return fit_design(counts.to_numpy().T.copy(), samples, "~Group"), folder


@pytest.mark.parametrize("drug", ["Bicalutamide", "Enzalutamide"])
def test_several_drugs_against_one_control(prostate, same_as_r, drug):
    fit, folder = prostate
    table = f"GSE211781_{drug}_Plus_DHT_vs_Control_Plus_DHT.R_DESeq2_1.38.3.csv.gz"
    ours = fit.results(Contrast("Group", f"{drug}_Plus_DHT", "Control_Plus_DHT"), alpha=0.1)
    same_as_r(ours, pd.read_csv(folder / table, index_col=0))


def test_few_genes_with_outliers(shared_data, same_as_r):
    folder = shared_data / "counts" / "SRP254919"
    table = pd.read_csv(
        folder / "SRP254919.salmon.merged.gene_counts.top1000cov.tsv", sep="\t", index_col=0
    )
    counts = table.drop(columns="gene_name").round().astype(int)
    samples = pd.read_csv(folder / "SRP254919.samplesheet.csv", index_col=0).loc[counts.columns]
    fit = fit_design(counts.to_numpy().T.copy(), samples, "~treatment")
    ours = fit.results(Contrast("treatment", "hND6", "mCherry"), alpha=0.1)
    r = pd.read_csv(folder / "SRP254919_hND6_vs_mCherry.R_DESeq2_1.38.3.csv", index_col=0)
    # R had the other level as reference, from which its iteration stops elsewhere
    same_as_r(ours, r.loc[counts.index], most=1e-4)
    assert ours["p_value"].isna().sum() == 23
    assert ours["padj"].isna().sum() == 893


SINGLE = ("single_factor", "~condition", Contrast("condition", "B", "A"))
MULTI = ("multi_factor", "~group + condition", Contrast("condition", "B", "A"))
CONTINUOUS = ("continuous", "~group + condition + measurement", np.array([0.0, 0.0, 0.0, 1.0]))


@pytest.fixture(scope="module")
def synthetic(shared_data):
    root = shared_data / "counts" / "pydeseq2"

    def fit(folder, design):
        tests = root / "tests" / "data" / folder
        own = tests if (tests / "test_counts.csv").exists() else root / "datasets" / "synthetic"
        counts = pd.read_csv(own / "test_counts.csv", index_col=0)
        samples = pd.read_csv(own / "test_metadata.csv", index_col=0)
        return fit_design(counts.to_numpy().T.copy(), samples.loc[counts.columns], design), tests

    return fit


@pytest.mark.parametrize(("folder", "design", "contrast"), [SINGLE, MULTI, CONTINUOUS])
def test_synthetic_designs(synthetic, folder, design, contrast):
    fit, tests = synthetic(folder, design)
    r = pd.read_csv(tests / "r_test_res.csv", index_col=0)
    ours = fit.results(contrast, shrink=False)
    np.testing.assert_allclose(ours["log2_fold_change"], r["log2FoldChange"], rtol=1e-4)
    np.testing.assert_allclose(ours["p_value"], r["pvalue"], rtol=1e-3)
    np.testing.assert_allclose(ours["padj"], r["padj"], rtol=1e-3)


@pytest.mark.parametrize("alternative", ["greaterAbs", "lessAbs", "greater", "less"])
def test_one_sided_and_threshold_tests(synthetic, alternative):
    fit, tests = synthetic(*SINGLE[:2])
    r = pd.read_csv(tests / f"r_test_res_{alternative}.csv", index_col=0)
    null = -0.5 if alternative == "less" else 0.5
    ours = fit.results(SINGLE[2], lfc_null=null, alt_hypothesis=alternative, shrink=False)
    np.testing.assert_allclose(ours["stat"], r["stat"], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(ours["p_value"], r["pvalue"], rtol=1e-3)


@pytest.mark.parametrize(("folder", "design", "contrast"), [SINGLE, MULTI, CONTINUOUS])
def test_shrinkage_by_apeglm(synthetic, folder, design, contrast):
    fit, tests = synthetic(folder, design)
    r = pd.read_csv(tests / "r_test_lfc_shrink_res.csv", index_col=0)
    ours = fit.results(contrast)
    # apeglm's own search stops short of the mode by up to 3e-4
    np.testing.assert_allclose(ours["shrunken_log2_fold_change"], r["log2FoldChange"], atol=4e-4)
    np.testing.assert_allclose(ours["shrunken_lfc_se"], r["lfcSE"], rtol=2e-4)
