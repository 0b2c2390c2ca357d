"""Which gene a row of a count file is, on real counts under every kind of name, and finding it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from app.cli.dbt_build import dbt_environment
from app.cli.main import run_command
from ingest.study.identity import unknown_genes
from warehouse.connections import current_release, open_release, open_working
from warehouse.home import Home, installation_root
from warehouse.lookups import create_expression_lookup
from warehouse.releases import new_release_name, publish, rollback

GENES = 400
DRAWN = 40


def imid(home: Home, *words: str | Path) -> int:
    return run_command(["--home", str(home.root), *map(str, words)])


def build(home: Home) -> None:
    """Build what the identity of genes rests on, without the rest of the warehouse."""
    project = installation_root() / "dbt"
    words: list[str | Path] = [sys.executable, "-m", "dbt.cli.main", "run"]
    words += ["--project-dir", project, "--profiles-dir", project]
    words += ["--target-path", home.temporary / "dbt-target", "--log-path", home.logs]
    built = subprocess.run(
        [*words, "--select", "+fct_expression", "+mart_unresolved_gene", "+dim_study"],
        cwd=project,
        env=dbt_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout
    with open_working(home) as con:
        create_expression_lookup(con)


def write_study(folder: Path, counts: pl.DataFrame | Path, organism: str = "human") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = counts if isinstance(counts, Path) else folder / "counts.csv"
    if isinstance(counts, pl.DataFrame):
        counts.write_csv(path)
    separator = "\t" if path.suffix == ".tsv" else ","
    header = pl.read_csv(path, separator=separator, n_rows=0).columns
    samples = [c for c in header if c not in {"gene_id", "gene_name"}]
    (folder / "samples.csv").write_text("\n".join(["sample_id", *samples]) + "\n")
    (folder / "study.yaml").write_text(
        f"id: {folder.name}\ntitle: {folder.name}\norganism: {organism}\n"
        f"samples: samples.csv\ncounts: {path}\n"
    )
    return folder / "study.yaml"


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> pl.DataFrame:
    table = pl.read_csv(shared_data / "genes" / "annotables_grch38.csv.gz", infer_schema=False)
    return table.select("ensgene", "entrez", "symbol").unique()


@pytest.fixture(scope="module")
def airway(shared_data: Path, reference: pl.DataFrame) -> pl.DataFrame:
    """Rows of airway whose gene has a symbol and an Entrez id that are no other gene's."""
    one = reference.filter(pl.col("symbol").is_not_null(), pl.col("entrez").is_not_null())
    for column in ("ensgene", "symbol", "entrez"):
        one = one.filter(pl.col(column).is_unique())
    counts = pl.read_csv(shared_data / "counts" / "airway" / "airway_rawcounts.csv")
    joined = counts.join(one, on="ensgene").sort("ensgene")
    wanted = joined.filter(pl.col("symbol").is_in(["IRF4", "DDX58", "RIGI", "MYC"]))
    assert wanted.height == 3
    return pl.concat([wanted, joined.filter(~pl.col("ensgene").is_in(wanted["ensgene"]))]).head(
        GENES
    )


@pytest.fixture(scope="module")
def studies(
    tmp_path_factory: pytest.TempPathFactory, shared_data: Path, airway: pl.DataFrame
) -> Home:
    """The same airway rows under stable ids, symbols and Entrez ids, and ids nothing knows."""
    folder = tmp_path_factory.mktemp("identity")
    home = Home(folder / "home").create()
    samples = [c for c in airway.columns if airway[c].dtype == pl.Int64]
    by_symbol = airway.select(pl.col("symbol").alias("gene_id"), *samples)
    # RIGI and DDX58 are one gene; FLJ13599 is an alias of it.
    twice = by_symbol.with_columns(
        pl.col("gene_id").replace({"DDX58": "RIGI"}).alias("gene_id")
    ).filter(pl.col("gene_id") == "RIGI")
    assert twice.height == 1
    shared_gene = pl.concat(
        [
            by_symbol.filter(~pl.col("gene_id").is_in(["RIGI", "DDX58"])),
            twice,
            twice.with_columns(pl.lit("DDX58").alias("gene_id"), *(pl.col(s) + 1 for s in samples)),
        ]
    )
    annotation = shared_data / "genes" / "annotables_grch38.csv.gz"
    mouse = shared_data / "counts" / "SRP254919" / "variant_numeric_ids"
    made_up = pl.read_csv(
        shared_data / "counts" / "pydeseq2" / "datasets" / "synthetic" / "test_counts.csv"
    )
    genes = made_up.columns[0]
    sources = [
        write_study(folder / "by-id", airway.select(pl.col("ensgene").alias("gene_id"), *samples)),
        write_study(folder / "by-symbol", shared_gene),
        write_study(
            folder / "by-entrez", airway.select(pl.col("entrez").alias("gene_id"), *samples)
        ),
        write_study(
            folder / "mouse",
            mouse / "SRP254919.salmon.merged.gene_counts.top1000cov.tsv",
            "mouse",
        ),
        write_study(folder / "made-up", made_up.rename({genes: "gene_id"})),
    ]
    assert imid(home, "ingest", "genes", installation_root() / "ingest/curated/genes.csv") == 0
    assert imid(home, "ingest", "genes", annotation) == 0
    for source in sources:
        assert imid(home, "ingest", "study", source) == 0
    build(home)
    return home


def query(home: Home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.working), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_names_of_every_kind_lead_to_the_stable_id(studies: Home, airway: pl.DataFrame) -> None:
    features = pl.DataFrame(
        query(studies, "select study_id, feature_id, gene_id, is_resolved from marts.dim_feature"),
        schema=["study_id", "feature_id", "gene_id", "is_resolved"],
        orient="row",
    )
    for study, column in (("by-id", "ensgene"), ("by-symbol", "symbol"), ("by-entrez", "entrez")):
        loaded = features.filter(pl.col("study_id") == study)
        found = loaded.join(airway, left_on="feature_id", right_on=column, how="left")
        if study == "by-symbol":
            found = found.filter(~pl.col("feature_id").is_in(["RIGI", "DDX58"]))
        assert found.height >= GENES - 1
        assert found["is_resolved"].all()
        expected = found["feature_id"] if column == "ensgene" else found["ensgene"]
        assert found["gene_id"].to_list() == expected.to_list()


def test_two_names_of_one_gene_are_neither_summed_nor_lost(studies: Home) -> None:
    rows = query(
        studies,
        "select feature_id, gene_id, candidate_gene_id, identity_status "
        "from marts.dim_feature where study_id = 'by-symbol' "
        "and feature_id in ('RIGI', 'DDX58') order by 1",
    )
    rigi = "ENSG00000107201"
    assert rows == [("DDX58", "DDX58", rigi, "shared"), ("RIGI", "RIGI", rigi, "shared")]
    sums = query(
        studies,
        "select gene_id, cast(sum(count) as bigint) from marts.fct_expression "
        "where study_id = 'by-symbol' and gene_id in ('RIGI', 'DDX58') group by 1 order by 1",
    )
    ((whole,),) = query(
        studies,
        "select cast(sum(count) as bigint) from marts.fct_expression "
        f"where study_id = 'by-id' and gene_id = '{rigi}'",
    )
    assert isinstance(whole, int)
    assert sums == [("DDX58", whole + 8), ("RIGI", whole)]


def test_no_count_is_lost_on_the_way_to_the_mart(studies: Home) -> None:
    totals = "select study_id, count(*), cast(sum(count) as bigint) from {} group by 1 order by 1"
    assert query(studies, totals.format("marts.fct_expression")) == query(
        studies, totals.format("raw.counts")
    )


def test_names_that_lead_nowhere_are_counted_and_listed(studies: Home) -> None:
    counted = query(
        studies,
        "select study_id, n_genes, n_genes_without_reference from marts.dim_study order by 1",
    )
    listed = dict(
        query(studies, "select study_id, count(*) from marts.mart_unresolved_gene group by 1")
    )
    unresolved = {str(study): (n, without) for study, n, without in counted}
    assert unresolved["by-id"] == (GENES, 0)
    assert unresolved["by-entrez"] == (GENES, 0)
    assert unresolved["by-symbol"] == (GENES + 1, 2)
    # No mouse reference is loaded, and the made-up genes are no one's.
    assert unresolved["mouse"] == (1000, 1000)
    assert unresolved["made-up"] == (10, 10)
    assert listed == {"by-symbol": 2, "mouse": 1000, "made-up": 10}


def assert_look_up_is_complete(con: duckdb.DuckDBPyConnection, expected_loads: int) -> None:
    genes = con.execute(
        "select gene_id from marts.dim_feature group by gene_id "
        f"order by count(*) desc, gene_id limit {DRAWN}"
    ).fetchall()
    most = 0
    for (gene,) in [*genes, ("made up",)]:
        plain = con.execute(
            "select * from marts.fct_expression where gene_id = $1 order by all", [gene]
        ).fetchall()
        quick = con.execute("select * from marts.gene_expression($1) order by all", [gene])
        assert quick.fetchall() == plain
        most = max(most, len({row[0] for row in plain}))
    assert most == expected_loads


def test_the_quick_look_up_returns_the_rows_of_the_plain_one(
    studies: Home, airway: pl.DataFrame, tmp_path: Path
) -> None:
    with open_working(studies) as con:
        assert_look_up_is_complete(con, expected_loads=3)
    publish(studies, new_release_name())

    samples = [c for c in airway.columns if airway[c].dtype == pl.Int64]
    changed = airway.select(pl.col("ensgene").alias("gene_id"), *samples).tail(GENES - 50)
    assert imid(studies, "ingest", "study", write_study(tmp_path / "by-id", changed)) == 0
    assert imid(studies, "ingest", "study", write_study(tmp_path / "again", changed)) == 0
    build(studies)
    publish(studies, new_release_name())
    for expected in (4, 3):
        con = open_release(current_release(studies))
        try:
            assert_look_up_is_complete(con, expected)
            last = [airway["ensgene"][-1]]
            plain = con.execute(
                "select * from raw.counts where gene_id = $1 order by all", last
            ).fetchall()
            quick = con.execute("select * from raw.gene_counts($1) order by all", last)
            assert plain
            assert quick.fetchall() == plain
        finally:
            con.close()
        if expected == 4:
            rollback(studies)


def test_the_resolver_says_what_an_unknown_name_may_mean(built_home: Home, tmp_path: Path) -> None:
    shutil.copytree(built_home.root, tmp_path / "home", symlinks=True)
    home = Home(tmp_path / "home")
    counts = pl.DataFrame(
        {"gene_id": ["IRFF4", "IRF4", "IL-2", "ENSG00000999999"], "a": [1, 2, 3, 4]}
    )
    assert imid(home, "ingest", "study", write_study(tmp_path / "typed", counts)) == 0
    with open_working(home) as con:
        ((load_id,),) = con.execute(
            "select load_id from ops.loads where subject = 'typed' and status = 'loaded'"
        ).fetchall()
        unknown = unknown_genes(con, load_id)
    assert unknown is not None
    assert unknown.names[0] == "IRFF4"
    assert "ENSG00000999999" in unknown.names
    assert "IRF4" not in unknown.names
    assert any("IRFF4" in reading and "IRF4" in reading for reading in unknown.readings)
    assert not any("ENSG00000999999" in reading for reading in unknown.readings)
    # An earlier version built the marts, and the first run of this one loads before it builds.
    with open_working(home) as con:
        con.execute("alter table marts.dim_gene_alias drop column is_protein_name")
    assert imid(home, "ingest", "study", str(tmp_path / "typed" / "study.yaml")) == 0
    with open_working(home) as con:
        after_upgrade = unknown_genes(con, load_id)
    assert after_upgrade is not None
    assert (after_upgrade.names, after_upgrade.readings) == (unknown.names, ())


def test_unknown_genes_are_told_at_the_load_and_by_status(
    studies: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_working(studies) as con:
        loads = dict(
            con.execute(
                "select subject, load_id from ops.loads where kind = 'study' and status = 'loaded'"
            ).fetchall()
        )
        made_up = unknown_genes(con, loads["made-up"])
        assert made_up is not None
        assert (len(made_up.names), made_up.genes) == (10, 10)
        assert "10 of 10 genes are in no loaded human gene reference (gene1, gene2" in (
            made_up.sentence
        )
        assert unknown_genes(con, loads["by-entrez"]) is None
        assert unknown_genes(con, loads["by-symbol"]) is None
        # No mouse reference is loaded to compare with.
        assert unknown_genes(con, loads["mouse"]) is None
    assert imid(studies, "status", "--json") == 0
    told = json.loads(capsys.readouterr().out)["unresolved_genes"]
    assert {"study": "by-symbol", "reason": "shared", "genes": 2, "first": "RIGI"} in told
    assert {"study": "made-up", "reason": "unknown", "genes": 10, "first": "gene1"} in told
