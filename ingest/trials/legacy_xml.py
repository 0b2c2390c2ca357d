"""The retired ClinicalTrials.gov XML, one ``clinical_study`` per file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from ingest.trials.record import (
    NCT_ID,
    Analysis,
    ArmGroup,
    EventCount,
    EventGroup,
    EventType,
    Measurement,
    TrialRecord,
    joined,
    text_or_none,
    whole_number,
)
from ingest.trials.totals import with_totals
from ingest.xmlfile import parse_xml
from warehouse.errors import DataError

FORM: Final = "ClinicalTrials.gov XML (retired)"

Element = ElementTree.Element


def read_xml(path: Path, data: bytes) -> TrialRecord:
    """Read one study.

    Raises
    ------
    DataError
        If it is not well-formed XML, declares entities, is no ``clinical_study`` with an NCT
        number, or has a group of results without an id.
    """
    try:
        root = parse_xml(path, data)
    except ElementTree.ParseError as error:
        raise DataError(
            f"this is not well-formed XML ({error}); download it again.", path, error.position[0]
        ) from error
    nct_id = _text(root, "id_info/nct_id")
    if root.tag != "clinical_study" or not nct_id or not NCT_ID.fullmatch(nct_id):
        raise DataError("this is no clinical_study of ClinicalTrials.gov with an NCT number.", path)
    try:
        return _record(root, nct_id)
    except KeyError as error:
        raise DataError(f"a group of its results has no {error.args[0]}.", path) from error


def _record(root: Element, nct_id: str) -> TrialRecord:
    results = root.find("clinical_results")
    groups: tuple[EventGroup, ...] = ()
    events: tuple[EventCount, ...] = ()
    reported = results.find("reported_events") if results is not None else None
    if reported is not None:
        groups, events = with_totals(
            tuple(_event_groups(reported)),
            (*_events(reported, "serious"), *_events(reported, "other")),
        )
    outcomes = results.findall("outcome_list/outcome") if results is not None else []
    baseline = results.find("baseline") if results is not None else None
    return TrialRecord(
        nct_id=nct_id,
        form=FORM,
        brief_title=_text(root, "brief_title") or nct_id,
        official_title=_text(root, "official_title"),
        acronym=_text(root, "acronym"),
        status=_text(root, "overall_status"),
        phase=_text(root, "phase"),
        study_type=_text(root, "study_type"),
        allocation=_text(root, "study_design_info/allocation"),
        intervention_model=_text(root, "study_design_info/intervention_model"),
        masking=_text(root, "study_design_info/masking"),
        enrollment=whole_number(_text(root, "enrollment")),
        conditions=joined([c.text or "" for c in root.findall("condition")]),
        start_date=_text(root, "start_date"),
        completion_date=_text(root, "completion_date"),
        version=_text(root, "required_header/download_date"),
        event_time_frame=_text(reported, "time_frame"),
        event_description=_text(reported, "desc"),
        frequency_threshold=_text(reported, "other_events/frequency_threshold"),
        arms=tuple(_arms(root)),
        event_groups=groups,
        events=events,
        baseline=tuple(_baseline(baseline)),
        outcomes=tuple(v for p, o in enumerate(outcomes, start=1) for v in _outcome(p, o)),
        analyses=tuple(a for p, o in enumerate(outcomes, start=1) for a in _analyses(p, o)),
    )


def _text(element: Element | None, path: str) -> str | None:
    return text_or_none(element.findtext(path)) if element is not None else None


def _arms(root: Element) -> Iterator[ArmGroup]:
    for arm in root.findall("arm_group"):
        label = _text(arm, "arm_group_label") or ""
        given = [
            _text(intervention, "intervention_name") or ""
            for intervention in root.findall("intervention")
            if label in [text_or_none(g.text) for g in intervention.findall("arm_group_label")]
        ]
        yield ArmGroup(
            label, _text(arm, "arm_group_type"), _text(arm, "description"), joined(given)
        )


def _event_groups(reported: Element) -> Iterator[EventGroup]:
    for group in reported.findall("group_list/group"):
        group_id = group.attrib["group_id"]
        yield EventGroup(group_id, _text(group, "title") or group_id, _text(group, "description"))


def _events(reported: Element, event_type: EventType) -> Iterator[EventCount]:
    section = reported.find(f"{event_type}_events")
    if section is None:
        return
    vocabulary, assessment = _text(section, "default_vocab"), _text(section, "default_assessment")
    position = 0
    for category in section.findall("category_list/category"):
        for event in category.findall("event_list/event"):
            position += 1
            title = event.find("sub_title")
            own = text_or_none(title.get("vocab")) if title is not None else None
            for counts in event.findall("counts"):
                yield EventCount(
                    event_type=event_type,
                    position=position,
                    group_id=counts.get("group_id", ""),
                    term=_text(event, "sub_title") or "",
                    organ_system=_text(category, "title"),
                    n_affected=whole_number(counts.get("subjects_affected")),
                    n_at_risk=whole_number(counts.get("subjects_at_risk")),
                    n_events=whole_number(counts.get("events")),
                    vocabulary=own or vocabulary,
                    assessment_type=_text(event, "assessment") or assessment,
                    notes=_text(event, "description"),
                )


def _group_titles(element: Element) -> dict[str, str | None]:
    return {g.attrib["group_id"]: _text(g, "title") for g in element.findall("group_list/group")}


def _baseline(baseline: Element | None) -> Iterator[Measurement]:
    if baseline is None:
        return
    titles = _group_titles(baseline)
    for analysed in baseline.findall("analyzed_list/analyzed"):
        for count in analysed.findall("count_list/count"):
            group_id = count.get("group_id", "")
            yield Measurement(
                position=0,
                title="Baseline count",
                group_id=group_id,
                group_title=titles.get(group_id),
                unit=_text(analysed, "units"),
                value=text_or_none(count.get("value")),
            )
    for position, measure in enumerate(baseline.findall("measure_list/measure"), start=1):
        yield from _values(measure, position, titles, None)


def _outcome(position: int, outcome: Element) -> Iterator[Measurement]:
    for measure in outcome.findall("measure"):
        yield from _values(measure, position, _group_titles(outcome), outcome)


def _values(
    measure: Element,
    position: int,
    titles: dict[str, str | None],
    outcome: Element | None,
) -> Iterator[Measurement]:
    analysed = {
        count.get("group_id", ""): whole_number(count.get("value"))
        for count in measure.findall("analyzed_list/analyzed[1]/count_list/count")
    }
    # Records of before 2017 have the categories right under the measure.
    for part in measure.findall("class_list/class") or [measure]:
        for category in part.findall("category_list/category"):
            for value in category.findall("measurement_list/measurement"):
                group_id = value.get("group_id", "")
                yield Measurement(
                    position=position,
                    title=_text(outcome, "title") or _text(measure, "title") or "",
                    group_id=group_id,
                    group_title=titles.get(group_id),
                    outcome_type=_text(outcome, "type"),
                    description=_text(measure, "description"),
                    time_frame=_text(outcome, "time_frame"),
                    population=_text(outcome, "population"),
                    param_type=_text(measure, "param"),
                    dispersion_type=_text(measure, "dispersion"),
                    unit=_text(measure, "units"),
                    class_title=None if part is measure else _text(part, "title"),
                    category_title=_text(category, "title") or _text(category, "sub_title"),
                    value=text_or_none(value.get("value")),
                    spread=text_or_none(value.get("spread")),
                    lower_limit=text_or_none(value.get("lower_limit")),
                    upper_limit=text_or_none(value.get("upper_limit")),
                    comment=text_or_none(value.text),
                    n_analysed=analysed.get(group_id),
                )


def _analyses(position: int, outcome: Element) -> Iterator[Analysis]:
    for place, analysis in enumerate(outcome.findall("analysis_list/analysis"), start=1):
        yield Analysis(
            outcome_position=position,
            position=place,
            group_ids=joined([g.text or "" for g in analysis.findall("group_id_list/group_id")]),
            method=_text(analysis, "method"),
            p_value_as_posted=_text(analysis, "p_value"),
            param_type=_text(analysis, "param_type"),
            param_value=_text(analysis, "param_value"),
            ci_pct=_text(analysis, "ci_percent"),
            ci_lower=_text(analysis, "ci_lower_limit"),
            ci_upper=_text(analysis, "ci_upper_limit"),
            non_inferiority_type=_text(analysis, "non_inferiority_type"),
            description=_text(analysis, "groups_desc") or _text(analysis, "method_desc"),
        )
