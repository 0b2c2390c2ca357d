"""``imid run`` on a fresh home, with what the repository ships, and what comes out of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.app.cli.test_questions import QUESTIONS
from warehouse.connections import write_lock
from warehouse.home import Home, installation_root
from warehouse.queries import query_release
from warehouse.releases import new_release_name, publish

IMID = Path(sys.executable).parent / "imid"
EXAMPLE = installation_root() / "examples" / "simulated-imid"
CLAIMS_PAGE = installation_root() / "docs" / "curating-claims.md"


def imid(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(IMID), "--home", str(home.root), *arguments], capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("shipped") / "home")
    outcome = imid(home, "run")
    assert outcome.returncode == 0, outcome.stderr
    assert str(home.root) in outcome.stdout
    assert "published wh_" in outcome.stderr
    return home


def rows(home: Home, sql: str) -> list[tuple[object, ...]]:
    return query_release(home.current.resolve(), sql).rows()


def test_running_again_changes_nothing(shipped: Home) -> None:
    before = shipped.current.resolve()
    outcome = imid(shipped, "run", "--json")
    assert outcome.returncode == 0, outcome.stderr
    steps = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert {step["action"] for step in steps if "action" in step} == {"unchanged"}
    assert [s["message"] for s in steps if s["step"] == "build"] == [f"unchanged {before.name}"]
    assert (steps[-1]["step"], steps[-1]["status"]) == ("run", "done")
    assert shipped.current.resolve() == before


def test_status_lists_loads_and_the_build(shipped: Home) -> None:
    outcome = imid(shipped, "status", "--json")
    report = json.loads(outcome.stdout)
    assert outcome.returncode == 0
    assert {(load["kind"], load["rows"]) for load in report["loads"]} >= {
        ("adverse-events", 75),
        ("claims", 317),
        ("study", 15000),
    }
    assert report["builds"][0]["status"] == "passed"
    assert report["builds"][0]["tests_failed"] == 0


def test_sql_writes_every_format(shipped: Home, tmp_path: Path) -> None:
    query = "select drug_id, is_imid from dim_drug where is_imid order by drug_id"
    expected = ["lenalidomide", "pomalidomide", "thalidomide"]
    assert [
        line.split(",")[0]
        for line in imid(shipped, "sql", query, "--format", "csv").stdout.splitlines()[1:]
    ] == expected
    as_json = json.loads(imid(shipped, "sql", query, "--format", "json").stdout)
    assert [row["drug_id"] for row in as_json] == expected
    target = tmp_path / "drugs.parquet"
    imid(shipped, "sql", query, "--format", "parquet", "--out", str(target))
    assert pl.read_parquet(target)["drug_id"].to_list() == expected
    assert all(name in imid(shipped, "sql", query).stdout for name in expected)


def test_the_questions_of_the_documentation_have_answers(shipped: Home) -> None:
    for title, question in QUESTIONS:
        assert rows(shipped, question), title


def test_sql_refuses_anything_but_reading_the_marts(shipped: Home) -> None:
    outcome = imid(shipped, "sql", "drop table marts.dim_drug")
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("error: ")
    assert "Traceback" not in outcome.stderr


def test_everything_of_the_example_is_marked_simulated(shipped: Home) -> None:
    for table in ("dim_study", "dim_sample", "dim_contrast", "mart_drug_comparison"):
        assert rows(shipped, f"select distinct is_simulated from {table}") == [(True,)]
    assert rows(
        shipped,
        "select distinct is_simulated from mart_literature_concordance "
        "where contrast_id is not null",
    ) == [(True,)]


def test_typed_cells_keep_what_the_document_prints(shipped: Home) -> None:
    cells = {
        (term, label): (state, pct, n, lo, hi)
        for term, label, state, pct, n, lo, hi in rows(
            shipped,
            "select term, regimen_label, cell_state, value_pct, n_at_risk, "
            "round(wilson_lower, 6), round(wilson_upper, 6) from mart_regimen_safety "
            "where cell_state <> 'not_in_source'",
        )
    }
    assert cells["Neutropenia", "R2"] == ("percent", 50.0, 176, 0.426924, 0.573076)
    assert cells["Neutropenia", "IRd"][:3] == ("percent", 12.3, 106)
    assert cells["Rash", "IRd"] == ("not_reported", None, 106, None, None)
    assert cells["Neutropenia", "D-Rd"] == ("bound", 5.0, 32, None, None)
    assert cells["Anemia", "Tafa-Len"] == ("other_source", 14.0, None, None, None)
    other = rows(
        shipped,
        "select arm_id, source_id, n_affected_lo, rate from fct_adverse_event "
        "where cell_state = 'other_source'",
    )
    assert other == [("tafa-len-real-world-tafa-len", "tafa-len-real-world", None, None)]


def documented(first_header: str) -> dict[str, list[float]]:
    """Read the numbers of a table of the page on claims, by the first cell of each row."""
    _, _, after = CLAIMS_PAGE.read_text(encoding="utf-8").partition(f"| {first_header} |")
    table, _, _ = after.partition("\n\n")
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in table.split("\n")[2:]]
    return {first: [float(cell.removesuffix(" %")) for cell in rest] for first, *rest in cells}


def test_the_planted_truth_comes_back(shipped: Home) -> None:
    """Stated for the nine contrasts against DMSO within a line, at the project's thresholds.

    Sensitivity is the share of genes planted beyond 1 log2 unit with a base mean above 20 that
    are found at FDR 0.05; the false-discovery proportion is the share of genes called (FDR 0.05
    and beyond 1 log2 unit) that have no planted effect at all in that line.
    """
    truth = pl.read_csv(EXAMPLE / "planted_effects.csv.gz").rename({"log2_fold_change": "planted"})
    found = query_release(
        shipped.current.resolve(),
        "select d.gene_id, c.numerator as drug, c.numerator_cell_lines as cell_line, "
        "d.base_mean, d.log2_fold_change, d.padj, d.direction "
        "from fct_differential_expression d "
        "join dim_contrast c on c.contrast_id = d.contrast_id "
        "where c.is_drug_vs_vehicle and c.subset <> '{}' and c.subset <> ''",
    )
    assert found.select("drug", "cell_line").unique().height == 9
    both = found.join(truth, on=["gene_id", "drug", "cell_line"], how="left")
    strong = both.filter((pl.col("planted").abs() > 1) & (pl.col("base_mean") > 20))
    sensitivity = strong.select((pl.col("padj") < 0.05).fill_null(value=False).mean()).item()
    called = both.filter(pl.col("direction").is_in(["up", "down"]))
    false_discoveries = called.select(pl.col("planted").is_null().mean()).item()
    wrong_signs = called.filter(
        pl.col("planted").is_not_null()
        & (pl.col("planted").sign() != pl.col("log2_fold_change").sign())
    ).height
    by_drug = both.group_by("drug").agg(planted_found_called())
    counted = {drug: list(counts) for drug, *counts in by_drug.iter_rows()}
    stated = documented("drug")
    assert stated.keys() == counted.keys()
    for drug, (planted, right, share, n_called, without) in stated.items():
        assert planted == counted[drug][0], drug
        # the last bits of a fit may decide on a gene or two
        assert [right, n_called, without] == pytest.approx(counted[drug][1:], abs=3), drug
        assert share == pytest.approx(100 * right / planted, abs=0.05), drug
    assert strong.height > 2500
    assert sensitivity > 0.93
    assert false_discoveries < 0.05
    assert wrong_signs <= 3


def planted_found_called() -> list[pl.Expr]:
    """Count, as the documentation does: planted, found, called, called without an effect."""
    strong = (pl.col("planted").abs() > 1) & (pl.col("base_mean") > 20)
    right = (pl.col("padj") < 0.05) & (pl.col("planted") * pl.col("log2_fold_change") > 0)
    called = pl.col("direction").is_in(["up", "down"])
    return [
        strong.sum().alias("strong"),
        (strong & right).sum().alias("found"),
        called.sum().alias("called"),
        (called & pl.col("planted").is_null()).sum().alias("without"),
    ]


def test_the_planted_potency_comes_back(shipped: Home) -> None:
    """Pomalidomide was planted at 1.25 and thalidomide at 0.5 times lenalidomide's effect."""
    slopes = query_release(
        shipped.current.resolve(),
        "select drug_id_b as drug, responsive_slope as slope from mart_contrast_concordance p "
        "join dim_contrast c on c.contrast_id = p.contrast_id_a "
        "where drug_id_a = 'lenalidomide' and c.subset <> '{}' and c.subset <> ''",
    )
    for drug, planted, error in (("pomalidomide", 1.25, 0.05), ("thalidomide", 0.5, 0.05)):
        found = slopes.filter(pl.col("drug") == drug)["slope"].to_list()
        assert len(found) == 3
        assert found == pytest.approx([planted] * 3, abs=error)


def test_verdicts_on_claims_are_those_of_the_planted_truth(shipped: Home) -> None:
    """Over the claims on one gene and one drug, within a line: what was planted decides."""
    truth = pl.read_csv(EXAMPLE / "planted_effects.csv.gz").rename({"log2_fold_change": "planted"})
    verdicts = query_release(
        shipped.current.resolve(),
        "select v.gene_id, v.drug_name as drug, c.numerator_cell_lines as cell_line, "
        "case v.expected_direction when 'up' then 1 else -1 end as expected, v.verdict "
        "from mart_literature_concordance v join dim_contrast c on c.contrast_id = v.contrast_id "
        "where v.claim_kind = 'single_drug' and v.target_type = 'gene' "
        "and v.verdict <> 'not_testable' and c.subset <> '{}' and c.subset <> ''",
    ).join(truth, on=["gene_id", "drug", "cell_line"], how="left")
    size = pl.when(pl.col("planted").abs() > 1).then(pl.lit("beyond")).otherwise(pl.lit("within"))
    side = (
        pl.when(pl.col("planted") * pl.col("expected") > 0)
        .then(pl.lit("as claimed"))
        .otherwise(pl.lit("against the claim"))
    )
    kind = pl.format("{} 1 log2 unit, {}", size, side)
    named = verdicts.with_columns(
        kind=pl.when(pl.col("planted").is_null()).then(pl.lit("no effect")).otherwise(kind)
    )
    for planted, stated in documented("planted in the line").items():
        found = named.filter(pl.col("kind") == planted)["verdict"].to_list()
        counts = [found.count(v) for v in ("agrees", "opposite", "not_significant")]
        assert counts == pytest.approx(stated, abs=1), planted
    unplanted = verdicts.filter(pl.col("planted").is_null())
    assert unplanted.height > 30
    assert (unplanted["verdict"] == "not_significant").mean() > 0.95
    strong = verdicts.filter(pl.col("planted").abs() > 1).with_columns(
        true=pl.when(pl.col("planted") * pl.col("expected") > 0)
        .then(pl.lit("agrees"))
        .otherwise(pl.lit("opposite"))
    )
    assert strong.height >= 8
    assert (strong["verdict"] == strong["true"]).mean() >= 0.75
    assert strong.filter(
        (pl.col("verdict") != pl.col("true")) & (pl.col("verdict") != "not_significant")
    ).is_empty()


def test_export_holds_every_mart_with_its_checksum(shipped: Home, tmp_path: Path) -> None:
    outcome = imid(shipped, "export", str(tmp_path / "out"))
    assert outcome.returncode == 0, outcome.stderr
    manifest = json.loads((tmp_path / "out" / "datapackage.json").read_text())
    assert manifest["version"] == shipped.current.resolve().stem
    names = {resource["name"] for resource in manifest["resources"]}
    assert {"dim_gene", "fct_expression", "mart_regimen_safety"} <= names
    for resource in manifest["resources"]:
        file = tmp_path / "out" / resource["path"]
        assert f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" == resource["hash"]
        frame = pl.read_parquet(file)
        assert frame.height == resource["rows"]
        assert frame.columns == [field["name"] for field in resource["schema"]["fields"]]
    assert imid(shipped, "export", str(tmp_path / "out")).returncode == 1
    assert imid(shipped, "export", "--verify", str(tmp_path / "out")).returncode == 0


def test_doctor_finds_the_installation_sound(shipped: Home) -> None:
    outcome = imid(shipped, "doctor", "--json")
    assert outcome.returncode == 0
    assert all(finding["is_sound"] for finding in json.loads(outcome.stdout))


def test_doctor_finds_a_damaged_release(tmp_path: Path) -> None:
    damaged = Home(tmp_path / "damaged").create()
    (damaged.releases / "wh_x.duckdb").write_bytes(b"not a database" * 1000)
    damaged.current.symlink_to("releases/wh_x.duckdb")
    outcome = imid(damaged, "doctor", "--json")
    assert outcome.returncode == 1
    unsound = [f["check"] for f in json.loads(outcome.stdout) if not f["is_sound"]]
    assert unsound == ["working file", "wh_x", "release"]


def test_rollback_serves_the_release_before_and_a_failed_build_changes_nothing(
    shipped: Home,
) -> None:
    first = shipped.current.resolve()
    with write_lock(shipped, "test"):
        second = publish(shipped, new_release_name(home=shipped))
    assert second != first
    assert imid(shipped, "rollback").returncode == 0
    assert shipped.current.resolve() == first
    assert imid(shipped, "rollback").returncode == 1
    assert imid(shipped, "rollback", second.stem).returncode == 0
    with duckdb.connect(str(shipped.working)) as con:
        con.execute("update raw.claims set drug_id = 'unheard-of' where claim_id = '000-T1-r01-a'")
    outcome = imid(shipped, "build")
    assert outcome.returncode == 1
    assert "not published" in outcome.stderr
    assert shipped.current.resolve() == second
