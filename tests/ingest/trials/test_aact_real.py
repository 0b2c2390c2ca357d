"""Real records by way of AACT's tables give what their JSON or XML gives."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ingest.trials.files import read_records_of
from ingest.trials.record import TrialRecord
from tests.ingest.trials.aact_tables import tables_of_json, tables_of_xml, write_tables

# The form and its date differ by nature; AACT has no notes on events and no place in a table.
DIFFERENT = {"form", "version", "phase", "arms", "remarks", "baseline", "analyses"}


def one(path: Path) -> TrialRecord:
    (found,) = read_records_of([path])
    return found.record


def posted(record: TrialRecord) -> dict[str, Any]:
    events = tuple(replace(e, place=None, notes=None) for e in record.events)
    fields = asdict(replace(record, events=events))
    return {name: value for name, value in fields.items() if name not in DIFFERENT}


def test_a_real_api_record_is_the_same_by_way_of_aact(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "clinical" / "NCT02552212.json"
    by_json = one(path)
    by_aact = one(write_tables(tmp_path / "aact", tables_of_json(path)))
    assert posted(by_aact) == posted(by_json)
    assert len(by_aact.events) == 5 * (36 + 9)
    assert len(by_aact.outcomes) > 50
    counted = [m for m in by_json.baseline if m.title == "Baseline count"]
    assert list(by_aact.baseline) == counted
    assert [(a.label, a.arm_type, a.description) for a in by_aact.arms] == [
        (a.label, a.arm_type, a.description) for a in by_json.arms
    ]
    # The API names an intervention with its type, AACT keeps the two apart.
    named = [(a.interventions or "").partition(": ")[2] for a in by_json.arms]
    assert [a.interventions for a in by_aact.arms] == named


def test_mds_005_is_the_same_by_way_of_aact(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "clinical" / "NCT01029262.xml"
    by_xml = one(path)
    by_aact = one(write_tables(tmp_path / "aact", tables_of_xml(path)))
    assert by_aact.event_groups == by_xml.event_groups
    assert posted(by_aact)["events"] == posted(by_xml)["events"]
    assert by_aact.frequency_threshold == by_xml.frequency_threshold
    titles = {group.group_id: group.title for group in by_aact.event_groups}
    neutropenia = {
        (e.event_type, titles[e.group_id]): (e.n_affected, e.n_at_risk)
        for e in by_aact.events
        if e.term.lower() == "neutropenia"
    }
    assert sorted(neutropenia.items()) == [
        (("other", "Lenalidomide"), (100, 160)),
        (("other", "Placebo"), (9, 79)),
        (("serious", "Lenalidomide"), (3, 160)),
        (("serious", "Placebo"), (0, 79)),
    ]
