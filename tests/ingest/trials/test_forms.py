"""Each form of a registry record to one and the same kind of record."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.trials.files import read_records_of
from ingest.trials.record import TrialRecord, p_value_parts, percentage, plain_number, whole_number
from tests.ingest.trials.records import NCT, XML, api_study, write_aact, write_json
from warehouse.errors import DataError


def records(*paths: Path, only: tuple[str, ...] = ()) -> list[TrialRecord]:
    return [found.record for found in read_records_of(paths, only)]


def counts(record: TrialRecord) -> dict[tuple[str, str, str], tuple[int | None, int | None]]:
    return {
        (e.event_type, e.term.lower(), e.group_id): (e.n_affected, e.n_at_risk)
        for e in record.events
    }


def test_an_api_study_keeps_what_was_posted(tmp_path: Path) -> None:
    (record,) = records(write_json(tmp_path / f"{NCT}.json", api_study()))
    assert counts(record) == {
        ("serious", "stroke", "EG000"): (2, 100),
        ("serious", "stroke", "EG001"): (0, 50),
        ("other", "neutropenia", "EG000"): (60, 100),
        ("other", "neutropenia", "EG001"): (None, 50),
    }
    drug, placebo = record.event_groups
    assert (drug.deaths_affected, drug.deaths_at_risk) == (2, 100)
    assert placebo.deaths_affected is None
    assert record.frequency_threshold == "5"
    assert record.events[0].n_events == 3
    assert record.events[0].vocabulary == "MedDRA19.0"
    assert record.events[2].assessment_type is None
    (outcome,) = record.outcomes
    assert (outcome.value, outcome.lower_limit, outcome.n_analysed) == ("61.0", "51.2", 100)
    assert record.analyses[0].p_value_as_posted == "<0.001"


@pytest.mark.parametrize("wrap", [list, lambda s: {"studies": s}, lambda s: [{"studies": s}]])
def test_a_page_and_a_list_of_studies_are_read(tmp_path: Path, wrap: object) -> None:
    studies = [api_study("NCT00000001"), api_study("NCT00000002")]
    path = write_json(tmp_path / "page.json", wrap(studies))  # type: ignore[operator]
    assert [r.nct_id for r in records(path)] == ["NCT00000001", "NCT00000002"]
    assert [r.nct_id for r in records(path, only=("NCT00000002",))] == ["NCT00000002"]


def test_totals_are_told_by_their_words_under_any_category(tmp_path: Path) -> None:
    as_given, renamed = tmp_path / "a.xml", tmp_path / "b.xml"
    as_given.write_text(XML)
    renamed.write_text(XML.replace("<title>Total</title>", "<title>Summary</title>"))
    (usual,), (other,) = records(as_given), records(renamed)
    assert other.events == usual.events
    assert [g.serious_affected for g in other.event_groups] == [1, 7]


def test_a_zip_of_records_is_read(tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{NCT}.xml", XML)
        archive.writestr("readme.txt", "no record")
    (record,) = records(path)
    assert record.nct_id == NCT


def test_a_study_without_results_has_no_events(tmp_path: Path) -> None:
    study = api_study()
    del study["resultsSection"]
    (record,) = records(write_json(tmp_path / "a.json", study))
    assert record.events == record.event_groups == record.outcomes == ()


def test_the_xml_total_belongs_to_its_groups(tmp_path: Path) -> None:
    path = tmp_path / f"{NCT}.xml"
    path.write_text(XML, encoding="utf-8")
    (record,) = records(path)
    assert [e.term for e in record.events] == ["NEUTROPENIA"] * 3
    assert [e.position for e in record.events] == [1, 1, 1]
    assert {g.title: g.serious_affected for g in record.event_groups} == {"Placebo": 1, "Drug": 7}
    assert record.events[1].n_events == 4
    assert record.events[0].vocabulary == "own words"


def test_aact_tables_are_read_together(tmp_path: Path) -> None:
    folder = write_aact(tmp_path / "aact")
    (record,) = records(folder, only=(NCT,))
    assert counts(record)["other", "neutropenia", "EG000"] == (60, 100)
    assert counts(record)["serious", "neutropenia", "EG000"] == (3, 100)
    (group,) = record.event_groups
    assert (group.title, group.deaths_affected, group.serious_affected) == ("Drug", 2, 7)
    assert record.brief_title == "A trial\nover two lines"
    assert record.outcomes[0].value == "61.0"
    assert record.analyses[0].p_value_as_posted == "<0.001"
    assert {r.nct_id for r in records(folder)} == {NCT, "NCT08888888"}


def test_aact_tables_of_two_folders_are_two_extracts(tmp_path: Path) -> None:
    first, second = (write_aact(tmp_path / name) for name in ("first", "second"))
    other = "NCT07777777"
    for table in second.iterdir():
        table.write_text(table.read_text(encoding="utf-8").replace(NCT, other), encoding="utf-8")
    assert sorted(r.nct_id for r in records(first, second, first)) == [
        other,
        "NCT08888888",
        "NCT08888888",
        NCT,
    ]
    found = list(read_records_of([first, *sorted(second.iterdir())], only=(other,)))
    assert [(f.record.nct_id, f.path) for f in found] == [(other, second / "reported_events.txt")]
    assert [g.title for g in found[0].record.event_groups] == ["Drug"]
    assert list(read_records_of([first], only=("NCT00000001",))) == []


def test_two_files_of_one_aact_table_are_refused(tmp_path: Path) -> None:
    folder = write_aact(tmp_path / "aact")
    (folder / "studies.csv").write_text("nct_id|brief_title\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"studies\.csv is the same table") as refusal:
        records(folder)
    assert refusal.value.file == folder / "studies.txt"


def test_aact_tables_without_a_study_are_refused(tmp_path: Path) -> None:
    events = write_aact(tmp_path / "aact") / "reported_events.txt"
    events.write_text(events.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="no study with results"):
        records(events)


def test_a_name_that_is_another_number_is_remarked(tmp_path: Path) -> None:
    (record,) = records(write_json(tmp_path / "NCT00000009.json", api_study()))
    assert "NCT00000009.json" in record.remarks[0]
    assert NCT in record.remarks[0]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "v1.json",
            '{"FullStudiesResponse": {"x": "NCT02028676"}}',
            "imid ingest trial NCT02028676",
        ),
        ("cut.json", '{"protocolSection": {', "not JSON"),
        ("other.json", '{"a": 1}', "no study of the ClinicalTrials.gov API"),
        ("empty.json", '{"studies": []}', "holds no study"),
        ("shape.json", '{"protocolSection": {"identificationModule": {}}}', "not shaped as"),
        ("bad.json", '{"protocolSection": {"identificationModule": {"nctId": "X"}}}', "no NCT"),
        ("cut.xml", "<clinical_study><id", "not well-formed"),
        ("other.xml", "<html></html>", "no clinical_study"),
        (
            "group.xml",
            XML.replace('<group group_id="E1">', "<group>"),
            "a group of its results has no group_id",
        ),
        ("bomb.xml", '<!DOCTYPE x [<!ENTITY a "b">]><clinical_study/>', "declares"),
        ("notes.txt", "hello", "no registry record"),
    ],
)
def test_what_is_no_record_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=words) as refusal:
        records(path)
    assert refusal.value.file == path


def test_aact_tables_without_what_is_needed_are_refused(tmp_path: Path) -> None:
    (tmp_path / "studies.txt").write_text("nct_id|brief_title\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"need reported_events\.txt"):
        records(tmp_path / "studies.txt")
    events = tmp_path / "reported_events.txt"
    events.write_text("nct_id|event_type\nNCT1|serious\n", encoding="utf-8")
    with pytest.raises(DataError, match="column ctgov_group_code is missing"):
        records(events)
    events.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="pipe-delimited"):
        records(events)


def test_posted_numbers_are_read_as_what_they_are() -> None:
    assert whole_number("1,234") == 1234
    assert whole_number("3.5") is None
    assert whole_number(None) is None
    assert plain_number("NA") is None
    assert plain_number("-2.5") == -2.5
    assert percentage("5%") == 5
    assert percentage("about 5") is None
    assert p_value_parts("< 0.001") == ("<", 0.001)
    assert p_value_parts("=0.247") == ("=", 0.247)
    assert p_value_parts("not significant") == (None, None)
