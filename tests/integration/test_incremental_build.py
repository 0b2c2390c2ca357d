"""Incremental builds hold the same rows as builds from nothing, and nothing they cannot trust."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from app.cli import steps
from app.cli.inputs import incremental_fingerprint
from app.cli.loading import ingest_one, remove_one
from app.cli.project import Thresholds, read_project
from app.cli.report import Reporter
from tests.support.small_study import STUDY_ID, write_small_study
from warehouse.connections import open_working
from warehouse.home import Home
from warehouse.incremental import distrust, trust, trusted_base

SECOND = "second-imid"
INCREMENTAL = ("fct_expression", "fct_differential_expression")


@dataclass
class Histories:
    """Releases of one home: a study, a second one added, all again, the second removed."""

    alone: Path
    added: Path
    refreshed: Path
    removed: Path
    refreshes: list[bool] = field(default_factory=list)


@pytest.fixture(scope="module")
def histories(built_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Histories:
    folder = tmp_path_factory.mktemp("incremental")
    shutil.copytree(built_home.root, folder / "home", symlinks=True)
    home = Home(folder / "home")
    second = write_small_study(folder / "second", seed=11, study_id=SECOND).definition
    counts = second.parent / "counts.tsv"
    # a gene that no reference knows, under another name than in the first study
    counts.write_text(counts.read_text().replace("\tSIM00001\t", "\tRENAMED\t"))
    report = Reporter(as_json=True)
    project = read_project(home)
    alone = home.current.resolve()
    ingest_one(home, "study", second, report)
    steps.analyze(home, report, 1)
    added = steps.build(home, project, report)
    refreshed = steps.build(home, project, report, full_refresh=True)
    remove_one(home, "study", SECOND, report)
    steps.analyze(home, report, 1)
    removed = steps.build(home, project, report)
    built = (added, refreshed, removed)
    refreshes = [b.summary.full_refresh for b in built if b.summary is not None]
    return Histories(alone, *(b.release for b in built), refreshes)


def differing_rows(left: Path, right: Path) -> dict[str, int]:
    """Marts whose rows differ between two releases, with how many rows stand on one side only."""
    with duckdb.connect() as con:
        con.execute(f"attach '{left}' as l (read_only)")
        con.execute(f"attach '{right}' as r (read_only)")
        names = con.execute(
            "select distinct table_name from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
        differing = {}
        for (name,) in names:
            one_side = con.execute(
                f"select count(*) from ((from l.marts.{name} except all from r.marts.{name}) "
                f"union all (from r.marts.{name} except all from l.marts.{name}))"
            ).fetchall()[0][0]
            if one_side:
                differing[name] = one_side
        return differing


def test_a_study_is_added_without_building_the_others_again(histories: Histories) -> None:
    assert histories.refreshes == [False, True, False]
    with duckdb.connect(str(histories.added), read_only=True) as con:
        for mart in INCREMENTAL:
            runs = con.execute(
                f"select study_id, min(rowid), max(rowid) from marts.{mart} group by 1 order by 2"
            ).fetchall()
            assert [study for study, _, _ in runs] == [STUDY_ID, SECOND]
            assert runs[0][2] < runs[1][1], "the second study is not appended"


def test_a_full_refresh_gives_identical_rows_in_every_mart(histories: Histories) -> None:
    assert differing_rows(histories.added, histories.refreshed) == {}


def test_a_removed_study_leaves_every_mart_as_it_was_before(histories: Histories) -> None:
    assert "fct_expression" in differing_rows(histories.alone, histories.added)
    assert differing_rows(histories.alone, histories.removed) == {}


def test_symbols_of_earlier_rows_follow_the_genes(histories: Histories) -> None:
    symbols = "select distinct symbol from marts.fct_differential_expression where gene_id = $1"
    for release, expected in ((histories.alone, "SIM00001"), (histories.added, None)):
        with duckdb.connect(str(release), read_only=True) as con:
            assert con.execute(symbols, ["SIMG00000001"]).fetchall() == [(expected,)]


def test_what_other_rows_depend_on_is_in_the_fingerprint(built_home: Home, home: Home) -> None:
    shutil.copy(built_home.working, home.working)
    with open_working(home) as con:
        before = incremental_fingerprint(con, Thresholds())
        assert trusted_base(con) == before
        assert incremental_fingerprint(con, Thresholds(fdr=0.01)) != before
        con.execute("begin")
        con.execute("delete from raw.counts")
        assert incremental_fingerprint(con, Thresholds()) == before
        con.execute("update raw.genes set load_id = 'a later load of genes'")
        assert incremental_fingerprint(con, Thresholds()) != before
        con.execute("rollback")


def test_nothing_is_trusted_from_the_start_of_a_build_until_it_passed(home: Home) -> None:
    with open_working(home) as con:
        assert trusted_base(con) is None
        trust(con, "abc")
        assert trusted_base(con) == "abc"
        distrust(con)
        assert trusted_base(con) is None
