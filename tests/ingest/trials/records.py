"""A small made-up record of a trial in each form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NCT = "NCT09999999"


def api_study(nct_id: str = NCT, **adverse: Any) -> dict[str, Any]:
    """A study as API v2 gives it: two groups, one serious and one other event, one outcome."""
    module = {
        "frequencyThreshold": "5",
        "timeFrame": "up to 2 years",
        "eventGroups": [
            {
                "id": "EG000",
                "title": "Drug",
                "deathsNumAffected": 2,
                "deathsNumAtRisk": 100,
                "seriousNumAffected": 7,
                "seriousNumAtRisk": 100,
                "otherNumAffected": 60,
                "otherNumAtRisk": 100,
            },
            {
                "id": "EG001",
                "title": "Placebo",
                "seriousNumAffected": 1,
                "seriousNumAtRisk": 50,
                "otherNumAffected": 9,
                "otherNumAtRisk": 50,
            },
        ],
        "seriousEvents": [
            {
                "term": "Stroke",
                "organSystem": "Nervous system disorders",
                "assessmentType": "SYSTEMATIC_ASSESSMENT",
                "sourceVocabulary": "MedDRA19.0",
                "stats": [
                    {"groupId": "EG000", "numEvents": 3, "numAffected": 2, "numAtRisk": 100},
                    {"groupId": "EG001", "numAffected": 0, "numAtRisk": 50},
                ],
            },
        ],
        "otherEvents": [
            {
                "term": "Neutropenia",
                "organSystem": "Blood",
                "stats": [
                    {"groupId": "EG000", "numAffected": 60, "numAtRisk": 100},
                    {"groupId": "EG001", "numAtRisk": 50},
                ],
            },
        ],
    } | adverse
    return {
        "protocolSection": {
            "identificationModule": {"nctId": nct_id, "briefTitle": "A trial"},
            "designModule": {"designInfo": {"allocation": "RANDOMIZED"}, "phases": ["PHASE3"]},
            "armsInterventionsModule": {"armGroups": [{"label": "Drug", "type": "EXPERIMENTAL"}]},
        },
        "resultsSection": {
            "adverseEventsModule": module,
            "outcomeMeasuresModule": {
                "outcomeMeasures": [
                    {
                        "title": "Response",
                        "type": "PRIMARY",
                        "paramType": "NUMBER",
                        "groups": [{"id": "OG000", "title": "Drug"}],
                        "denoms": [
                            {
                                "units": "Participants",
                                "counts": [{"groupId": "OG000", "value": "100"}],
                            }
                        ],
                        "classes": [
                            {
                                "categories": [
                                    {
                                        "measurements": [
                                            {
                                                "groupId": "OG000",
                                                "value": "61.0",
                                                "lowerLimit": "51.2",
                                            }
                                        ]
                                    }
                                ]
                            }
                        ],
                        "analyses": [{"groupIds": ["OG000"], "pValue": "<0.001"}],
                    },
                ]
            },
        },
    }


def write_json(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


XML = """<?xml version="1.0" encoding="UTF-8"?>
<clinical_study>
  <required_header><download_date>May 11, 2018</download_date></required_header>
  <id_info><nct_id>NCT09999999</nct_id></id_info>
  <brief_title>A trial</brief_title>
  <study_design_info><allocation>Randomized</allocation></study_design_info>
  <clinical_results><reported_events>
    <time_frame>2 years</time_frame>
    <group_list>
      <group group_id="E1"><title>Placebo</title></group>
      <group group_id="E2"><title>Drug</title></group>
    </group_list>
    <serious_events><default_vocab>MedDRA (16.1)</default_vocab><category_list>
      <category><title>Total</title><event_list><event>
        <sub_title>Total, serious adverse events</sub_title>
        <counts group_id="E1" subjects_affected="1" subjects_at_risk="50"/>
        <counts group_id="E2" subjects_affected="7" subjects_at_risk="100"/>
      </event></event_list></category>
      <category><title>Blood</title><event_list><event>
        <sub_title vocab="own words">NEUTROPENIA</sub_title>
        <counts group_id="E1" subjects_affected="0" subjects_at_risk="50"/>
        <counts group_id="E2" subjects_affected="3" subjects_at_risk="100" events="4"/>
      </event></event_list></category>
    </category_list></serious_events>
    <other_events><frequency_threshold>5</frequency_threshold><category_list>
      <category><title>Blood</title><event_list><event>
        <sub_title>NEUTROPENIA</sub_title>
        <counts group_id="E2" subjects_affected="60" subjects_at_risk="100"/>
      </event></event_list></category>
    </category_list></other_events>
  </reported_events></clinical_results>
</clinical_study>
"""


def write_aact(folder: Path) -> Path:
    """Write AACT tables of one trial, a quoted field with a line break among them."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "studies": [
            "nct_id|brief_title|acronym|phase",
            f'{NCT}|"A trial\nover two lines"||Phase 3',
        ],
        "designs": ["nct_id|allocation|intervention_model", f"{NCT}|Randomized|Parallel"],
        "design_groups": ["id|nct_id|group_type|title", f"1|{NCT}|Experimental|Drug"],
        "result_groups": [
            "id|nct_id|ctgov_group_code|result_type|title|description",
            f"7|{NCT}|EG000|Reported Event|Drug|",
            f"8|{NCT}|OG000|Outcome|Drug|",
        ],
        "reported_events": [
            "id|nct_id|result_group_id|ctgov_group_code|event_type|default_vocab|subjects_affected"
            "|subjects_at_risk|event_count|organ_system|adverse_event_term|frequency_threshold"
            "|vocab|assessment|default_assessment|time_frame|description",
            f"1|{NCT}|7|EG000|serious|MedDRA|3|100|4|Blood|Neutropenia|5|||Systematic|2 years|",
            f"2|{NCT}|7|EG000|other|MedDRA|60|100||Blood|Neutropenia|5|||Systematic|2 years|",
            f"3|{NCT}|7|EG000|other|MedDRA|101|100||Blood|Anemia|5|||Systematic|2 years|",
            "4|NCT08888888|9|EG000|other|MedDRA|1|10||Blood|Anemia|5|||Systematic|2 years|",
        ],
        "reported_event_totals": [
            "id|nct_id|ctgov_group_code|event_type|classification|subjects_affected"
            "|subjects_at_risk",
            f"1|{NCT}|EG000|serious|Total|7|100",
            f"2|{NCT}|EG000|deaths|Total|2|100",
        ],
        "outcomes": [
            "id|nct_id|outcome_type|title|time_frame|population",
            f"5|{NCT}|Primary|Response|1 year|ITT",
        ],
        "outcome_measurements": [
            "id|nct_id|outcome_id|result_group_id|ctgov_group_code|title|units|param_type"
            "|param_value|dispersion_lower_limit",
            f"1|{NCT}|5|8|OG000|Response|percent|Number|61.0|51.2",
        ],
        "outcome_analyses": [
            "id|nct_id|outcome_id|p_value_modifier|p_value|method",
            f"3|{NCT}|5|<|0.001|Fisher Exact",
        ],
    }
    for name, lines in tables.items():
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
