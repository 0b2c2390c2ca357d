"""ClinicalTrials.gov API v2 JSON: one study, a page of studies, or a list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

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
from warehouse.errors import DataError

FORM: Final = "ClinicalTrials.gov API v2 JSON"
RETIRED: Final = (
    "this is the retired FullStudiesResponse form of the ClinicalTrials.gov API, which is no "
    "longer kept up. Download the study again as JSON from "
    "https://clinicaltrials.gov/api/v2/studies/{nct_id}, or run `imid ingest trial {nct_id}`."
)

Node = Mapping[str, Any]


def read_studies(path: Path, content: object) -> Iterator[TrialRecord]:
    """Yield the trials of a parsed JSON file.

    Raises
    ------
    DataError
        If it is the retired form, holds no study, or a study has no NCT number.
    """
    studies = _studies(path, content)
    if not studies:
        raise DataError("the file holds no study.", path)
    for position, study in enumerate(studies, start=1):
        yield read_study(path, study, position)


def _studies(path: Path, content: object) -> list[Node]:
    if isinstance(content, list):
        return [study for item in content for study in _studies(path, item)]
    if isinstance(content, dict):
        if retired := {"FullStudiesResponse", "FullStudies", "Study", "StudyFieldsResponse"} & set(
            content
        ):
            nct = NCT_ID.search(str(content[next(iter(retired))]))
            raise DataError(RETIRED.format(nct_id=nct[0] if nct else "NCT00000000"), path)
        if "studies" in content:
            return _studies(path, content["studies"])
        if "protocolSection" in content:
            return [content]
    raise DataError(
        "this is no study of the ClinicalTrials.gov API: a protocolSection or a list of studies "
        "was expected.",
        path,
    )


def read_study(path: Path, study: Node, position: int = 1) -> TrialRecord:
    """Return one study of the API as a record.

    Raises
    ------
    DataError
        If it has no NCT number or its parts are not shaped as the API shapes them.
    """
    try:
        return _record(study)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"study {position} is not shaped as the ClinicalTrials.gov API shapes it "
            f"({type(error).__name__}: {error}).",
            path,
        ) from error


def _record(study: Node) -> TrialRecord:
    protocol = study["protocolSection"]
    identity = protocol["identificationModule"]
    nct_id = str(identity["nctId"])
    if not NCT_ID.fullmatch(nct_id):
        raise ValueError(f"{nct_id!r} is no NCT number")
    status = protocol.get("statusModule", {})
    design = protocol.get("designModule", {})
    info = design.get("designInfo", {})
    results = study.get("resultsSection", {})
    adverse = results.get("adverseEventsModule", {})
    measures = results.get("outcomeMeasuresModule", {}).get("outcomeMeasures", [])
    version = study.get("derivedSection", {}).get("miscInfoModule", {}).get("versionHolder")
    return TrialRecord(
        nct_id=nct_id,
        form=FORM,
        brief_title=text_or_none(identity.get("briefTitle")) or nct_id,
        official_title=text_or_none(identity.get("officialTitle")),
        acronym=text_or_none(identity.get("acronym")),
        status=text_or_none(status.get("overallStatus")),
        phase=joined(design.get("phases", [])),
        study_type=text_or_none(design.get("studyType")),
        allocation=text_or_none(info.get("allocation")),
        intervention_model=text_or_none(info.get("interventionModel")),
        masking=text_or_none(info.get("maskingInfo", {}).get("masking")),
        enrollment=whole_number(design.get("enrollmentInfo", {}).get("count")),
        conditions=joined(protocol.get("conditionsModule", {}).get("conditions", [])),
        start_date=text_or_none(status.get("startDateStruct", {}).get("date")),
        completion_date=text_or_none(status.get("completionDateStruct", {}).get("date")),
        version=text_or_none(version)
        or text_or_none(status.get("lastUpdatePostDateStruct", {}).get("date")),
        event_time_frame=text_or_none(adverse.get("timeFrame")),
        event_description=text_or_none(adverse.get("description")),
        frequency_threshold=text_or_none(adverse.get("frequencyThreshold")),
        arms=tuple(
            ArmGroup(
                label=str(arm["label"]),
                arm_type=text_or_none(arm.get("type")),
                description=text_or_none(arm.get("description")),
                interventions=joined(arm.get("interventionNames", [])),
            )
            for arm in protocol.get("armsInterventionsModule", {}).get("armGroups", [])
        ),
        event_groups=tuple(_event_group(group) for group in adverse.get("eventGroups", [])),
        events=(
            *_events(adverse.get("seriousEvents", []), "serious"),
            *_events(adverse.get("otherEvents", []), "other"),
        ),
        baseline=tuple(_baseline(results.get("baselineCharacteristicsModule", {}))),
        outcomes=tuple(
            value
            for position, measure in enumerate(measures, start=1)
            for value in _outcome(position, measure)
        ),
        analyses=tuple(
            _analysis(position, place, analysis)
            for position, measure in enumerate(measures, start=1)
            for place, analysis in enumerate(measure.get("analyses", []), start=1)
        ),
    )


def _event_group(group: Node) -> EventGroup:
    return EventGroup(
        group_id=str(group["id"]),
        title=text_or_none(group.get("title")) or str(group["id"]),
        description=text_or_none(group.get("description")),
        deaths_affected=whole_number(group.get("deathsNumAffected")),
        deaths_at_risk=whole_number(group.get("deathsNumAtRisk")),
        serious_affected=whole_number(group.get("seriousNumAffected")),
        serious_at_risk=whole_number(group.get("seriousNumAtRisk")),
        other_affected=whole_number(group.get("otherNumAffected")),
        other_at_risk=whole_number(group.get("otherNumAtRisk")),
    )


def _events(events: list[Node], event_type: EventType) -> Iterator[EventCount]:
    for position, event in enumerate(events, start=1):
        for stat in event.get("stats", []):
            yield EventCount(
                event_type=event_type,
                position=position,
                group_id=str(stat["groupId"]),
                term=str(event["term"]).strip(),
                organ_system=text_or_none(event.get("organSystem")),
                n_affected=whole_number(stat.get("numAffected")),
                n_at_risk=whole_number(stat.get("numAtRisk")),
                n_events=whole_number(stat.get("numEvents")),
                vocabulary=text_or_none(event.get("sourceVocabulary")),
                assessment_type=text_or_none(event.get("assessmentType")),
                notes=text_or_none(event.get("notes")),
            )


def _baseline(module: Node) -> Iterator[Measurement]:
    titles = _group_titles(module)
    for denominator in module.get("denoms", []):
        for count in denominator.get("counts", []):
            yield Measurement(
                position=0,
                title="Baseline count",
                group_id=str(count["groupId"]),
                group_title=titles.get(str(count["groupId"])),
                unit=text_or_none(denominator.get("units")),
                value=text_or_none(count.get("value")),
            )
    for position, measure in enumerate(module.get("measures", []), start=1):
        yield from _values(measure, position, titles, {}, None, None)


def _outcome(position: int, measure: Node) -> Iterator[Measurement]:
    analysed = {
        str(count["groupId"]): whole_number(count.get("value"))
        for denominator in measure.get("denoms", [])[:1]
        for count in denominator.get("counts", [])
    }
    yield from _values(
        measure,
        position,
        _group_titles(measure),
        analysed,
        text_or_none(measure.get("type")),
        text_or_none(measure.get("timeFrame")),
    )


def _group_titles(node: Node) -> dict[str, str | None]:
    return {str(g["id"]): text_or_none(g.get("title")) for g in node.get("groups", [])}


def _values(
    measure: Node,
    position: int,
    titles: Mapping[str, str | None],
    analysed: Mapping[str, int | None],
    outcome_type: str | None,
    time_frame: str | None,
) -> Iterator[Measurement]:
    for part in measure.get("classes", []):
        for category in part.get("categories", []):
            for value in category.get("measurements", []):
                group_id = str(value["groupId"])
                yield Measurement(
                    position=position,
                    title=str(measure["title"]).strip(),
                    group_id=group_id,
                    group_title=titles.get(group_id),
                    outcome_type=outcome_type,
                    description=text_or_none(measure.get("description")),
                    time_frame=time_frame,
                    population=text_or_none(measure.get("populationDescription")),
                    param_type=text_or_none(measure.get("paramType")),
                    dispersion_type=text_or_none(measure.get("dispersionType")),
                    unit=text_or_none(measure.get("unitOfMeasure")),
                    class_title=text_or_none(part.get("title")),
                    category_title=text_or_none(category.get("title")),
                    value=text_or_none(value.get("value")),
                    spread=text_or_none(value.get("spread")),
                    lower_limit=text_or_none(value.get("lowerLimit")),
                    upper_limit=text_or_none(value.get("upperLimit")),
                    comment=text_or_none(value.get("comment")),
                    n_analysed=analysed.get(group_id),
                )


def _analysis(position: int, place: int, analysis: Node) -> Analysis:
    return Analysis(
        outcome_position=position,
        position=place,
        group_ids=joined([str(g) for g in analysis.get("groupIds", [])]),
        method=text_or_none(analysis.get("statisticalMethod")),
        p_value_as_posted=text_or_none(analysis.get("pValue")),
        param_type=text_or_none(analysis.get("paramType")),
        param_value=text_or_none(analysis.get("paramValue")),
        ci_pct=text_or_none(analysis.get("ciPctValue")),
        ci_lower=text_or_none(analysis.get("ciLowerLimit")),
        ci_upper=text_or_none(analysis.get("ciUpperLimit")),
        non_inferiority_type=text_or_none(analysis.get("nonInferiorityType")),
        description=text_or_none(analysis.get("groupDescription")),
    )
