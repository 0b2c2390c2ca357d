"""AACT: pipe-delimited tables of the ClinicalTrials.gov mirror of CTTI, one file per table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.exceptions import PolarsError

from ingest.trials.record import (
    Analysis,
    ArmGroup,
    EventCount,
    EventGroup,
    Measurement,
    TrialRecord,
    joined,
    text_or_none,
    whole_number,
)
from ingest.trials.totals import with_totals
from warehouse.errors import DataError

FORM: Final = "AACT tables"
TABLES: Final = (
    "studies",
    "designs",
    "conditions",
    "design_groups",
    "interventions",
    "design_group_interventions",
    "result_groups",
    "reported_events",
    "reported_event_totals",
    "baseline_counts",
    "baseline_measurements",
    "outcomes",
    "outcome_counts",
    "outcome_measurements",
    "outcome_analyses",
    "outcome_analysis_groups",
)
# A whole extract holds the registry; it is not loaded by mistake.
MOST_STUDIES: Final = 2_000
_MARK: Final = b"|"
_BLOCK: Final = 1 << 22
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "reported_events": (
        "nct_id",
        "ctgov_group_code",
        "event_type",
        "subjects_affected",
        "subjects_at_risk",
        "organ_system",
        "adverse_event_term",
    ),
    "result_groups": ("nct_id", "ctgov_group_code", "title"),
    "studies": ("nct_id", "brief_title"),
}

_EVENTS: Final = "reported_events"

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Extract:
    """The tables of one extract.

    Attributes
    ----------
    events
        The table of adverse events, which the places of counts refer to.
    files
        Every table's file by the table's name.
    """

    events: Path
    files: Mapping[str, Path]


def is_table(path: Path) -> bool:
    """Return whether a file is named like a table of AACT."""
    return path.stem.lower() in TABLES and path.suffix.lower() in {".txt", ".csv", ".psv"}


def extracts(paths: Sequence[Path]) -> list[Extract]:
    """Return the files of tables as extracts: those of one folder belong together.

    Parameters
    ----------
    paths
        One file per table, each named after it (``reported_events.txt``); ``reported_events``
        is needed, the rest adds titles, totals, arms, baseline and outcomes.

    Raises
    ------
    DataError
        If a folder has no table of events, or two files for one table.
    """
    by_folder: dict[Path, dict[str, Path]] = {}
    for path in paths:
        held = by_folder.setdefault(path.parent.resolve(), {})
        other = held.setdefault(path.stem.lower(), path)
        if other.resolve() != path.resolve():
            raise DataError(
                f"{other.name} is the same table of the same folder; one file was expected.", path
            )
    for files in by_folder.values():
        if _EVENTS not in files:
            raise DataError(
                f"AACT tables need {_EVENTS}.txt among them, in one folder.",
                next(iter(files.values())),
            )
    return [Extract(files[_EVENTS], files) for files in by_folder.values()]


def read_tables(extract: Extract, only: Collection[str] = ()) -> Iterator[TrialRecord]:
    """Yield the trials of an extract.

    Parameters
    ----------
    only
        NCT numbers to read; empty for all of the extract.

    Raises
    ------
    DataError
        If a table lacks a column, or the extract holds no study, or more than are loaded at once
        without naming them.
    """
    files = extract.files
    tables = {name: _read(path, only) for name, path in files.items()}
    ids = sorted(set(tables[_EVENTS]["nct_id"]) | set(_column(tables, "outcomes")))
    if len(ids) > MOST_STUDIES:
        raise DataError(
            f"this extract holds results of {len(ids):,} studies; name those to load with --only "
            "NCT01234567 (it may be given several times).",
            extract.events,
        )
    if not ids and not only:
        raise DataError("the tables hold no study with results.", extract.events)
    by_study = {
        name: {key[0]: part.to_dicts() for key, part in frame.group_by("nct_id")}
        for name, frame in tables.items()
    }
    for nct_id in ids:
        yield _record(nct_id, {name: parts.get(nct_id, []) for name, parts in by_study.items()})


def _column(tables: Mapping[str, pl.DataFrame], name: str) -> list[str]:
    return tables[name]["nct_id"].to_list() if name in tables else []


def _read(path: Path, only: Collection[str]) -> pl.DataFrame:
    _require_whole(path)
    try:
        scan = pl.scan_csv(path, separator="|", infer_schema=False, row_index_name="place")
        if "nct_id" not in scan.collect_schema().names():
            raise DataError(
                "the column nct_id is missing; AACT tables are pipe-delimited.", path, 1
            )
        frame = (scan.filter(pl.col("nct_id").is_in(list(only))) if only else scan).collect()
    except (PolarsError, OSError) as error:
        raise DataError(
            f"this is no pipe-delimited table ({str(error).splitlines()[0]}).", path
        ) from error
    for column in _NEEDED.get(path.stem.lower(), ()):
        if column not in frame.columns:
            raise DataError(f"the column {column} is missing.", path, 1)
    return frame


def _require_whole(path: Path) -> None:
    """Refuse what polars would fill up with nulls: a cut file, or a row that is too short.

    Raises
    ------
    DataError
        Naming the line. Rows are counted only where no quote stands, as one may hold a line end.
    """
    marks = quotes = lines = 0
    last = b""
    with path.open("rb") as handle:
        first = handle.readline().count(_MARK)
        while block := handle.read(_BLOCK):
            if b"\0" in block:
                raise DataError("this is a binary file; a text table was expected.", path)
            marks += block.count(_MARK)
            quotes += block.count(b'"')
            lines += block.count(b"\n")
            last = block[-1:]
        if last not in {b"", b"\n"}:
            raise DataError("the last line has no end, so the file may be cut.", path)
        if quotes or marks == lines * first:
            return
        handle.seek(0)
        for number, line in enumerate(handle, start=1):
            if line.strip() and line.count(_MARK) != first:
                raise DataError(
                    f"{line.count(_MARK) + 1} fields; the header has {first + 1}.", path, number
                )


def _record(nct_id: str, tables: Mapping[str, Rows]) -> TrialRecord:
    study = _first(tables, "studies")
    design = _first(tables, "designs")
    events = _events(tables.get("reported_events", []))
    groups, kept = with_totals(tuple(_groups(tables, events)), tuple(events))
    reported = _first(tables, "reported_events")
    outcomes = {
        str(row.get("id")): (position, row)
        for position, row in enumerate(tables.get("outcomes", []), start=1)
    }
    return TrialRecord(
        nct_id=nct_id,
        form=FORM,
        brief_title=text_or_none(study.get("brief_title")) or nct_id,
        official_title=text_or_none(study.get("official_title")),
        acronym=text_or_none(study.get("acronym")),
        status=text_or_none(study.get("overall_status")),
        phase=text_or_none(study.get("phase")),
        study_type=text_or_none(study.get("study_type")),
        allocation=text_or_none(design.get("allocation")),
        intervention_model=text_or_none(design.get("intervention_model")),
        masking=text_or_none(design.get("masking")),
        enrollment=whole_number(study.get("enrollment")),
        conditions=joined([str(row.get("name") or "") for row in tables.get("conditions", [])]),
        start_date=text_or_none(study.get("start_date")),
        completion_date=text_or_none(study.get("completion_date")),
        version=text_or_none(study.get("last_update_posted_date")),
        event_time_frame=text_or_none(reported.get("time_frame")),
        event_description=text_or_none(reported.get("description")),
        frequency_threshold=_threshold(tables.get("reported_events", [])),
        arms=tuple(_arms(tables)),
        event_groups=groups,
        events=kept,
        baseline=tuple(_baseline(tables)),
        outcomes=tuple(_outcomes(tables, outcomes)),
        analyses=tuple(_analyses(tables, outcomes)),
    )


def _first(tables: Mapping[str, Rows], name: str) -> Mapping[str, Any]:
    rows = tables.get(name) or [{}]
    return rows[0]


def _arms(tables: Mapping[str, Rows]) -> Iterator[ArmGroup]:
    names = {
        str(row.get("id")): str(row.get("name") or "") for row in tables.get("interventions", [])
    }
    given: dict[str, list[str]] = {}
    for row in tables.get("design_group_interventions", []):
        name = names.get(str(row.get("intervention_id")), "")
        given.setdefault(str(row.get("design_group_id")), []).append(name)
    for row in tables.get("design_groups", []):
        yield ArmGroup(
            str(row.get("title") or ""),
            text_or_none(row.get("group_type")),
            text_or_none(row.get("description")),
            joined(given.get(str(row.get("id")), [])),
        )


def _threshold(rows: Rows) -> str | None:
    posted = [
        str(row["frequency_threshold"])
        for row in rows
        if row.get("frequency_threshold") is not None and row.get("event_type") == "other"
    ]
    return posted[0] if posted else None


def _events(rows: Rows) -> list[EventCount]:
    numbers: dict[tuple[str, str | None, str], int] = {}
    last = {"serious": 0, "other": 0}
    events = []
    for row in rows:
        event_type = str(row["event_type"]).strip().lower()
        if event_type != "serious" and event_type != "other":
            continue
        term = str(row["adverse_event_term"] or "").strip()
        key = (event_type, text_or_none(row["organ_system"]), term)
        if key not in numbers:
            last[event_type] += 1
            numbers[key] = last[event_type]
        events.append(
            EventCount(
                event_type="serious" if event_type == "serious" else "other",
                position=numbers[key],
                group_id=str(row["ctgov_group_code"]),
                term=term,
                organ_system=key[1],
                n_affected=whole_number(row["subjects_affected"]),
                n_at_risk=whole_number(row["subjects_at_risk"]),
                n_events=whole_number(row.get("event_count")),
                vocabulary=text_or_none(row.get("vocab") or row.get("default_vocab")),
                assessment_type=text_or_none(
                    row.get("assessment") or row.get("default_assessment")
                ),
                place=int(row["place"]) + 2,
            )
        )
    return events


def _groups(tables: Mapping[str, Rows], events: Sequence[EventCount]) -> Iterator[EventGroup]:
    described = {
        str(row["ctgov_group_code"]): row
        for row in tables.get("result_groups", [])
        if str(row.get("result_type") or "Reported Event") == "Reported Event"
    }
    totals: dict[tuple[str, str], tuple[int | None, int | None]] = {}
    for row in tables.get("reported_event_totals", []):
        affected, at_risk = row.get("subjects_affected"), row.get("subjects_at_risk")
        totals[str(row["ctgov_group_code"]), str(row["event_type"]).lower()] = (
            whole_number(affected),
            whole_number(at_risk),
        )
    for code in dict.fromkeys([*described, *(e.group_id for e in events)]):
        row = described.get(code, {})
        deaths, serious, other = (
            totals.get((code, kind), (None, None)) for kind in ("deaths", "serious", "other")
        )
        yield EventGroup(
            code,
            text_or_none(row.get("title")) or code,
            text_or_none(row.get("description")),
            *deaths,
            *serious,
            *other,
        )


def _titles(tables: Mapping[str, Rows]) -> dict[str, str | None]:
    return {
        str(row.get("id")): text_or_none(row.get("title"))
        for row in tables.get("result_groups", [])
    }


def _baseline(tables: Mapping[str, Rows]) -> Iterator[Measurement]:
    titles = _titles(tables)
    for row in tables.get("baseline_counts", []):
        yield Measurement(
            position=0,
            title="Baseline count",
            group_id=str(row.get("ctgov_group_code")),
            group_title=titles.get(str(row.get("result_group_id"))),
            unit=text_or_none(row.get("units")),
            value=text_or_none(row.get("count")),
        )
    positions: dict[str, int] = {}
    for row in tables.get("baseline_measurements", []):
        title = str(row.get("title") or "")
        yield _value(row, positions.setdefault(title, len(positions) + 1), title, titles, {})


def _outcomes(
    tables: Mapping[str, Rows], outcomes: Mapping[str, tuple[int, Mapping[str, Any]]]
) -> Iterator[Measurement]:
    titles = _titles(tables)
    analysed = {
        (str(row.get("outcome_id")), str(row.get("ctgov_group_code"))): whole_number(
            row.get("count")
        )
        for row in tables.get("outcome_counts", [])
        if str(row.get("scope") or "Measure") == "Measure"
    }
    for row in tables.get("outcome_measurements", []):
        outcome_id = str(row.get("outcome_id"))
        position, outcome = outcomes.get(outcome_id, (0, {}))
        title = str(outcome.get("title") or row.get("title") or "")
        group = str(row.get("ctgov_group_code"))
        yield _value(
            row, position, title, titles, {**outcome, "n": analysed.get((outcome_id, group))}
        )


def _value(
    row: Mapping[str, Any],
    position: int,
    title: str,
    titles: Mapping[str, str | None],
    outcome: Mapping[str, Any],
) -> Measurement:
    return Measurement(
        position=position,
        title=title,
        group_id=str(row.get("ctgov_group_code")),
        group_title=titles.get(str(row.get("result_group_id"))),
        outcome_type=text_or_none(outcome.get("outcome_type")),
        description=text_or_none(outcome.get("description") or row.get("description")),
        time_frame=text_or_none(outcome.get("time_frame")),
        population=text_or_none(outcome.get("population")),
        param_type=text_or_none(row.get("param_type")),
        dispersion_type=text_or_none(row.get("dispersion_type")),
        unit=text_or_none(row.get("units")),
        class_title=text_or_none(row.get("classification")),
        category_title=text_or_none(row.get("category")),
        value=text_or_none(row.get("param_value")),
        spread=text_or_none(row.get("dispersion_value")),
        lower_limit=text_or_none(row.get("dispersion_lower_limit")),
        upper_limit=text_or_none(row.get("dispersion_upper_limit")),
        comment=text_or_none(row.get("explanation_of_na")),
        n_analysed=whole_number(outcome.get("n")),
    )


def _analyses(
    tables: Mapping[str, Rows], outcomes: Mapping[str, tuple[int, Mapping[str, Any]]]
) -> Iterator[Analysis]:
    groups: dict[str, list[str]] = {}
    for row in tables.get("outcome_analysis_groups", []):
        key = str(row.get("outcome_analysis_id"))
        groups.setdefault(key, []).append(str(row.get("ctgov_group_code")))
    last: dict[int, int] = {}
    for row in tables.get("outcome_analyses", []):
        position = outcomes.get(str(row.get("outcome_id")), (0, {}))[0]
        last[position] = last.get(position, 0) + 1
        sign = str(row.get("p_value_modifier") or "")
        p_value = text_or_none(row.get("p_value"))
        yield Analysis(
            outcome_position=position,
            position=last[position],
            group_ids=joined(groups.get(str(row.get("id")), [])),
            method=text_or_none(row.get("method")),
            p_value_as_posted=f"{sign}{p_value}" if p_value else None,
            param_type=text_or_none(row.get("param_type")),
            param_value=text_or_none(row.get("param_value")),
            ci_pct=text_or_none(row.get("ci_percent")),
            ci_lower=text_or_none(row.get("ci_lower_limit")),
            ci_upper=text_or_none(row.get("ci_upper_limit")),
            non_inferiority_type=text_or_none(row.get("non_inferiority_type")),
            description=text_or_none(row.get("groups_description")),
        )
