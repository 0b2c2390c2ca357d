"""Results computed elsewhere in a pooled change: which may be, and what comes out, by hand."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from analytics.between_contrasts import analyze_between_contrasts
from analytics.poolable import standard_errors
from ingest.curated.kinds import KINDS
from ingest.curated.load import ingest_curated
from ingest.genes import ingest_genes
from ingest.study.load import ingest_study
from warehouse.connections import open_working
from warehouse.frames import read_frame
from warehouse.home import Home, installation_root

CURATED = installation_root() / "ingest" / "curated"
IRF4, MYC, XAF1 = "ENSG00000137265", "ENSG00000136997", "ENSG00000132530"
DESEQ2 = "gene_id,baseMean,log2FoldChange,lfcSE,stat,pvalue,padj"
STUDIES = {
    # Ensembl ids and standard errors; XAF1 was filtered out before the adjustment
    "deseq": f"""\
{DESEQ2}
{IRF4},900,-2.0,0.2,-10,1e-23,1e-22
{MYC},900,0.5,0.25,2,0.05,0.1
{XAF1},2,1.0,0.5,2,0.05,NA
OTHER,900,0.0,0.2,0,1.0,1.0
""",
    # symbols, and t = change / standard error: 0.25 for IRF4; that of MYC has another sign
    "limma": """\
symbol,logFC,AveExpr,t,P.Value,adj.P.Val
IRF4,-1.0,8,-4,0.001,0.01
MYC,0.5,8,-2,0.05,0.1
XAF1,1.0,8,4,0.001,0.01
OTHER,0.1,8,0.1,0.9,0.9
""",
    # F is the square of no Wald statistic
    "edger": """\
gene_id,logFC,logCPM,F,PValue,FDR
IRF4,-3.0,8,16,0.001,0.01
OTHER,0.1,8,0.1,0.9,0.9
""",
    "excerpt": f"""\
{DESEQ2}
{IRF4},900,-3.0,0.2,-15,1e-23,1e-22
OTHER,900,0.0,0.2,0,1.0,1.0
""",
    # called whole by whoever sent it, and cut at p < 0.05 all the same
    "cut": f"""\
{DESEQ2}
{IRF4},900,-3.0,0.2,-15,1e-23,1e-22
OTHER,900,0.6,0.2,3,0.003,0.02
""",
    "shrunk": f"""\
gene_id,baseMean,log2FoldChange,lfcSE,pvalue,padj
{IRF4},900,-3.0,0.2,1e-23,1e-22
OTHER,900,0.0,0.2,0.9,0.9
""",
    "untreated": f"""\
{DESEQ2}
{IRF4},900,-3.0,0.2,-15,1e-23,1e-22
OTHER,900,0.0,0.2,0,1.0,1.0
""",
}
DEFINITION = """\
id: {study}
title: {study}
organism: human
cell_context: myeloma_cells
de_results:
  - file: results.csv
    factor: drug
    numerator: lenalidomide
    denominator: {denominator}
    excerpt: {excerpt}
"""


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """What is stored for seven tables, once all are loaded."""
    folder = tmp_path_factory.mktemp("pooled")
    home = Home(folder / "home").create()
    with open_working(home) as con:
        for name in ("documents", "references", "drugs", "gene-sets", "claims"):
            ingest_curated(con, KINDS[name], CURATED / f"{name.replace('-', '_')}.csv")
        ingest_genes(con, CURATED / "genes.csv")
        for study, table in STUDIES.items():
            write(folder / study, study, table)
            ingest_study(con, home, folder / study / "study.yaml")
        assert analyze_between_contrasts(con) is not None
        assert analyze_between_contrasts(con) is None
        return {
            "contrasts": read_frame(con, "select * from analytics.poolable_contrasts"),
            "changes": read_frame(
                con, "select * from analytics.pooled_changes where drug_id = 'lenalidomide'"
            ),
            "loads": read_frame(con, "select study_id, load_id from raw.studies"),
        }


def write(folder: Path, study: str, table: str) -> None:
    folder.mkdir()
    (folder / "results.csv").write_text(table)
    (folder / "study.yaml").write_text(
        DEFINITION.format(
            study=study,
            denominator="0 h" if study == "untreated" else "DMSO",
            excerpt=str(study == "excerpt").lower(),
        )
    )


def test_two_tables_with_standard_errors_pool_by_hand(pooled: dict[str, pl.DataFrame]) -> None:
    """The arithmetic of Paule and Mandel with two studies.

    Changes -2 (standard error 0.2) and -1 (1 / 4 = 0.25). The variance between the studies at
    which Q is 1: (1^2 - 0.04 - 0.0625) / 2 = 0.44875. Weights 1 / 0.48875 and 1 / 0.51125, so
    the mean is -(2 * 0.51125 + 0.48875) = -1.51125, as the two variances sum to 1, and its
    variance 0.48875 * 0.51125.
    """
    found = pooled["changes"].filter(pl.col("gene_id") == IRF4)
    assert found.height >= 1
    for row in found.iter_rows(named=True):
        assert row["contrast_ids"] == "deseq.lenalidomide_vs_dmso|limma.lenalidomide_vs_dmso"
        assert (row["n_studies"], row["n_studies_given"]) == (2, 2)
        assert row["tau2"] == pytest.approx(0.44875, rel=1e-4)
        assert row["log2_fold_change"] == pytest.approx(-1.51125, rel=1e-5)
        assert row["standard_error"] == pytest.approx((0.48875 * 0.51125) ** 0.5, rel=1e-4)
        assert not row["is_simulated"]


def test_what_is_pooled_names_the_loads_that_gave_it(pooled: dict[str, pl.DataFrame]) -> None:
    load_of = dict(pooled["loads"].iter_rows())
    expected = f"{load_of['deseq']}|{load_of['limma']}"
    assert pooled["changes"]["result_ids"].unique().to_list() == [expected]
    judged = pooled["contrasts"].select("contrast_id", "result_id").iter_rows()
    assert all(load_of[contrast.split(".")[0]] == result for contrast, result in judged)


def test_what_was_not_tested_or_has_no_standard_error_is_not_pooled(
    pooled: dict[str, pl.DataFrame],
) -> None:
    assert set(pooled["changes"]["gene_id"]) & {MYC, XAF1} == set()


def test_every_table_says_whence_its_errors_are_or_why_it_is_not_pooled(
    pooled: dict[str, pl.DataFrame],
) -> None:
    said = {
        contrast.split(".")[0]: (source, reason)
        for contrast, source, reason in pooled["contrasts"]
        .select("contrast_id", "standard_error_source", "not_pooled_reason")
        .iter_rows()
    }
    assert said == {
        "deseq": ("given", None),
        "limma": ("statistic", None),
        "edger": (None, "no_standard_error"),
        "excerpt": ("given", "chosen_rows_of_a_larger_table"),
        "cut": ("given", "no_p_value_above_one_half"),
        "shrunk": (None, "shrunken_changes_only"),
        "untreated": ("given", "compared_with_untreated_cells"),
    }


@pytest.mark.parametrize(
    ("test", "follows"),
    [
        ("Wald test", True),
        ("moderated t-test", True),
        ("two-sample t test", True),
        ("exact test", False),
        ("quasi-likelihood F-test", False),
        ("likelihood ratio test", False),
        (None, False),
    ],
)
def test_only_a_statistic_that_is_change_over_error_gives_the_error(
    test: str | None, follows: bool
) -> None:
    rows = pl.DataFrame(
        {
            "log2_fold_change": [-1.0, 1.0, 0.0, -1.0],
            "lfc_se": [None, None, None, 0.75],
            "stat": [-4.0, -4.0, 0.0, -4.0],
            "test": [test] * 4,
        },
        schema_overrides={"test": pl.String},
    )
    found = standard_errors(rows)["lfc_se"].to_list()
    assert found == [0.25 if follows else None, None, None, 0.75]
