"""Adverse-event cells as the plot and the table show them."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from app.web.components.arms import within_sentences
from app.web.components.findings import findings_by_kind
from app.web.components.safety import cell_text, cells_for_plot, reaches
from app.web.marts import regimens
from warehouse.home import Home

CELLS = pl.DataFrame(
    {
        "regimen_safety_id": ["a", "b", "c", "d"],
        "term": ["Neutropenia"] * 4,
        "arm_label": ["R2", "D-Rd", "Lenalidomide", "Lenalidomide"],
        "cell_state": ["percent", "bound", "below_threshold", "zero"],
        "operator": ["=", ">=", "<=", "="],
        "value_pct": [50.0, 5.0, 5.0, None],
        "rate": [0.5, None, None, 0.0],
        "wilson_lower": [0.427, None, None, 0.0],
        "wilson_upper": [0.573, None, None, 0.023],
        "display_value": ["50% (n = 176)", "≥5% (listing threshold)", "≤5% (below)", "0/160"],
        "event_type": [None, None, "other", "serious"],
        "grade_band": ["3-4", "3-4", None, None],
    }
)


def test_a_bound_points_to_where_the_value_lies() -> None:
    drawn = cells_for_plot(CELLS)
    bounds = drawn.filter(pl.col("is_bound"))
    assert bounds["mark"].to_list() == ["≥5 % →", "← ≤5 %"]
    assert bounds["is_upper_bound"].to_list() == [False, True]


def test_serious_and_other_events_of_one_arm_are_told_apart() -> None:
    assert cells_for_plot(CELLS)["row_label"].to_list() == [
        "R2",
        "D-Rd",
        "Lenalidomide, other events",
        "Lenalidomide, serious events",
    ]
    assert CELLS.select(cell_text()).to_series().to_list() == [
        "50% (n = 176) [42.7–57.3 %]",
        "≥5% (listing threshold)",
        "other: ≤5% (below)",
        "serious: 0/160 [0.0–2.3 %]",
    ]


@pytest.mark.parametrize(("least", "expected"), [(5, ["a", "b"]), (6, ["a"]), (0, ["a", "b", "d"])])
def test_an_upper_bound_reaches_nothing(least: float, expected: list[str]) -> None:
    assert CELLS.filter(reaches(least))["regimen_safety_id"].to_list() == expected


def test_a_finding_is_counted_under_its_kind_in_words() -> None:
    findings = pl.DataFrame(
        {
            "rule_code": ["recomputation", "verification", "new rule"],
            "what": ["2 of 34 is 5.88 %, but 5.8 % is printed", "the document misprints it", "x"],
        }
    )
    assert findings_by_kind(findings)["kind"].to_list() == [
        "recomputed from the printed count, the percentage is another",
        "the document misprints it",
        "new rule",
    ]


def test_a_trials_arms_stand_as_its_report_has_them_and_the_chosen_ones_as_chosen(
    built_home: Home,
) -> None:
    with duckdb.connect(str(built_home.current.resolve()), read_only=True) as con:
        listed = [row[0] for row in con.execute(regimens.ARMS).fetchall()]
        assert listed.index("augment-r2") + 1 == listed.index("augment-placebo-r")
        for pair in (["augment-r2", "augment-placebo-r"], ["augment-placebo-r", "augment-r2"]):
            cells = con.sql(regimens.CELLS, params={"arms": pair}).pl()
            neutropenia = cells.filter(pl.col("term") == "Neutropenia")
            assert neutropenia["arm_id"].to_list() == pair


def test_what_two_groups_are_to_each_other_is_said_once() -> None:
    note = "both groups belong to one arm of the protocol"
    found = pl.DataFrame({"comparability_note": [note, note]})
    assert within_sentences(found) == ["Both groups belong to one arm of the protocol."]
