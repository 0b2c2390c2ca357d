"""One registry record of a trial, whatever form it was read from.

Text stays as posted. A number that is not given is None, never zero.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Final, Literal

EventType = Literal["serious", "other"]

NCT_ID: Final = re.compile(r"NCT\d{8}")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_P_VALUE: Final = re.compile(r"\s*(<=|>=|≤|≥|<|>|=)?\s*(\d*\.?\d+(?:[eE][-+]?\d+)?)\s*")


@dataclass(frozen=True)
class ArmGroup:
    """An arm as the protocol names it."""

    label: str
    arm_type: str | None = None
    description: str | None = None
    interventions: str | None = None


@dataclass(frozen=True)
class EventGroup:
    """A group over which adverse events are reported, with its totals as posted."""

    group_id: str
    title: str
    description: str | None = None
    deaths_affected: int | None = None
    deaths_at_risk: int | None = None
    serious_affected: int | None = None
    serious_at_risk: int | None = None
    other_affected: int | None = None
    other_at_risk: int | None = None


@dataclass(frozen=True)
class EventCount:
    """One adverse event in one group; ``position`` counts the events of a type from 1."""

    event_type: EventType
    position: int
    group_id: str
    term: str
    organ_system: str | None
    n_affected: int | None
    n_at_risk: int | None
    n_events: int | None = None
    vocabulary: str | None = None
    assessment_type: str | None = None
    notes: str | None = None
    place: int | None = None


@dataclass(frozen=True)
class Measurement:
    """One posted value of a baseline measure or an outcome, in one group."""

    position: int
    title: str
    group_id: str
    group_title: str | None = None
    outcome_type: str | None = None
    description: str | None = None
    time_frame: str | None = None
    population: str | None = None
    param_type: str | None = None
    dispersion_type: str | None = None
    unit: str | None = None
    class_title: str | None = None
    category_title: str | None = None
    value: str | None = None
    spread: str | None = None
    lower_limit: str | None = None
    upper_limit: str | None = None
    comment: str | None = None
    n_analysed: int | None = None


@dataclass(frozen=True)
class Analysis:
    """A posted statistical analysis of an outcome."""

    outcome_position: int
    position: int
    group_ids: str | None = None
    method: str | None = None
    p_value_as_posted: str | None = None
    param_type: str | None = None
    param_value: str | None = None
    ci_pct: str | None = None
    ci_lower: str | None = None
    ci_upper: str | None = None
    non_inferiority_type: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class TrialRecord:
    """Everything the warehouse keeps of one registry record.

    Attributes
    ----------
    form
        The form it was read from, such as ``ClinicalTrials.gov API v2 JSON``.
    version
        Date of the registry's data or of the download, as the record states it.
    frequency_threshold
        Percentage below which "other" events need not be reported, as posted (it is text).
    """

    nct_id: str
    form: str
    brief_title: str
    official_title: str | None = None
    acronym: str | None = None
    status: str | None = None
    phase: str | None = None
    study_type: str | None = None
    allocation: str | None = None
    intervention_model: str | None = None
    masking: str | None = None
    enrollment: int | None = None
    conditions: str | None = None
    start_date: str | None = None
    completion_date: str | None = None
    version: str | None = None
    event_time_frame: str | None = None
    event_description: str | None = None
    frequency_threshold: str | None = None
    arms: tuple[ArmGroup, ...] = ()
    event_groups: tuple[EventGroup, ...] = ()
    events: tuple[EventCount, ...] = ()
    baseline: tuple[Measurement, ...] = ()
    outcomes: tuple[Measurement, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    def content_sha256(self) -> str:
        """Hash everything that decides the loaded rows."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def event_id(nct_id: str, event: EventCount) -> str:
    """Return the identifier of an event's count in a group, by its place in the record."""
    return f"{nct_id}-{event.event_type}-{event.position:04d}-{event.group_id}"


def whole_number(value: object) -> int | None:
    """Return a posted count as a whole number, or None if it is absent or no whole number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = str(value).strip().replace(",", "")
    return int(text) if re.fullmatch(r"-?\d+", text) else None


def plain_number(value: str | None) -> float | None:
    """Return a posted value as a number if it is one and nothing else, else None."""
    text = (value or "").strip().replace(",", "")
    return float(text) if _NUMBER.fullmatch(text) else None


def percentage(value: str | None) -> float | None:
    """Return a posted threshold such as ``5`` or ``5%`` as a percentage, else None."""
    number = plain_number((value or "").strip().removesuffix("%"))
    return number if number is not None and 0 <= number <= 100 else None


def p_value_parts(text: str | None) -> tuple[str | None, float | None]:
    """Return the sign and the number of a posted p-value such as ``<0.001``."""
    match = _P_VALUE.fullmatch(text or "")
    if not match:
        return None, None
    sign = {"≤": "<=", "≥": ">="}.get(match[1] or "=", match[1] or "=")
    value = float(match[2])
    return (sign, value) if value <= 1 else (None, None)


def joined(values: list[str]) -> str | None:
    """Return the values as one text separated by vertical bars, or None without any."""
    return "|".join(v for v in values if v) or None


def one_line(text: str) -> str:
    """Return a text with its line breaks and runs of blanks as single blanks."""
    return " ".join(text.split())


def text_or_none(value: object) -> str | None:
    """Return a posted text without surrounding blanks; None if there is none."""
    text = str(value).strip() if value is not None else ""
    return text or None
