"""The pseudo-category "Total" of older records: totals of a group, not an adverse event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ingest.trials.record import EventCount, EventGroup, EventType

TOTAL: Final = "total"
_TITLE: Final = re.compile(r"total, (serious|other) adverse events")


def is_total(event: EventCount) -> bool:
    """Return whether an event is a group's total in disguise, by its category or its own words."""
    term = event.term.strip().lower()
    in_total = (event.organ_system or "").strip().lower() == TOTAL
    return (in_total and term.startswith(TOTAL)) or _TITLE.fullmatch(term) is not None


def with_totals(
    groups: tuple[EventGroup, ...], events: tuple[EventCount, ...]
) -> tuple[tuple[EventGroup, ...], tuple[EventCount, ...]]:
    """Move the totals into their groups and number the remaining events of each type from 1."""
    totals = {(e.event_type, e.group_id): e for e in events if is_total(e)}
    filled = tuple(_filled(group, totals) for group in groups)
    numbers: dict[tuple[str, int], int] = {}
    last = {"serious": 0, "other": 0}
    kept = []
    for event in events:
        if is_total(event):
            continue
        key = (event.event_type, event.position)
        if key not in numbers:
            last[event.event_type] += 1
            numbers[key] = last[event.event_type]
        kept.append(replace(event, position=numbers[key]))
    return filled, tuple(kept)


def _filled(group: EventGroup, totals: Mapping[tuple[EventType, str], EventCount]) -> EventGroup:
    serious = totals.get(("serious", group.group_id))
    other = totals.get(("other", group.group_id))
    if serious is not None:
        group = replace(
            group, serious_affected=serious.n_affected, serious_at_risk=serious.n_at_risk
        )
    if other is not None:
        group = replace(group, other_affected=other.n_affected, other_at_risk=other.n_at_risk)
    return group
