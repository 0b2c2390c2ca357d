"""One data set under several kinds of name pairs with itself on its genes, and says what does not.

The counts are those of airway: what pairs must agree exactly, since it is the same measurement.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from analytics.identity import pairable, resolve_results
from app.cli.dbt_build import dbt_environment
from app.cli.main import run_command
from warehouse.connections import open_working
from warehouse.frames import read_frame
from warehouse.home import Home, installation_root

GENES = 400
RIGI = "ENSG00000107201"
# An id as those of alternate haplotypes: no reference here knows it.
HAPLOTYPE = "ENSG00000999999"
CONTRASTS = {study: f"{study}.trt_vs_untrt" for study in ("by-id", "by-symbol", "by-entrez")}


def imid(home: Home, *words: str | Path) -> None:
    assert run_command(["--home", str(home.root), *map(str, words)]) == 0


def write_study(folder: Path, counts: pl.DataFrame, samples: pl.DataFrame, more: str = "") -> Path:
    folder.mkdir(parents=True)
    counts.write_csv(folder / "counts.csv")
    samples.write_csv(folder / "samples.csv")
    (folder / "study.yaml").write_text(
        f"id: {folder.name}\ntitle: {folder.name}\norganism: Homo sapiens\n"
        "samples: samples.csv\ncounts: counts.csv\ndesign: ~ dex\n"
        f"contrasts:\n  - {{factor: dex, numerator: trt, denominator: untrt}}\n{more}"
    )
    return folder / "study.yaml"


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> pl.DataFrame:
    table = pl.read_csv(shared_data / "genes" / "annotables_grch38.csv.gz", infer_schema=False)
    named = table.select("ensgene", "entrez", "symbol").unique().drop_nulls()
    return named.filter(pl.col("symbol") != "")


@pytest.fixture(scope="module")
def airway(shared_data: Path, reference: pl.DataFrame) -> pl.DataFrame:
    """The most counted genes of airway whose symbol and Entrez id are no other gene's."""
    one = reference
    for column in ("ensgene", "symbol", "entrez"):
        one = one.filter(pl.col(column).is_unique())
    counts = pl.read_csv(shared_data / "counts" / "airway" / "airway_rawcounts.csv")
    total = pl.sum_horizontal(pl.selectors.integer())
    joined = counts.join(one, on="ensgene").sort(total, "ensgene", descending=True)
    rigi = joined.filter(pl.col("ensgene") == RIGI)
    others = joined.filter(pl.col("ensgene") != RIGI).head(GENES - 1)
    assert rigi.height == 1
    return pl.concat([rigi, others])


@pytest.fixture(scope="module")
def ambiguous(reference: pl.DataFrame) -> str:
    """A symbol that the reference gives to several genes."""
    several = reference.group_by("symbol").agg(pl.col("ensgene").n_unique()).sort("symbol")
    name: str = several.filter(pl.col("ensgene") > 1)["symbol"][0]
    return name


@pytest.fixture(scope="module")
def paired(
    tmp_path_factory: pytest.TempPathFactory,
    shared_data: Path,
    airway: pl.DataFrame,
    ambiguous: str,
) -> Home:
    """Airway under stable ids, symbols and Entrez ids, fitted, and tables of results by both.

    The study of symbols names one gene twice (RIGI, DDX58) and has a name of several genes. The
    table by stable ids gives the symbol of one of its genes to another id too.
    """
    folder = tmp_path_factory.mktemp("pairing")
    home = Home(folder / "home").create()
    names = [c for c in airway.columns if airway[c].dtype == pl.Int64]
    metadata = pl.read_csv(shared_data / "counts" / "airway" / "airway_metadata.csv")
    samples = metadata.select(
        pl.col("id").alias("sample_id"),
        pl.col("dex").replace({"treated": "trt", "control": "untrt"}),
    )
    rigi = airway.filter(pl.col("ensgene") == RIGI)
    extra = [rigi.with_columns(symbol=pl.lit(name)) for name in ("RIGI", "DDX58", ambiguous)]
    by_symbol = pl.concat([airway.filter(pl.col("ensgene") != RIGI), *extra])
    table = folder / "results" / "table.csv"
    table.parent.mkdir()
    pl.DataFrame(
        {
            "gene": [*airway["symbol"][1:20], "RIGI", "DDX58", ambiguous, "no such gene"],
            "log2FC": [float(n) for n in range(23)],
            "pvalue": [0.01 * n for n in range(23)],
            "padj": [0.02 * n for n in range(23)],
        }
    ).write_csv(table)
    ids = folder / "results-by-id" / "table.csv"
    ids.parent.mkdir()
    pl.DataFrame(
        {
            "gene_id": [RIGI, HAPLOTYPE, airway["ensgene"][1]],
            "symbol": ["RIGI", "RIGI", airway["symbol"][2]],
            "log2FC": [30.0, 31.0, 32.0],
            "pvalue": [0.1, 0.2, 0.3],
            "padj": [0.2, 0.3, 0.4],
        }
    ).write_csv(ids)
    studies = []
    for file in (table, ids):
        study = file.parent.name
        (file.parent / "study.yaml").write_text(
            f"id: {study}\ntitle: {study}\norganism: human\nde_results:\n"
            f"  - {{file: {file}, factor: dex, numerator: trt, denominator: untrt}}\n"
        )
        studies.append(file.parent / "study.yaml")
    for study, frame, column in (
        ("by-id", airway, "ensgene"),
        ("by-symbol", by_symbol, "symbol"),
        ("by-entrez", airway, "entrez"),
    ):
        counts = frame.select(pl.col(column).alias("gene_id"), *names)
        studies.append(write_study(folder / study, counts, samples))
    for file in (
        installation_root() / "ingest/curated/genes.csv",
        shared_data / "genes" / "annotables_grch38.csv.gz",
    ):
        imid(home, "ingest", "genes", file)
    for study in studies:
        imid(home, "ingest", "study", study)
    imid(home, "analyze")
    return home


def pair(home: Home, a: str, b: str) -> dict[str, object]:
    with open_working(home) as con:
        (found,) = read_frame(
            con,
            "select * from analytics.contrast_pairs "
            "where contrast_id_a = $1 and contrast_id_b = $2",
            [CONTRASTS[a], CONTRASTS[b]],
        ).to_dicts()
    return found


def test_the_same_counts_under_ids_symbols_and_entrez_ids_are_the_same_genes(paired: Home) -> None:
    for a, b, genes in (
        ("by-id", "by-entrez", GENES),
        ("by-id", "by-symbol", GENES - 1),
        ("by-symbol", "by-entrez", GENES - 1),
    ):
        found = pair(paired, a, b)
        assert found["n_tested"] == pytest.approx(genes, abs=5), (a, b)
        assert found["spearman"] == pytest.approx(1.0, abs=1e-3), (a, b)
        assert found["slope_all"] == pytest.approx(1.0, abs=0.01), (a, b)


def test_the_very_same_counts_have_the_very_same_changes(paired: Home) -> None:
    found = pair(paired, "by-id", "by-entrez")
    assert (found["spearman"], found["pearson"]) == pytest.approx((1.0, 1.0), abs=1e-12)
    assert found["jaccard"] == 1.0


def test_what_is_one_gene_twice_or_several_genes_is_counted_and_set_beside_none(
    paired: Home,
) -> None:
    found = pair(paired, "by-id", "by-symbol")
    assert (found["n_unpaired_a"], found["n_unpaired_b"]) == (0, 3)
    found = pair(paired, "by-symbol", "by-id")
    assert (found["n_unpaired_a"], found["n_unpaired_b"]) == (3, 0)


def test_a_stable_id_keeps_its_gene_whatever_symbols_stand_beside_others(
    paired: Home, airway: pl.DataFrame
) -> None:
    """Tables computed elsewhere list alternate haplotypes with the symbol of the primary gene."""
    with open_working(paired) as con:
        resolve_results(con)
        found = read_frame(
            con,
            "select gene_id, is_pairable, pair_key from contrast_results "
            "where study_id = 'results-by-id' order by log2_fold_change",
        )
    second = airway["ensgene"][1]
    assert found.rows() == [
        (RIGI, True, RIGI),
        (HAPLOTYPE, True, f"human {HAPLOTYPE}"),
        (second, True, second),
    ]


def test_an_upload_is_compared_without_what_is_no_gene_of_its_own(
    paired: Home, ambiguous: str
) -> None:
    names = [RIGI, "RIGI", "DDX58", ambiguous]
    genes = pl.DataFrame({"contrast_id": CONTRASTS["by-symbol"], "gene_id": names})
    with open_working(paired) as con:
        assert pairable(con, genes)["gene_id"].to_list() == [RIGI]
        whole = genes.with_columns(contrast_id=pl.lit(CONTRASTS["by-id"]))
        assert pairable(con, whole).equals(whole)


def test_features_are_the_genes_that_the_marts_say(paired: Home) -> None:
    """The rule is asked before the marts exist, so it is held against them here."""
    project = installation_root() / "dbt"
    words = ["--project-dir", project, "--profiles-dir", project, "--log-path", paired.logs]
    words += ["--target-path", paired.temporary / "dbt-target"]
    select = ["--select", "+dim_feature", "+int_gene_names_resolved"]
    built = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "run", *map(str, words), *select],
        cwd=project,
        env=dbt_environment(paired),
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout
    with open_working(paired) as con:
        resolve_results(con)
        pairable = "identity_status not in ('ambiguous', 'shared') as is_pairable"
        features = read_frame(
            con,
            f"select study_id, feature_id, gene_id, {pairable}, identity_status "
            "from marts.dim_feature order by all",
        )
        asked = read_frame(
            con,
            "select study_id, feature_id, gene_id, is_pairable from feature_genes order by all",
        )
        assert asked.equals(features.drop("identity_status"))
        assert set(features["identity_status"]) == {"current", "ambiguous", "shared"}
        given = read_frame(
            con,
            f"select gene_id, {pairable}, identity_status, log2_fold_change "
            "from intermediate.int_de_results_resolved order by log2_fold_change",
        )
        asked = read_frame(
            con,
            "select gene_id, is_pairable, log2_fold_change from contrast_results "
            "where origin = 'given' order by log2_fold_change",
        )
        assert asked.equals(given.drop("identity_status"))
        assert given["gene_id"].to_list()[-3:-1] == [RIGI, HAPLOTYPE]
        assert set(given["identity_status"]) == {"current", "ambiguous", "shared", "unknown"}
        keys = read_frame(con, "select pair_key from contrast_results where study_id = 'results'")
        assert keys["pair_key"].to_list()[-2:] != given["gene_id"].to_list()[-2:]
        assert "human no such gene" in keys["pair_key"].to_list()
        # A study that names one gene twice takes neither name from it.
        names = read_frame(
            con,
            "select gene_id, alias_folded from intermediate.int_gene_names_resolved "
            "where alias_folded in ('RIGI', 'DDX58') and is_resolved order by all",
        )
        assert names.rows() == [(RIGI, "DDX58"), (RIGI, "RIGI")]
