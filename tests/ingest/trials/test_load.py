"""Registry records into the raw tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.trials.load import LoadedTrial, ingest_trials
from tests.ingest.trials.records import NCT, XML, api_study, write_aact, write_json
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import Home


def load(home: Home, *paths: Path, only: tuple[str, ...] = ()) -> list[LoadedTrial]:
    with write_lock(home, "test"), open_working(home) as con:
        return list(ingest_trials(con, paths, only))


def rows(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.working), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_a_record_is_loaded_once_and_replaced_by_a_newer_one(home: Home, tmp_path: Path) -> None:
    path = write_json(tmp_path / f"{NCT}.json", api_study())
    (first,) = load(home, path)
    assert first.outcome.action == "loaded"
    assert [t.outcome.action for t in load(home, path)] == ["unchanged"]
    xml = tmp_path / f"{NCT}.xml"
    xml.write_text(XML, encoding="utf-8")
    (again,) = load(home, xml)
    assert again.outcome.action == "replaced"
    assert rows(home, "select distinct arm_id from raw.registry_event_groups order by 1") == [
        (f"{NCT}-E1",),
        (f"{NCT}-E2",),
    ]


def test_missing_stays_missing_and_zero_stays_zero(home: Home, tmp_path: Path) -> None:
    load(home, write_json(tmp_path / f"{NCT}.json", api_study()))
    assert rows(
        home,
        "select adverse_event_id, n_affected, n_at_risk from raw.registry_adverse_events "
        "where group_id = 'EG001' order by 1",
    ) == [(f"{NCT}-other-0001-EG001", None, 50), (f"{NCT}-serious-0001-EG001", 0, 50)]


def test_a_count_that_cannot_be_true_is_kept_as_refused(home: Home, tmp_path: Path) -> None:
    (trial,) = load(home, write_aact(tmp_path / "aact"), only=(NCT,))
    assert trial.outcome.rows_refused == 1
    ((reason, content, line),) = rows(home, "select reason, content, line from ops.rejected_rows")
    assert reason == "more participants are affected than were at risk"
    assert "101 of 100" in content
    assert line == 4
    ((rows_in, loaded, refused),) = rows(
        home, "select rows_in, rows_loaded, rows_refused from ops.loads"
    )
    assert rows_in == loaded + refused


@pytest.mark.parametrize(
    ("stats", "reason"),
    [
        ([{"groupId": "EG009", "numAffected": 1, "numAtRisk": 2}], "not among the record's"),
        ([{"groupId": "EG000", "numAffected": -1, "numAtRisk": 2}], "negative"),
        ([{"groupId": "EG000", "numAffected": 1, "numAtRisk": 2}] * 2, "two counts"),
    ],
)
def test_other_faults_are_refused_with_their_reason(
    home: Home, tmp_path: Path, stats: list[dict[str, Any]], reason: str
) -> None:
    study = api_study(otherEvents=[{"term": "Rash", "stats": stats}])
    load(home, write_json(tmp_path / "a.json", study))
    ((found,),) = rows(home, "select reason from ops.rejected_rows")
    assert reason in found


def test_warnings_name_what_the_record_lacks(home: Home, tmp_path: Path) -> None:
    study = api_study()
    del study["resultsSection"]["adverseEventsModule"]["frequencyThreshold"]
    (trial,) = load(home, write_json(tmp_path / "NCT00000001.json", study))
    said = " ".join(w.meaning for w in trial.outcome.warnings)
    assert "without a reporting threshold" in said
    assert "no number of participants" in said
    assert "not the one its file is named after" in said
    assert "deaths" in said


def test_of_several_records_each_has_its_own_load(home: Home, tmp_path: Path) -> None:
    good = api_study("NCT00000001")
    good["resultsSection"]["adverseEventsModule"]["eventGroups"][1]["deathsNumAffected"] = 0
    good["resultsSection"]["adverseEventsModule"]["otherEvents"] = []
    trials = load(home, write_json(tmp_path / "page.json", [good, api_study("NCT00000002")]))
    assert [(t.nct_id, bool(t.outcome.warnings)) for t in trials] == [
        ("NCT00000001", False),
        ("NCT00000002", True),
    ]
    assert rows(home, "select count(*) from ops.loads") == [(2,)]


def test_a_number_that_is_not_in_the_files_is_said(home: Home, tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", api_study())
    with pytest.raises(DataError, match="no record asked for"):
        load(home, path, only=("NCT00000003",))


def test_mds_005_comes_out_as_published(home: Home, shared_data: Path) -> None:
    load(home, shared_data / "clinical" / "NCT01029262.xml")
    assert rows(
        home,
        "select e.event_type, g.title, e.n_affected, e.n_at_risk "
        "from raw.registry_adverse_events e join raw.registry_event_groups g using (arm_id) "
        "where e.term = 'NEUTROPENIA' order by 1, 2",
    ) == [
        ("other", "Lenalidomide", 100, 160),
        ("other", "Placebo", 9, 79),
        ("serious", "Lenalidomide", 3, 160),
        ("serious", "Placebo", 0, 79),
    ]
    assert rows(
        home,
        "select event_type, count(distinct event_position) from raw.registry_adverse_events "
        "group by 1 order by 1",
    ) == [("other", 42), ("serious", 86)]
    assert rows(
        home,
        "select title, serious_affected, serious_at_risk, other_affected from "
        "raw.registry_event_groups order by 1",
    ) == [("Lenalidomide", 61, 160, 156), ("Placebo", 16, 79, 74)]


def test_an_api_record_comes_out_as_posted(home: Home, shared_data: Path) -> None:
    (trial,) = load(home, shared_data / "clinical" / "NCT02552212.json")
    assert trial.outcome.rows_refused == 0
    assert rows(
        home,
        "select event_type, count(distinct event_position), count(*) "
        "from raw.registry_adverse_events group by 1 order by 1",
    ) == [("other", 9, 45), ("serious", 36, 180)]
    assert rows(
        home,
        "select value from raw.registry_baseline where title = 'Baseline count' order by group_id",
    ) == [("158",), ("159",), ("317",)]


def test_the_retired_api_form_is_refused(home: Home, shared_data: Path) -> None:
    with pytest.raises(DataError, match=r"retired FullStudiesResponse .* NCT02028676"):
        load(home, shared_data / "clinical" / "NCT02028676.json")
