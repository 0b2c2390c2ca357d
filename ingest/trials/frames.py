"""A record as rows of the raw tables; rows that cannot be true are refused with the reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from ingest.curated.load import polars_type
from ingest.trials.record import (
    EventCount,
    Measurement,
    TrialRecord,
    event_id,
    p_value_parts,
    percentage,
    plain_number,
)
from warehouse.ledger import RejectedRow
from warehouse.tables import RAW

TABLES: Final = (
    "raw.registry_trials",
    "raw.registry_arms",
    "raw.registry_event_groups",
    "raw.registry_adverse_events",
    "raw.registry_baseline",
    "raw.registry_outcomes",
    "raw.registry_analyses",
)


@dataclass(frozen=True)
class RecordRows:
    """The rows of one record by table, and those refused; the two add up to what was read."""

    frames: dict[str, pl.DataFrame]
    rejected: list[RejectedRow]
    rows_in: int


def record_rows(record: TrialRecord, path: Path) -> RecordRows:
    """Return the rows that a record becomes."""
    kept, rejected = _judged(record, path)
    trial = {
        **{
            name: value
            for name, value in asdict(record).items()
            if name in RAW["raw.registry_trials"]
        },
        "record_form": record.form,
        "record_version": record.version,
        "frequency_threshold_pct": percentage(record.frequency_threshold),
        "remarks": "|".join(record.remarks) or None,
    }
    nct = {"nct_id": record.nct_id}
    rows: dict[str, list[dict[str, Any]]] = {
        "raw.registry_trials": [trial],
        "raw.registry_arms": [
            {**nct, "arm_position": i, **asdict(arm)} for i, arm in enumerate(record.arms, start=1)
        ],
        "raw.registry_event_groups": [
            {**nct, "arm_id": _arm_id(record, g.group_id), "group_position": i, **asdict(g)}
            for i, g in enumerate(record.event_groups, start=1)
        ],
        "raw.registry_adverse_events": [_event(record, event) for event in kept],
        "raw.registry_baseline": [_measurement(record, m) for m in record.baseline],
        "raw.registry_outcomes": [_measurement(record, m) for m in record.outcomes],
        "raw.registry_analyses": [
            {**nct, **asdict(a), **_p_value(a.p_value_as_posted)} for a in record.analyses
        ],
    }
    frames = {table: _frame(table, rows[table]) for table in TABLES}
    return RecordRows(frames, rejected, sum(f.height for f in frames.values()) + len(rejected))


def _arm_id(record: TrialRecord, group_id: str) -> str:
    return f"{record.nct_id}-{group_id}"


def _event(record: TrialRecord, event: EventCount) -> dict[str, Any]:
    row = asdict(event)
    return {
        **{k: v for k, v in row.items() if k not in {"position", "place"}},
        "nct_id": record.nct_id,
        "adverse_event_id": event_id(record.nct_id, event),
        "arm_id": _arm_id(record, event.group_id),
        "event_position": event.position,
    }


def _measurement(record: TrialRecord, measurement: Measurement) -> dict[str, Any]:
    return {
        **asdict(measurement),
        "nct_id": record.nct_id,
        "measure_position": measurement.position,
        "value_number": plain_number(measurement.value),
        "lower_number": plain_number(measurement.lower_limit),
        "upper_number": plain_number(measurement.upper_limit),
    }


def _p_value(text: str | None) -> dict[str, Any]:
    operator, value = p_value_parts(text)
    return {"p_operator": operator, "p_value": value}


def _frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {n: polars_type(kind) for n, kind in RAW[table].items() if n != "load_id"}
    return pl.DataFrame([{n: row.get(n) for n in schema} for row in rows], schema=schema)


def _judged(record: TrialRecord, path: Path) -> tuple[list[EventCount], list[RejectedRow]]:
    """Part the event counts that can be true from those that cannot."""
    groups = {group.group_id for group in record.event_groups}
    seen: set[str] = set()
    kept, rejected = [], []
    for event in record.events:
        identifier = event_id(record.nct_id, event)
        reason = _fault(event, groups)
        if reason is None and identifier in seen:
            reason = "the event has two counts in this group"
        if reason is None:
            seen.add(identifier)
            kept.append(event)
        else:
            content = (
                f"{event.event_type} {event.term!r} in {event.group_id}: "
                f"{event.n_affected} of {event.n_at_risk}"
            )
            rejected.append(RejectedRow(path, event.place or event.position, reason, content))
    return kept, rejected


def _fault(event: EventCount, groups: set[str]) -> str | None:
    if not event.term:
        return "the event has no term"
    if event.group_id not in groups:
        return f"group {event.group_id} is not among the record's event groups"
    for number in (event.n_affected, event.n_at_risk, event.n_events):
        if number is not None and number < 0:
            return "a count is negative"
    if (
        event.n_affected is not None
        and event.n_at_risk is not None
        and event.n_affected > event.n_at_risk
    ):
        return "more participants are affected than were at risk"
    return None


def record_profile(record: TrialRecord) -> dict[str, Any]:
    """Sum a record up in one row, as the gate judges it."""
    groups = record.event_groups
    at_risk: dict[tuple[str, str], set[int]] = {}
    for event in record.events:
        if event.n_at_risk is not None:
            at_risk.setdefault((event.event_type, event.group_id), set()).add(event.n_at_risk)
    without = sum(e.n_affected is None for e in record.events)
    return {
        "nct_id": record.nct_id,
        "event_groups": len(groups) if record.events else None,
        "events": len(record.events),
        "events_without_count": without if record.events else None,
        "groups_with_several_denominators": sum(len(n) > 1 for n in at_risk.values())
        if record.events
        else None,
        "groups_without_deaths": sum(g.deaths_affected is None for g in groups) if groups else None,
        "threshold_pct": percentage(record.frequency_threshold),
        "has_threshold_or_no_other_events": int(
            percentage(record.frequency_threshold) is not None
            or not any(e.event_type == "other" for e in record.events)
        ),
        "remarks": len(record.remarks),
    }
