"""Real studies through the whole product, held against tables that R's DESeq2 1.38.3 computed.

R filtered for a false-discovery rate of 0.1 (its default), the warehouse for 0.05, so a few
adjusted p-values near the threshold differ; the tests of the engine itself use R's 0.1 and
demand identical sets.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from app.cli import steps
from app.cli.loading import ingest_one
from app.cli.project import read_project
from app.cli.report import Reporter
from tests.support.builds import spare_unit_tests
from tests.support.studies import write_airway, write_pasilla
from warehouse.connections import current_release
from warehouse.home import Home
from warehouse.queries import query_release

pytestmark = pytest.mark.golden

CASES = [
    pytest.param(
        "airway.treated_vs_control",
        "airway/airway_raw_celltype_dex.R_DESeq2_1.38.3.csv.gz",
        id="airway-paired",
    ),
    pytest.param(
        "airway.unpaired", "airway/airway_raw_dex.R_DESeq2_1.38.3.csv.gz", id="airway-unpaired"
    ),
    pytest.param(
        "pasilla.untreated_vs_treated",
        "pasilla/pasilla_condition_treated_results.csv",
        id="pasilla",
    ),
]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A release with airway, pasilla and an Ensembl gene reference."""
    folder = tmp_path_factory.mktemp("real")
    home = spare_unit_tests(Home(folder / "home").create())
    home.project_file.write_text("sources: []\n")
    quiet = Reporter()
    ingest_one(home, "genes", shared_data / "genes/annotables_grch38.csv.gz", quiet)
    ingest_one(home, "study", write_airway(folder, shared_data), quiet)
    ingest_one(home, "study", write_pasilla(folder, shared_data), quiet)
    steps.analyze(home, quiet)
    steps.build(home, read_project(home), quiet)
    return current_release(home)


def joined(release: Path, contrast: str, table: Path) -> pl.DataFrame:
    ours = query_release(
        release,
        "select gene_id, log2_fold_change, p_value, padj from fct_differential_expression "
        f"where contrast_id = '{contrast}'",
    )
    theirs = pl.read_csv(table, null_values="NA", infer_schema_length=None)
    theirs = theirs.rename({theirs.columns[0]: "gene_id", "padj": "r_padj"})
    both = ours.join(theirs, on="gene_id", how="full", coalesce=True)
    assert both.height == ours.height == theirs.height
    return both


@pytest.mark.parametrize(("contrast", "table"), CASES)
def test_changes_are_those_of_r(
    release: Path, shared_data: Path, contrast: str, table: str
) -> None:
    both = joined(release, contrast, shared_data / "counts" / table)
    assert both["p_value"].is_null().to_list() == both["pvalue"].is_null().to_list()
    tested = both.filter(pl.col("p_value").is_not_null())
    ours, theirs = tested["log2_fold_change"].to_numpy(), tested["log2FoldChange"].to_numpy()
    assert np.corrcoef(ours, theirs)[0, 1] > 0.999999
    assert np.quantile(np.abs(ours - theirs), 0.99) < 1e-6
    assert np.abs(ours - theirs).max() < 2e-3
    smallest = np.finfo(float).tiny
    log_p = np.abs(
        np.log10(tested["p_value"].to_numpy().clip(smallest))
        - np.log10(tested["pvalue"].to_numpy().clip(smallest))
    )
    assert log_p.max() < 2e-3


@pytest.mark.parametrize(("contrast", "table"), CASES)
def test_genes_called_are_those_of_r(
    release: Path, shared_data: Path, contrast: str, table: str
) -> None:
    both = joined(release, contrast, shared_data / "counts" / table)
    ours = set(both.filter(pl.col("padj") < 0.05)["gene_id"])
    theirs = set(both.filter(pl.col("r_padj") < 0.05)["gene_id"])
    assert len(ours & theirs) / len(ours | theirs) >= 0.95


def test_known_responders_have_their_signs(release: Path) -> None:
    rows = query_release(
        release,
        "select symbol, round(log2_fold_change, 2) as change, direction "
        "from fct_differential_expression "
        "where contrast_id = 'airway.treated_vs_control' "
        "and symbol in ('DUSP1', 'FKBP5', 'PER1') order by symbol",
    )
    assert rows.rows() == [("DUSP1", 2.95, "up"), ("FKBP5", 4.05, "up"), ("PER1", 3.19, "up")]


def test_size_factors_are_those_of_r(release: Path, shared_data: Path) -> None:
    ours = query_release(
        release,
        "select s.sample_id, s.size_factor from analytics.size_factors s "
        "join analytics.fits f on f.fit_id = s.fit_id where f.design = '~ celltype + dex'",
    )
    theirs = pl.read_csv(
        shared_data / "counts/airway/airway_raw_celltype_dex.sizefactors.csv",
        new_columns=["sample_id", "r"],
    )
    both = ours.join(theirs, on="sample_id")
    assert both.height == 8
    assert np.abs(both["size_factor"].to_numpy() / both["r"].to_numpy() - 1).max() < 1e-12


def test_dispersions_are_those_of_r(release: Path, shared_data: Path) -> None:
    ours = query_release(
        release,
        "select d.gene_id, d.dispersion from analytics.dispersions d "
        "join analytics.fits f on f.fit_id = d.fit_id where f.design = '~ celltype + dex'",
    )
    theirs = pl.read_csv(
        shared_data / "counts/airway/airway_raw_celltype_dex.dispersions.csv.gz",
        new_columns=["gene_id", "r"],
        null_values="NA",
    )
    both = ours.join(theirs, on="gene_id", how="full", coalesce=True)
    assert both["dispersion"].is_null().to_list() == both["r"].is_null().to_list()
    fitted = both.drop_nulls()
    relative = np.abs(fitted["dispersion"].to_numpy() / fitted["r"].to_numpy() - 1)
    assert np.quantile(relative, 0.99) < 1e-5


def test_every_library_size_is_the_files_column_sum(release: Path, shared_data: Path) -> None:
    expected: dict[str, int] = {}
    for file in ("airway/airway_rawcounts.csv", "pasilla/pasilla_counts.csv"):
        lines = (shared_data / "counts" / file).read_text().splitlines()
        names = lines[0].split(",")[1:]
        for line in lines[1:]:
            for name, count in zip(names, line.split(",")[1:], strict=True):
                expected[name] = expected.get(name, 0) + int(count)
    rows = query_release(release, "select sample_id, library_size from dim_sample").rows()
    assert dict(rows) == expected
    sums = query_release(
        release,
        "select s.sample_id, cast(sum(e.count) as bigint) from fct_expression e "
        "join dim_sample s on s.sample_key = e.sample_key group by s.sample_id",
    ).rows()
    assert dict(sums) == expected
