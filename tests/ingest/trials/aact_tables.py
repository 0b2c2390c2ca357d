"""Real records as AACT's tables hold them: pipe-delimited, one file per table.

Column names and where each comes from follow AACT's documented schema and its mapping of
ClinicalTrials.gov API v2 records (https://aact.ctti-clinicaltrials.org/schema). The tables are
made from the raw records, not from what the readers make of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

Row = Mapping[str, object]


def write_tables(folder: Path, tables: Mapping[str, Sequence[Row]]) -> Path:
    """Write tables as ``COPY ... CSV HEADER DELIMITER '|'`` writes them; rows get an id."""
    folder.mkdir()
    for name, rows in tables.items():
        columns = list(dict.fromkeys(["id", *(column for row in rows for column in row)]))
        with (folder / f"{name}.txt").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, columns, delimiter="|", lineterminator="\n")
            writer.writeheader()
            for number, row in enumerate(rows, start=1):
                writer.writerow({"id": number, **row})
    return folder


def tables_of_json(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return the tables of one API v2 record."""
    study = json.loads(path.read_text(encoding="utf-8"))
    protocol, results = study["protocolSection"], study["resultsSection"]
    nct = {"nct_id": protocol["identificationModule"]["nctId"]}
    status, design = protocol["statusModule"], protocol["designModule"]
    arms = protocol["armsInterventionsModule"]
    adverse = results["adverseEventsModule"]
    baseline = results["baselineCharacteristicsModule"]
    outcomes = results["outcomeMeasuresModule"]["outcomeMeasures"]
    info = design["designInfo"]
    tables: dict[str, list[dict[str, object]]] = {
        "studies": [
            {
                **nct,
                "brief_title": protocol["identificationModule"]["briefTitle"],
                "official_title": protocol["identificationModule"].get("officialTitle"),
                "acronym": protocol["identificationModule"].get("acronym"),
                "overall_status": status["overallStatus"],
                "phase": "/".join(design["phases"]),
                "study_type": design["studyType"],
                "enrollment": design["enrollmentInfo"]["count"],
                "start_date": status["startDateStruct"]["date"],
                "completion_date": status["completionDateStruct"]["date"],
                "last_update_posted_date": status["lastUpdatePostDateStruct"]["date"],
            }
        ],
        "designs": [
            {
                **nct,
                "allocation": info.get("allocation"),
                "intervention_model": info.get("interventionModel"),
                "masking": info.get("maskingInfo", {}).get("masking"),
            }
        ],
        "conditions": [
            {**nct, "name": name} for name in protocol["conditionsModule"]["conditions"]
        ],
        "design_groups": [
            {
                **nct,
                "group_type": arm.get("type"),
                "title": arm["label"],
                "description": arm.get("description"),
            }
            for arm in arms["armGroups"]
        ],
        "interventions": [
            {**nct, "intervention_type": given["type"], "name": given["name"]}
            for given in arms["interventions"]
        ],
        "design_group_interventions": [
            {**nct, "design_group_id": group, "intervention_id": number}
            for number, given in enumerate(arms["interventions"], start=1)
            for group, arm in enumerate(arms["armGroups"], start=1)
            if arm["label"] in given.get("armGroupLabels", [])
        ],
    }
    groups: list[dict[str, object]] = []

    def group_id(result_type: str, code: str, scope: str = "") -> int:
        return next(
            place
            for place, group in enumerate(groups, start=1)
            if (group["result_type"], group["ctgov_group_code"], group["scope"])
            == (result_type, code, scope)
        )

    def add_groups(result_type: str, listed: Sequence[Mapping[str, Any]], scope: str = "") -> None:
        groups.extend(
            {
                **nct,
                "ctgov_group_code": group["id"],
                "result_type": result_type,
                "title": group.get("title"),
                "description": group.get("description"),
                "scope": scope,
            }
            for group in listed
        )

    add_groups("Baseline", baseline["groups"])
    add_groups("Reported Event", adverse["eventGroups"])
    for place, outcome in enumerate(outcomes, start=1):
        add_groups("Outcome", outcome.get("groups", []), str(place))
    tables["reported_events"] = [
        {
            **nct,
            "result_group_id": group_id("Reported Event", stat["groupId"]),
            "ctgov_group_code": stat["groupId"],
            "time_frame": adverse.get("timeFrame"),
            "event_type": kind,
            "subjects_affected": stat.get("numAffected"),
            "subjects_at_risk": stat.get("numAtRisk"),
            "description": adverse.get("description"),
            "event_count": stat.get("numEvents"),
            "organ_system": event.get("organSystem"),
            "adverse_event_term": event["term"],
            "frequency_threshold": adverse.get("frequencyThreshold"),
            "vocab": event.get("sourceVocabulary"),
            "assessment": event.get("assessmentType"),
        }
        for kind in ("serious", "other")
        for event in adverse.get(f"{kind}Events", [])
        for stat in event["stats"]
    ]
    tables["reported_event_totals"] = [
        {
            **nct,
            "ctgov_group_code": group["id"],
            "event_type": kind,
            "classification": f"Total, {kind}",
            "subjects_affected": group.get(f"{kind}NumAffected"),
            "subjects_at_risk": group.get(f"{kind}NumAtRisk"),
        }
        for group in adverse["eventGroups"]
        for kind in ("deaths", "serious", "other")
    ]
    tables["baseline_counts"] = [
        {
            **nct,
            "result_group_id": group_id("Baseline", count["groupId"]),
            "ctgov_group_code": count["groupId"],
            "units": denominator["units"],
            "count": count["value"],
        }
        for denominator in baseline["denoms"]
        for count in denominator["counts"]
    ]
    tables["outcomes"] = [
        {
            **nct,
            "outcome_type": outcome["type"],
            "title": outcome["title"],
            "description": outcome.get("description"),
            "time_frame": outcome.get("timeFrame"),
            "population": outcome.get("populationDescription"),
        }
        for outcome in outcomes
    ]
    tables["outcome_counts"] = [
        {
            **nct,
            "outcome_id": place,
            "ctgov_group_code": count["groupId"],
            "scope": "Measure",
            "units": denominator["units"],
            "count": count["value"],
        }
        for place, outcome in enumerate(outcomes, start=1)
        for denominator in outcome.get("denoms", [])[:1]
        for count in denominator["counts"]
    ]
    tables["outcome_measurements"] = [
        {
            **nct,
            "outcome_id": place,
            "result_group_id": group_id("Outcome", value["groupId"], str(place)),
            "ctgov_group_code": value["groupId"],
            "classification": part.get("title"),
            "category": category.get("title"),
            "title": outcome["title"],
            "description": outcome.get("description"),
            "units": outcome.get("unitOfMeasure"),
            "param_type": outcome.get("paramType"),
            "param_value": value.get("value"),
            "dispersion_type": outcome.get("dispersionType"),
            "dispersion_value": value.get("spread"),
            "dispersion_lower_limit": value.get("lowerLimit"),
            "dispersion_upper_limit": value.get("upperLimit"),
            "explanation_of_na": value.get("comment"),
        }
        for place, outcome in enumerate(outcomes, start=1)
        for part in outcome.get("classes", [])
        for category in part["categories"]
        for value in category["measurements"]
    ]
    tables["result_groups"] = [
        {name: value for name, value in group.items() if name != "scope"} for group in groups
    ]
    return tables


def tables_of_xml(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return the tables about adverse events of one record in the retired XML.

    AACT kept the records' pseudo-category of totals as events of the organ system Total.
    """
    root = ET.parse(path).getroot()  # noqa: S314
    reported = root.find("clinical_results/reported_events")
    assert reported is not None
    nct = {"nct_id": root.findtext("id_info/nct_id")}
    rows: list[dict[str, object]] = []
    for kind in ("serious", "other"):
        section = reported.find(f"{kind}_events")
        assert section is not None
        for category in section.findall("category_list/category"):
            for event in category.findall("event_list/event"):
                rows += [
                    {
                        **nct,
                        "ctgov_group_code": counts.get("group_id"),
                        "time_frame": reported.findtext("time_frame"),
                        "event_type": kind,
                        "default_vocab": section.findtext("default_vocab"),
                        "default_assessment": section.findtext("default_assessment"),
                        "subjects_affected": counts.get("subjects_affected"),
                        "subjects_at_risk": counts.get("subjects_at_risk"),
                        "description": reported.findtext("desc"),
                        "event_count": counts.get("events"),
                        "organ_system": category.findtext("title"),
                        "adverse_event_term": event.findtext("sub_title"),
                        "frequency_threshold": section.findtext("frequency_threshold"),
                    }
                    for counts in event.findall("counts")
                ]
    return {
        "studies": [{**nct, "brief_title": root.findtext("brief_title")}],
        "result_groups": [
            {
                **nct,
                "ctgov_group_code": group.get("group_id"),
                "result_type": "Reported Event",
                "title": group.findtext("title"),
                "description": group.findtext("description"),
            }
            for group in reported.findall("group_list/group")
        ],
        "reported_events": rows,
    }
