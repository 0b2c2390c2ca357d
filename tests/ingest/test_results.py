"""DE results computed elsewhere: recognised, mapped, none invented, none picked."""

from __future__ import annotations

import csv
import gzip
import math
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.study.definition import ResultsDefinition
from ingest.study.results import DeResults, read_results
from warehouse.errors import DataError

MM1S = "MM1S_Lenalidomide_0h_vs_24h.EXCERPT.tsv"
MM1S_COLUMNS = {
    "gene_id": "GENE",
    "mean_numerator": "MEAN_FPKM_Lenalidomide_24h",
    "mean_denominator": "MEAN_FPKM_Lenalidomide_0h",
    "log2_fold_change": "LOG2_FOLD_CHANGE",
    "p_value": "P_VALUE",
}


def read(path: Path, **more: object) -> DeResults:
    definition = {"file": path.name, "factor": "drug", "numerator": "len", "denominator": "DMSO"}
    return read_results(
        path.parent / "study.yaml", ResultsDefinition.model_validate({**definition, **more})
    )


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "results.txt"
        path.write_text(text)
        return path

    return write


def number(text: str) -> float | None:
    return None if text in {"", "NA"} else float(text)


REAL = {
    "counts/airway/airway_raw_dex.R_DESeq2_1.38.3.csv.gz": ",",
    "counts/airway/airway_raw_celltype_dex.R_DESeq2_1.38.3.csv.gz": ",",
    "counts/pasilla/pasilla_condition_treated_results.csv": ",",
    "counts/SRP254919/SRP254919_hND6_vs_mCherry.R_DESeq2_1.38.3.csv": ",",
    "counts/SRP254919/SRP254919.salmon.merged.deseq2.results.tsv": "\t",
    "counts/GSE211781/"
    "GSE211781_Bicalutamide_Plus_DHT_vs_Control_Plus_DHT.R_DESeq2_1.38.3.csv.gz": ",",
    "counts/pydeseq2/tests/data/single_factor/r_test_res.csv": ",",
}
CONTRACT = {
    "baseMean": "base_mean",
    "log2FoldChange": "log2_fold_change",
    "lfcSE": "lfc_se",
    "stat": "stat",
    "pvalue": "p_value",
    "padj": "padj",
}


@pytest.mark.parametrize("name", REAL)
def test_real_deseq2_tables_cell_for_cell(shared_data: Path, name: str) -> None:
    path = shared_data / name
    results = read(path)
    assert results.form == "DESeq2 or PyDESeq2 results()"
    assert results.test == "Wald test"
    assert results.correction == "Benjamini-Hochberg after independent filtering"
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle, delimiter=REAL[name])
    assert results.rejected == []
    assert results.rows["gene_id_as_given"].to_list() == [r[0] for r in rows]
    assert results.rows["line"].to_list() == list(range(2, len(rows) + 2))
    for column, mapped in CONTRACT.items():
        place = header.index(column)
        assert results.rows[mapped].to_list() == [number(r[place]) for r in rows]


def test_the_mm1s_excerpt_has_nominal_p_only(shared_data: Path) -> None:
    path = shared_data / "de_results" / MM1S
    results = read(path, columns=MM1S_COLUMNS, excerpt=True, test="two-sample t-test")
    assert results.rows.height == 73
    assert "padj" not in results.rows.columns
    assert (results.test, results.correction) == ("two-sample t-test", None)
    changes = dict(results.rows.select("gene_id", "log2_fold_change").rows())
    rounded = {g: round(changes[g], 2) for g in ("IRF4", "IFIT3", "XAF1", "MYC", "CDKN1A", "DDX58")}
    assert rounded == {
        "IRF4": -1.74,
        "IFIT3": 1.23,
        "XAF1": 0.67,
        "MYC": -0.02,
        "CDKN1A": -0.48,
        "DDX58": -0.13,
    }


def test_the_mm1s_excerpt_without_a_mapping_and_turned_round(shared_data: Path) -> None:
    path = shared_data / "de_results" / MM1S
    plain = read(path)
    assert plain.form == "table of log2 fold changes and p-values"
    assert plain.correction is None
    assert "padj" not in plain.rows.columns
    swapped = {
        **MM1S_COLUMNS,
        "mean_numerator": MM1S_COLUMNS["mean_denominator"],
        "mean_denominator": MM1S_COLUMNS["mean_numerator"],
    }
    with pytest.raises(DataError, match="have the sign of their means"):
        read(path, columns=swapped)
    turned = read(path, columns=swapped, direction="denominator_over_numerator")
    assert turned.rows["log2_fold_change"].to_list() == [-x for x in plain.rows["log2_fold_change"]]


EDGER = '"","logFC","logCPM","{}","PValue","FDR"\n"g1",1.5,3.2,9.1,0.001,0.01\n"g2",-2,1,4,1,1\n'


@pytest.mark.parametrize(
    ("statistic", "test"), [("F", "quasi-likelihood F-test"), ("LR", "likelihood ratio test")]
)
def test_edger(write, statistic: str, test: str) -> None:
    results = read(write(EDGER.format(statistic)))
    assert (results.form, results.test) == ("edgeR topTags()", test)
    assert results.correction == "Benjamini-Hochberg"
    assert results.rows.select(
        "gene_id", "log2_fold_change", "average_log2_expression", "stat", "p_value", "padj"
    ).rows() == [("g1", 1.5, 3.2, 9.1, 0.001, 0.01), ("g2", -2.0, 1.0, 4.0, 1.0, 1.0)]


def test_edger_exact_test_without_fdr(write) -> None:
    results = read(write("gene\tlogFC\tlogCPM\tPValue\ng1\t1\t2\t0.5\n"))
    assert (results.test, results.correction) == ("exact test", None)
    assert "padj" not in results.rows.columns


def test_limma_with_a_symbol_column(write) -> None:
    results = read(
        write(
            "Symbol,ID,logFC,AveExpr,t,P.Value,adj.P.Val,B\nTP53,ENSG00000141510.18,-1,8,-3,.01,.2,1\n"
        )
    )
    assert (results.form, results.test) == ("limma topTable()", "moderated t-test")
    row = results.rows.row(0, named=True)
    assert (row["gene_id"], row["gene_id_as_given"], row["symbol_as_given"]) == (
        "ENSG00000141510",
        "ENSG00000141510.18",
        "TP53",
    )
    assert (row["log2_fold_change"], row["stat"], row["padj"]) == (-1, -3, 0.2)


def test_shrunken_changes_are_not_taken_for_estimates(write) -> None:
    results = read(
        write("gene,baseMean,log2FoldChange,lfcSE,pvalue,padj\ng1,5,0.5,0.1,0.01,0.02\n")
    )
    assert results.form == "DESeq2 or PyDESeq2 lfcShrink()"
    assert results.rows["shrunken_log2_fold_change"].to_list() == [0.5]
    assert "log2_fold_change" not in results.rows.columns


def test_the_direction_turns_signs_and_nothing_else(write) -> None:
    path = write("gene,baseMean,log2FoldChange,lfcSE,stat,pvalue,padj\ng1,5,0.5,0.1,5,0.01,NA\n")
    row = read(path, direction="denominator_over_numerator").rows.row(0, named=True)
    assert (row["log2_fold_change"], row["stat"], row["lfc_se"], row["p_value"]) == (
        -0.5,
        -5,
        0.1,
        0.01,
    )
    assert row["padj"] is None


LRT = (
    "gene,baseMean,log2FoldChange,lfcSE,stat,pvalue,padj\n"
    "g1,5,-0.5,0.4,7.5,0.0235,NA\ng2,5,-0.9,0.4,2.1,0.3499,NA\ng3,5,-0.1,0.4,1.2,0.5488,NA\n"
    "g4,5,-0.2,0.4,0.7,0.7047,NA\ng5,5,-0.1,0.4,-1e-7,1,NA\n"
)
STATED = {"gene_id": "gene", "log2_fold_change": "d", "stat": "s", "p_value": "p"}


@pytest.mark.parametrize(
    ("text", "columns", "changes", "statistics"),
    [
        (EDGER.format("F"), {}, [-1.5, 2.0], [9.1, 4.0]),
        (EDGER.format("LR").replace("-2", "2"), {}, [-1.5, -2.0], [9.1, 4.0]),
        (LRT, {}, [0.5, 0.9, 0.1, 0.2, 0.1], [7.5, 2.1, 1.2, 0.7, -1e-7]),
        (LRT.replace("5,-", "5,"), {}, [-0.5, -0.9, -0.1, -0.2, -0.1], [7.5, 2.1, 1.2, 0.7, -1e-7]),
        ("gene,d,s,p\na,-1,-3,.1\nb,2,4,.1\n", STATED, [1.0, -2.0], [3.0, -4.0]),
        ("gene,d,s,p\na,1,3,.1\nb,2,4,.1\n", STATED, [-1.0, -2.0], [-3.0, -4.0]),
        ("gene,d,s,p\na,-1,3,.1\nb,2,4,.1\n", STATED, [1.0, -2.0], [3.0, 4.0]),
        ("gene,d,s,p\na,-1,NA,.1\nb,2,4,.1\n", STATED, [1.0, -2.0], [None, -4.0]),
        (
            "gene,d,s,p\na,-1,3,.1\nb,2,4,.1\n",
            {"gene_id": "gene", "shrunken_log2_fold_change": "d", "stat": "s"},
            None,
            [3.0, 4.0],
        ),
    ],
    ids=["F", "LR", "lrt", "lrt-up", "signed", "signed-up", "unsigned", "missing", "shrunken"],
)
def test_the_direction_leaves_a_statistic_without_a_sign(
    write, text: str, columns: dict, changes: list | None, statistics: list
) -> None:
    rows = read(write(text), columns=columns, direction="denominator_over_numerator").rows
    assert rows["stat"].to_list() == statistics
    if changes is not None:
        assert rows["log2_fold_change"].to_list() == changes


def test_none_of_several_rows_of_a_gene_is_picked(write) -> None:
    results = read(
        write(
            "gene,log2fc,pvalue\nA,1,0.1\nB,2,0.2\nA,3,0.3\n,4,0.4\nC,inf,0.5\n"
            "ENSG00000000003.1,1,.1\nENSG00000000003.2,2,.2\n"
        )
    )
    assert results.rows["gene_id"].to_list() == ["B"]
    assert [(r.line, r.reason) for r in results.rejected] == [
        (2, "the gene stands several times"),
        (4, "the gene stands several times"),
        (5, "the gene id is empty"),
        (6, "the fold change is infinite"),
        (7, "the gene stands several times"),
        (8, "the gene stands several times"),
    ]


@pytest.mark.parametrize(
    ("text", "more", "problem", "row"),
    [
        ("a,b\n1,2\n", {}, "no form of DE results is recognised", 1),
        ("gene,logFC,p_value\ng1,1,0.1\n", {}, "no form of DE results", 1),
        ("log2fc,pvalue\n1,0.1\n", {}, "no column of gene ids", 1),
        ("gene,log2fc,pvalue\ng1,x,0.1\n", {}, "'x' is not a number", 2),
        ("gene,log2fc,pvalue\ng1,1,1.1\n", {}, "'1.1' is not a number from 0 to 1", 2),
        ("gene,log2fc,pvalue\ng1,1,-0.1\n", {}, "from 0 to 1", 2),
        ("gene,log2fc,pvalue\ng1,1\n", {}, "2 fields", 2),
        ("gene,log2fc,pvalue\ng1,1,.1\ng1,1,.1\n", {}, "no row can be used", None),
        ("gene,x\ng1,1\n", {"columns": {"log2_fold_change": "y"}}, "no column y", 1),
        ("gene,x\ng1,1\n", {"columns": {"fold": "x"}}, "fold is no column of DE results", None),
        (
            "gene,P\ng1,1\n",
            {"columns": {"gene_id": "gene", "p_value": "P"}},
            "log2_fold_change or shrunken_log2_fold_change is required",
            None,
        ),
        (
            "gene,x,P\ng1,1,.1\n",
            {"columns": {"log2_fold_change": "x", "p_value": "P", "padj": "P"}},
            "column P is stated for both p_value and padj",
            None,
        ),
    ],
)
def test_results_refused(write, text: str, more: dict, problem: str, row: int | None) -> None:
    with pytest.raises(DataError, match=problem) as caught:
        read(write(text), **more)
    assert caught.value.row == row


CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["NA", "", "inf", "-inf", "nan", "1e-320", "x", "0", "1", " 2 "]),
    st.text(alphabet='0.1e-",x', max_size=5),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(st.sampled_from("ABCDEF"), CELLS, CELLS), min_size=1, max_size=5))
def test_fuzz_every_row_is_loaded_exactly_or_rejected_or_all_refused(write, rows) -> None:
    path = write("")
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([("gene", "log2fc", "pvalue"), *rows])
    try:
        results = read(path)
    except DataError:
        return
    assert results.rows.height + len(results.rejected) == len(rows)
    for gene, line, change, p in results.rows.select(
        "gene_id", "line", "log2_fold_change", "p_value"
    ).rows():
        given = rows[line - 2]
        assert given[0] == gene
        for cell, value in zip(given[1:], (change, p), strict=True):
            if value is None:
                assert cell.strip() in {"", "NA", "nan"}
            else:
                assert math.isclose(float(cell), value, rel_tol=0, abs_tol=0)
    assert isinstance(results.rows, pl.DataFrame)
