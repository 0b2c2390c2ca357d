"""Two arms of different trials through a shared comparator: shown where there are any, else why."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from analytics.safety.indirect import anchored_comparisons
from app.web.marts import regimens as marts
from app.web.reader import Reader
from app.web.reports.document import report_html
from app.web.reports.regimens import regimens_report
from tests.app.conftest import OpenPage, words_of
from warehouse.home import Home

FIRST, SECOND = "augment-r2", "l-mind-tafa-len"
ASSUMPTION = "assumes that the patients of both trials differ in nothing"


def released(built_home: Home, folder: Path, *statements: str, **frames: pl.DataFrame) -> Home:
    """A copy of the published release, changed."""
    home = Home(folder / "home").create()
    release = home.releases / "wh_20260102T000000000000Z.duckdb"
    shutil.copy(built_home.current.resolve(), release)
    release.chmod(0o644)
    with duckdb.connect(str(release)) as con:
        for name, frame in frames.items():
            con.register(name, frame.to_arrow())
        for statement in statements:
            con.execute(statement)
    home.current.symlink_to(Path("releases") / release.name)
    return home


@pytest.fixture(scope="module")
def anchored_home(built_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A release with two events of two arms compared through a comparator both trials share."""

    def cell(arm: str, trial: str, regimen: str, x: int, n: int, term: str) -> dict[str, object]:
        return {
            "adverse_event_id": f"{arm}-{term}",
            "load_id": "load",
            "trial_id": trial,
            "arm_id": arm,
            "regimen_id": regimen,
            "is_randomised": True,
            "term_key": term,
            "band": "grade 3-4",
            "is_graded": True,
            "ascertainment": "treatment_emergent",
            "ctcae_version": "4.03",
            "data_cut": "final",
            "n_affected": x,
            "n_at_risk": n,
        }

    computed = anchored_comparisons(
        pl.DataFrame(
            [
                cell(FIRST, "augment", "r2", 30, 100, "neutropenia"),
                cell("augment-x", "augment", "x", 15, 100, "neutropenia"),
                cell(SECOND, "l-mind", "tafa-len", 20, 120, "neutropenia"),
                cell("l-mind-x", "l-mind", "x", 24, 120, "neutropenia"),
                cell(FIRST, "augment", "r2", 0, 100, "rash"),
                cell("augment-x", "augment", "x", 15, 100, "rash"),
                cell(SECOND, "l-mind", "tafa-len", 20, 120, "rash"),
                cell("l-mind-x", "l-mind", "x", 24, 120, "rash"),
            ]
        )
    )
    # The loads of the cells decide what becomes a row of the mart, and are no columns of it.
    rows = computed.drop(
        "first_anchor_load_id", "second_load_id", "second_anchor_load_id"
    ).with_columns(
        first_regimen_label=pl.lit("R2"),
        second_regimen_label=pl.lit("Tafa-Len"),
        anchor_regimen_label=pl.lit("X"),
        label=pl.lit("anchored, indirect"),
        assumption=pl.lit(f"{ASSUMPTION} that changes the effect of either regimen relative to X"),
    )
    return released(
        built_home,
        tmp_path_factory.mktemp("anchored"),
        "insert into marts.mart_anchored_comparison by name select * from rows",
        rows=rows,
    )


def test_what_ships_allows_none_and_the_page_says_why(
    built_home: Home, open_page: OpenPage
) -> None:
    said = words_of(open_page(built_home, "compare_regimens", first=FIRST, second=SECOND))
    assert "Anchored, indirect comparison" in said
    assert "None of these two arms." in said
    assert "No two randomised trials of this release do that" in said
    assert "MM\\-009 and MM\\-010 share Dex" in said.replace("MM-0", "MM\\-0")
    assert "one regimen, which leaves nothing to compare" in said


def test_arms_of_one_trial_are_not_compared_indirectly(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "compare_regimens", first=FIRST, second="augment-placebo-r")
    assert "Anchored" not in words_of(app)


def test_two_arms_are_compared_through_what_both_trials_share(
    anchored_home: Home, open_page: OpenPage
) -> None:
    app = open_page(anchored_home, "compare_regimens", first=FIRST, second=SECOND)
    assert not app.exception
    neutropenia, rash = app.dataframe[1].value.to_dict("records")
    # 0.30 / 0.15 over (20/120) / (24/120).
    assert neutropenia["risk_ratio"] == pytest.approx(2.4)
    assert neutropenia["first arm"] == "30 of 100"
    assert neutropenia["second comparator"] == "24 of 120"
    assert rash["no ratio because"] == "an arm has no event"
    assert rash["risk_ratio"] != rash["risk_ratio"]
    said = words_of(app)
    assert ASSUMPTION in said
    assert "No p\\-value" in said.replace("p-value", "p\\-value")
    assert "but for the anchored ratios below" in said
    assert "Naive, unanchored" in said


def test_the_other_order_asks_to_swap_and_another_pair_names_the_one(
    anchored_home: Home, open_page: OpenPage
) -> None:
    turned = words_of(open_page(anchored_home, "compare_regimens", first=SECOND, second=FIRST))
    assert "swap the arms to see it" in turned
    other = open_page(anchored_home, "compare_regimens", first=FIRST, second="richardson-2006-both")
    assert "R2 and Tafa-Len through X" in words_of(other).replace("\\", "")


def test_trials_that_share_a_comparator_but_no_event_are_named(
    built_home: Home, open_page: OpenPage, tmp_path: Path
) -> None:
    home = released(
        built_home,
        tmp_path,
        "update marts.dim_trial_arm set regimen_id = 'len-dex-2', regimen_label = 'Len-Dex 2' "
        "where arm_id = 'mm-010-len-dex'",
    )
    said = words_of(open_page(home, "compare_regimens", first=FIRST, second=SECOND))
    assert "MM-009 and MM-010 share Dex, but no event meets the rest" in said.replace("\\", "")


def test_the_report_holds_the_same_ratios(anchored_home: Home) -> None:
    release = anchored_home.current.resolve()
    reader = Reader(release.stem, str(release))
    arms = {row["arm_id"]: row for row in reader.rows(marts.ARMS).iter_rows(named=True)}
    report = regimens_report(reader, arms[FIRST], arms[SECOND], "")
    (section,) = [s for s in report.sections if s.heading.startswith("Anchored")]
    assert section.rows is not None
    assert section.rows["risk_ratio"].to_list() == pytest.approx([2.4, None])
    assert "but for the anchored ratios" in report.marks[0]
    text = report_html(report, reader, reader.build()).decode()
    assert ASSUMPTION in text
    assert "ratio of risk ratios" in text
