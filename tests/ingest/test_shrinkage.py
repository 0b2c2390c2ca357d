"""Shrunken changes, estimates and other tests told apart by their numbers, under any headings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from pydeseq2.dds import DeseqDataSet
from pydeseq2.default_inference import DefaultInference
from pydeseq2.ds import DeseqStats
from scipy.stats import norm

from ingest.study.definition import ResultsDefinition
from ingest.study.results import DeResults, read_results
from ingest.study.shrinkage import Told, told_by_numbers

ESTIMATES, SHRUNKEN = "DESeq2 or PyDESeq2 results()", "DESeq2 or PyDESeq2 lfcShrink()"
UNSHRUNKEN_TEST = "Wald test of the unshrunken change"
R_TABLES = "counts/pydeseq2/tests/data"


def read(path: Path) -> DeResults:
    return read_results(
        path.parent / "study.yaml",
        ResultsDefinition(file=path.name, factor="drug", numerator="a", denominator="b"),
    )


def simulated(n_genes: int = 400) -> pl.DataFrame:
    """Estimates with their Wald tests, most of them near nought."""
    rng = np.random.default_rng(5)
    lfc_se = rng.uniform(0.1, 0.8, n_genes)
    change = rng.normal(0, lfc_se) + np.where(rng.random(n_genes) < 0.1, 2.0, 0.0)
    stat = change / lfc_se
    return pl.DataFrame(
        {
            "log2_fold_change": change,
            "lfc_se": lfc_se,
            "stat": stat,
            "p_value": 2 * norm.sf(np.abs(stat)),
        }
    )


def normally_shrunken(estimates: pl.DataFrame, prior_sd: float = 0.5) -> pl.DataFrame:
    kept = prior_sd**2 / (prior_sd**2 + pl.col("lfc_se") ** 2)
    return estimates.with_columns(pl.col("log2_fold_change") * kept, pl.col("lfc_se") * kept.sqrt())


def printed(rows: pl.DataFrame, digits: int = 15) -> pl.DataFrame:
    """The numbers as text; p-values keep their digits, as they do in published tables."""
    return rows.select(
        pl.col(c).map_elements(
            (lambda x: f"{x:.15g}") if c == "p_value" else (lambda x: f"{x:.{digits}f}"),
            return_dtype=pl.String,
        )
        for c in rows.columns
    )


@pytest.mark.parametrize("digits", [15, 3, 2])
@pytest.mark.parametrize("without", [[], ["stat"]])
def test_estimates_are_told_at_any_rounding_with_and_without_statistic(
    digits: int, without: list[str]
) -> None:
    assert told_by_numbers(printed(simulated().drop(without), digits)) is Told.ESTIMATES


@pytest.mark.parametrize("n_genes", [4, 10, 30, 300])
@pytest.mark.parametrize("without", [[], ["stat"]])
def test_a_few_coarsely_rounded_estimates_stay_estimates(n_genes: int, without: list[str]) -> None:
    everything = simulated(4000).drop(without)
    for start in range(0, 4000, 400):
        rows = everything.filter(pl.col("lfc_se") < 0.3).slice(start // 4, n_genes)
        text = printed(rows, 2).with_columns(
            pl.Series("p_value", [f"{p:.3g}" for p in rows["p_value"]])
        )
        assert told_by_numbers(text) in {Told.ESTIMATES, Told.NOTHING}


@pytest.mark.parametrize("digits", [15, 3, 2])
@pytest.mark.parametrize("without", [[], ["stat"]])
def test_shrunken_changes_are_told_at_any_rounding_with_and_without_statistic(
    digits: int, without: list[str]
) -> None:
    rows = normally_shrunken(simulated()).drop(without)
    assert told_by_numbers(printed(rows, digits)) is Told.SHRUNKEN


@pytest.mark.parametrize("without", [[], ["stat"]])
def test_shrinkage_that_keeps_the_typical_statistic_is_told_by_its_digits(
    without: list[str],
) -> None:
    """DESeq2's normal prior gives errors by which the change over error hardly moves."""
    wobble = np.random.default_rng(1).normal(1, 0.002, 400)
    rows = simulated().with_columns(
        pl.col("log2_fold_change") * 0.5 * pl.Series(wobble), pl.col("lfc_se") * 0.5
    )
    assert told_by_numbers(printed(rows.drop(without))) is Told.SHRUNKEN


def test_a_test_against_a_threshold_is_not_shrinkage() -> None:
    beyond = ((pl.col("log2_fold_change").abs() - 0.2) / pl.col("lfc_se")).clip(0)
    rows = simulated().with_columns(stat=beyond)
    p_value = 2 * norm.sf(rows["stat"].to_numpy())
    assert told_by_numbers(printed(rows.with_columns(p_value=p_value))) is Told.OTHER_TEST


def test_a_likelihood_ratio_test_is_not_shrinkage() -> None:
    rows = simulated().with_columns(pl.col("stat") ** 2)
    assert told_by_numbers(printed(rows)) is Told.OTHER_TEST


def test_a_few_genes_or_missing_numbers_tell_nothing() -> None:
    weak = simulated().filter(pl.col("stat").abs().is_between(0.2, 2.5))
    assert told_by_numbers(printed(weak.head(3))) is Told.ESTIMATES
    assert told_by_numbers(printed(weak.head(2))) is Told.NOTHING
    assert told_by_numbers(printed(weak).with_columns(p_value=pl.lit("NA"))) is Told.NOTHING


@pytest.fixture(scope="module")
def pydeseq2_tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One PyDESeq2 result, stored before and after its ``lfc_shrink()``, with the same columns."""
    rng = np.random.default_rng(3)
    drug = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    change = np.where(rng.random(120) < 0.2, 1.5, 0.0)
    mean = rng.uniform(20, 400, 120) * 2.0 ** (np.outer(drug, change))
    counts = pd.DataFrame(
        rng.negative_binomial(8, 8 / (8 + mean)),
        index=[f"s{i}" for i in range(8)],
        columns=[f"g{i}" for i in range(120)],
    )
    samples = pd.DataFrame({"drug": np.where(drug, "b", "a")}, index=counts.index)
    cpu = DefaultInference(n_cpus=1)
    fitted = DeseqDataSet(
        counts=counts, metadata=samples, design="~drug", inference=cpu, quiet=True
    )
    fitted.deseq2()
    stats = DeseqStats(fitted, contrast=["drug", "b", "a"], inference=cpu, quiet=True)
    stats.summary()
    folder = tmp_path_factory.mktemp("pydeseq2")
    before, after = folder / "before.csv", folder / "after.csv"
    stats.results_df.to_csv(before, index_label="gene_id")
    stats.lfc_shrink(coeff="drug[T.b]")
    stats.results_df.to_csv(after, index_label="gene_id")
    return before, after


def test_a_pydeseq2_table_is_told_before_and_after_shrinkage(
    pydeseq2_tables: tuple[Path, Path],
) -> None:
    before, after = (read(path) for path in pydeseq2_tables)
    headings = [path.read_text().splitlines()[0] for path in pydeseq2_tables]
    assert headings[0] == headings[1]
    assert (before.form, before.test) == (ESTIMATES, "Wald test")
    assert "shrunken_log2_fold_change" not in before.rows.columns
    assert (after.form, after.test) == (SHRUNKEN, UNSHRUNKEN_TEST)
    assert "log2_fold_change" not in after.rows.columns
    assert after.rows["p_value"].to_list() == before.rows["p_value"].to_list()


@pytest.fixture
def r_table(shared_data: Path) -> Callable[[str], Path]:
    return lambda name: shared_data / R_TABLES / f"{name}.csv"


@pytest.mark.parametrize(
    "name",
    [
        "single_factor/r_test_lfc_shrink_res",
        "single_factor/r_test_lfc_shrink_no_apeAdapt_res",
        "multi_factor/r_test_lfc_shrink_res",
        "continuous/r_test_lfc_shrink_res",
    ],
)
def test_apeglm_tables_of_r_are_shrunken(r_table: Callable[[str], Path], name: str) -> None:
    assert read(r_table(name)).form == SHRUNKEN


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("r_test_res", "Wald test"),
        ("r_test_res_greaterAbs", None),
        ("r_test_res_greater", None),
        ("r_test_res_lessAbs", None),
    ],
)
def test_tests_against_a_threshold_in_r_are_not_called_wald_tests(
    r_table: Callable[[str], Path], name: str, test: str | None
) -> None:
    found = read(r_table(f"single_factor/{name}"))
    assert (found.form, found.test) == (ESTIMATES, test)


def test_a_table_of_r_stored_without_its_statistic_holds_estimates(
    shared_data: Path, tmp_path: Path
) -> None:
    given = pl.read_csv(
        shared_data / "counts" / "pasilla" / "pasilla_condition_treated_results.csv",
        infer_schema=False,
    )
    given.drop("stat").write_csv(tmp_path / "results.csv")
    found = read(tmp_path / "results.csv")
    assert (found.form, found.test) == (ESTIMATES, "Wald test")
    assert found.rows["log2_fold_change"].drop_nulls().len() > 10_000
