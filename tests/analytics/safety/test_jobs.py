"""Rates and comparisons from loaded records, computed once and again only when they change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analytics.safety.jobs import analyze_safety
from ingest.trials.load import ingest_trials
from tests.ingest.trials.records import NCT, api_study, write_json
from warehouse.connections import open_working, write_lock
from warehouse.home import Home


def analyzed(home: Home, *files: Path) -> tuple[tuple[int, int], tuple[int, int], list[Any]]:
    with write_lock(home, "test"), open_working(home) as con:
        list(ingest_trials(con, files))
        first, second = analyze_safety(con), analyze_safety(con)
        rows = con.execute(
            "select term_key, band, arm_id, comparator_arm_id, n_affected_lo, "
            "comparator_n_affected_lo, risk_difference_lo from "
            "analytics.adverse_event_comparisons order by 1"
        ).fetchall()
    return first, second, rows


def test_arms_of_a_record_are_compared_with_placebo(home: Home, tmp_path: Path) -> None:
    study = api_study()
    groups = study["resultsSection"]["adverseEventsModule"]["eventGroups"]
    groups.reverse()
    first, second, rows = analyzed(home, write_json(tmp_path / "a.json", study))
    # The placebo group posts no count of neutropenia: three counts, one comparison.
    assert first == (3, 1)
    assert second == (0, 0)
    assert rows == [
        ("stroke", "serious", f"{NCT}-EG000", f"{NCT}-EG001", 2, 0, pytest.approx(0.02))
    ]


@pytest.mark.parametrize("model", ["CROSSOVER", "FACTORIAL"])
def test_groups_that_hold_the_same_people_by_design_are_not_compared(
    home: Home, tmp_path: Path, model: str
) -> None:
    study = api_study()
    design = study["protocolSection"]["designModule"]["designInfo"]
    design["interventionModel"] = model
    first, _, rows = analyzed(home, write_json(tmp_path / "a.json", study))
    assert first == (3, 0)
    assert rows == []


def test_a_new_record_makes_the_results_stale(home: Home, tmp_path: Path) -> None:
    analyzed(home, write_json(tmp_path / "a.json", api_study()))
    first, _, rows = analyzed(home, write_json(tmp_path / "b.json", api_study("NCT00000002")))
    assert first == (6, 2)
    assert {row[2].split("-")[0] for row in rows} == {NCT, "NCT00000002"}


@pytest.mark.parametrize("method", ["RATED", "COMPARED", "ANCHORED"])
def test_another_method_makes_the_results_stale(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    first, second, _ = analyzed(home, write_json(tmp_path / "a.json", api_study()))
    assert (first, second) == ((3, 1), (0, 0))
    monkeypatch.setattr(f"analytics.safety.jobs.{method}", "computed otherwise")
    with write_lock(home, "test"), open_working(home) as con:
        assert analyze_safety(con) == (3, 1)
        assert analyze_safety(con) == (0, 0)


def test_results_that_name_no_method_are_stale(home: Home, tmp_path: Path) -> None:
    analyzed(home, write_json(tmp_path / "a.json", api_study()))
    with write_lock(home, "test"), open_working(home) as con:
        con.execute("update analytics.safety_inputs set method = null")
        assert analyze_safety(con) == (3, 1)


def test_mds_005_against_placebo(home: Home, shared_data: Path) -> None:
    first, _, rows = analyzed(home, shared_data / "clinical" / "NCT01029262.xml")
    assert first == (256, 128)
    (serious, other) = sorted(
        (row for row in rows if row[0] == "neutropenia"), key=lambda row: row[4]
    )
    assert serious[1:6] == ("serious", "NCT01029262-E2", "NCT01029262-E1", 3, 0)
    assert other[1:6] == ("other", "NCT01029262-E2", "NCT01029262-E1", 100, 9)
