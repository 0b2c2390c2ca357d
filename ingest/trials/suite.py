"""The expectations on a registry record, judged on one row per record."""

from __future__ import annotations

from typing import Final

from ingest.gate import Expectation, Suite

_BETWEEN: Final = "expect_column_values_to_be_between"

REGISTRY_RECORDS: Final = Suite(
    "registry_records",
    1,
    "nct_id",
    (
        Expectation(
            "expect_column_values_to_match_regex",
            "A record has an NCT number.",
            arguments={"column": "nct_id", "regex": r"^NCT\d{8}$"},
        ),
        Expectation(
            _BETWEEN,
            "A record with adverse events has groups to which they belong.",
            arguments={"column": "event_groups", "min_value": 1},
        ),
        Expectation(
            _BETWEEN,
            "Some adverse events have no number of participants; they stay without one.",
            "warning",
            {"column": "events_without_count", "max_value": 0},
        ),
        Expectation(
            _BETWEEN,
            "A group's number at risk differs between terms.",
            "warning",
            {"column": "groups_with_several_denominators", "max_value": 0},
        ),
        Expectation(
            _BETWEEN,
            "The record does not give the deaths of every group.",
            "warning",
            {"column": "groups_without_deaths", "max_value": 0},
        ),
        Expectation(
            _BETWEEN,
            "The record posts other adverse events without a reporting threshold, so how rare an "
            "unlisted one is cannot be known.",
            "warning",
            {"column": "has_threshold_or_no_other_events", "min_value": 1},
        ),
        Expectation(
            _BETWEEN,
            "The record's NCT number is not the one its file is named after.",
            "warning",
            {"column": "remarks", "max_value": 0},
        ),
    ),
)
