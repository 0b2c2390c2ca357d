"""What ``imid diff`` finds between a release and a copy of it that was changed by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from app.changes import ReleaseChanges, compare_releases
from app.cli.main import run_command
from warehouse.home import Home


@pytest.fixture
def changed(built_home: Home, tmp_path: Path) -> Callable[..., ReleaseChanges]:
    before = built_home.current.resolve()

    def change(*statements: str) -> ReleaseChanges:
        after = tmp_path / "wh_changed.duckdb"
        shutil.copyfile(before, after)
        with duckdb.connect(str(after)) as con:
            for statement in statements:
                con.execute(statement)
                assert statement.startswith("alter") or con.fetchall() != [(0,)], statement
        return compare_releases(before, after)

    return change


def test_a_release_equals_its_copy(changed: Callable[..., ReleaseChanges]) -> None:
    changes = changed()
    assert changes.marts == ()
    assert all(not m.n_new and not m.n_gone for m in changes.members)
    assert list(changes.lines())[2:] == ["nothing differs"]


def test_sign_flips_and_significance_are_told_apart(changed: Callable[..., ReleaseChanges]) -> None:
    table = "marts.fct_differential_expression"
    which = "contrast_id = (select min(contrast_id) from marts.dim_contrast) and symbol ="
    changes = changed(
        f"update {table} set direction = 'up', log2_fold_change = -log2_fold_change "
        f"where {which} 'IRF4' and direction = 'down'",
        f"update {table} set direction = 'not_significant' where {which} 'XAF1'",
        f"update {table} set direction = 'up' where {which} 'MYC'",
        f"update {table} set base_mean = base_mean * (1 + 1e-12)",
    )
    (call,) = changes.calls
    assert (call.n_sign_flips, call.n_gained, call.n_lost) == (1, 1, 1)
    assert set(call.genes) == {"IRF4", "XAF1", "MYC"}
    (mart,) = changes.marts
    assert (mart.mart, mart.key) == (
        "fct_differential_expression",
        ("contrast_id", "gene_id"),
    )
    assert (mart.added, mart.removed, mart.changed) == (0, 0, 3)
    assert mart.columns == {"direction": 3, "log2_fold_change": 1}
    assert any(
        "1 changed sign, 1 became significant, 1 no longer are" in line for line in changes.lines()
    )


def test_a_study_that_is_gone_takes_its_rows(changed: Callable[..., ReleaseChanges]) -> None:
    changes = changed(
        "delete from marts.dim_study",
        "delete from marts.dim_contrast",
        "delete from marts.fct_expression",
        "update ops.loads set status = 'removed' where kind = 'study'",
    )
    members = {m.kind: m for m in changes.members}
    assert members["studies"].gone == ("small-imid",)
    assert members["contrasts"].n_gone == 3
    assert members["loads"].n_gone == 1
    assert members["loads"].gone[0].startswith("study small-imid (")
    marts = {m.mart: m for m in changes.marts}
    assert (marts["fct_expression"].removed, marts["fct_expression"].rows_after) == (3600, 0)
    counts = {count.kind: count for count in changes.counts()}
    assert (counts["studies"].new, counts["studies"].gone) == (0, 1)
    assert counts["rows of all marts"].gone == sum(mart.removed for mart in changes.marts)
    assert "verdicts on claims" not in counts


def test_verdicts_and_adverse_event_values_are_listed(
    changed: Callable[..., ReleaseChanges],
) -> None:
    changes = changed(
        "update marts.mart_literature_concordance set verdict = 'opposite' where concordance_id = "
        "(select min(concordance_id) from marts.mart_literature_concordance "
        "where verdict = 'agrees')",
        "update marts.fct_adverse_event set display_value = '51%', value_pct = 51 "
        "where term = 'Neutropenia' and regimen_label = 'R2'",
        "delete from marts.fct_literature_claim where claim_id = '000-T1-r01-a'",
    )
    (verdict,) = changes.verdicts
    assert (verdict.before, verdict.after) == ("agrees", "opposite")
    assert set(verdict.key) == {"claim_id", "contrast_id"}
    cells = [c for c in changes.adverse_events if c.key["term"] == "Neutropenia"]
    assert cells
    assert all("51%" in str(cell.after) and "51%" not in str(cell.before) for cell in cells)
    members = {m.kind: m for m in changes.members}
    assert members["claims"].gone == ("000-T1-r01-a",)


def test_columns_and_marts_that_come_and_go_are_named(
    changed: Callable[..., ReleaseChanges],
) -> None:
    changes = changed(
        "alter table marts.dim_drug drop column aliases",
        "create table marts.mart_new as select 1 as a",
        "delete from ops.models where model = 'dim_document'",
        "update marts.dim_document set title = 'another' where document_id = "
        "(select min(document_id) from marts.dim_document)",
    )
    marts = {m.mart: m for m in changes.marts}
    assert marts["dim_drug"].columns_removed == ("aliases",)
    assert (marts["dim_drug"].added, marts["dim_drug"].changed) == (0, 0)
    assert (marts["mart_new"].rows_before, marts["mart_new"].added) == (0, 1)
    # A mart without a recorded key is compared by whole rows.
    assert (marts["dim_document"].key, marts["dim_document"].added) == ((), 1)
    assert marts["dim_document"].removed == 1


def test_the_command_compares_the_serving_release_with_the_one_before(
    built_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home").create()
    for name in ("wh_1", "wh_2"):
        shutil.copyfile(built_home.current.resolve(), home.releases / f"{name}.duckdb")
    home.current.symlink_to("releases/wh_2.duckdb")
    with duckdb.connect(str(home.releases / "wh_2.duckdb")) as con:
        con.execute("delete from marts.dim_drug where drug_id = 'thalidomide'")
    assert run_command(["--home", str(home.root), "diff", "--json"]) == 0
    changes = json.loads(capsys.readouterr().out)
    assert (changes["before"], changes["after"]) == ("wh_1", "wh_2")
    assert [(m["mart"], m["removed"]) for m in changes["marts"]] == [("dim_drug", 1)]
    assert run_command(["--home", str(home.root), "diff", "wh_2", "wh_1"]) == 0
    assert "dim_drug: 1 added" in capsys.readouterr().out
    assert run_command(["--home", str(home.root), "diff", "wh_9"]) == 1
    assert "there is no release wh_9; there are wh_1, wh_2." in capsys.readouterr().err
    assert run_command(["--home", str(home.root), "diff", "wh_1", "wh_1"]) == 0
    home.current.unlink()
    home.current.symlink_to("releases/wh_1.duckdb")
    assert run_command(["--home", str(home.root), "diff"]) == 1
    assert "no release before wh_1" in capsys.readouterr().err


def test_findings_of_the_same_content_loaded_again_keep_their_keys(
    built_home: Home, tmp_path: Path
) -> None:
    """The model's own SQL, as it was compiled, on a copy whose loads have other ids."""
    (compiled,) = (built_home.temporary / "dbt-target" / "compiled").rglob("mart_data_quality.sql")
    found = f"select finding_id, load_id from ({compiled.read_text()}) order by finding_id"
    # The name of the file is the name by which the SQL calls the database.
    shutil.copyfile(built_home.working, tmp_path / built_home.working.name)
    with duckdb.connect(str(tmp_path / built_home.working.name)) as con:
        con.execute("update ops.validation_results set is_success = false")
        before = con.execute(found).fetchall()
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_columns() inner join duckdb_tables() "
            "using (schema_name, table_name) where column_name = 'load_id'"
        ).fetchall():
            con.execute(f"update {schema}.{table} set load_id = 'again-' || load_id")
        after = con.execute(found).fetchall()
        assert [key for key, _ in after] == [key for key, _ in before]
        assert [load for _, load in after] == [f"again-{load}" for _, load in before]
        # A second load that says the same is a finding of its own.
        con.execute(
            "insert into ops.loads select * replace ('twin-' || load_id as load_id) from ops.loads"
        )
        con.execute(
            "insert into ops.validation_results "
            "select * replace ('twin-' || load_id as load_id) from ops.validation_results"
        )
        keys = [key for key, _ in con.execute(found).fetchall()]
        assert len(set(keys)) == len(keys) > len(before)
