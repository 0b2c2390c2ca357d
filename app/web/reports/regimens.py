"""The printable report of two arms, from the queries, tables and chart of their page."""

from __future__ import annotations

from typing import Any

import polars as pl

from app.web.charts.base import Figure
from app.web.charts.safety import event_forest
from app.web.components.anchored import (
    ANCHORED_COLUMNS,
    HEADING,
    NONE,
    anchored_caveat,
    anchored_rows,
    anchored_table,
    why_none,
)
from app.web.components.arms import (
    EXPLORATORY,
    WITHIN_COLUMNS,
    arms_in_order,
    naive_sentence,
    side_by_side,
    within_rows,
    within_sentences,
    within_trial,
)
from app.web.components.look import Look
from app.web.components.safety import cells_for_plot, with_distinct_arms
from app.web.marts import regimens as marts
from app.web.reader import Reader
from app.web.reports.document import Column, Report, Section, sources_of


def regimens_report(
    reader: Reader, first: dict[str, Any], second: dict[str, Any], link: str
) -> Report:
    """Return the report of two arms, each a row of ``marts.ARMS``."""
    pair = [first["arm_id"], second["arm_id"]]
    same_trial = first["trial_id"] == second["trial_id"]
    cells = with_distinct_arms(reader.rows(marts.CELLS, {"arms": pair}))
    arms = arms_in_order(cells, pair)
    drawn = cells_for_plot(cells)
    remark = "Two arms of one trial" if same_trial else "Naive, unanchored across trials"

    def forest(look: Look) -> Figure:
        return event_forest(
            drawn,
            arms,
            f"{first['label']} and {second['label']}",
            f"{remark}. Open mark: no denominator, so no interval",
            look,
        )

    sections = [
        Section(
            "Adverse events of both arms",
            ("Bars are 95 % Wilson intervals. A dash is not reported, never zero.",),
            forest if drawn.height else None,
        ),
        Section(
            "In words",
            columns=[Column("term", "Event"), *(Column(arm, arm) for arm in arms)],
            rows=side_by_side(cells, arms) if cells.height else None,
        ),
    ]
    has_anchored = False
    if same_trial:
        sections.append(_within(reader, first, second))
    else:
        found, is_turned = anchored_rows(reader, first, second)
        has_anchored = bool(found.height)
        if has_anchored:
            sections.append(_anchored(found))
        else:
            why = why_none(reader, first, second, is_turned=is_turned)
            sections.append(Section(HEADING, (f"{NONE} {why}",)))
    facts = [
        ("First arm", _described(first)),
        ("Second arm", _described(second)),
        ("Which way is up", "positive = more patients in the first arm than in the second"),
    ]
    subjects = cells["adverse_event_id"].drop_nulls().unique().sort().to_list()
    return Report(
        kind="Two regimens",
        title=f"{first['label']} and {second['label']}",
        facts=facts,
        sections=sections,
        sources=sources_of(reader, "fct_adverse_event", subjects),
        marks=()
        if same_trial
        else (
            "Naive, unanchored. "
            + naive_sentence(first["label"], second["label"], has_anchored=has_anchored),
        ),
        link=link,
    )


def _within(reader: Reader, first: dict[str, Any], second: dict[str, Any]) -> Section:
    found, why = within_rows(reader, first, second)
    if not found.height:
        return Section("Within the trial", (f"No comparison: {why}.",))
    columns = [
        Column("term", "Event"),
        Column("grade", "Grade"),
        Column("first arm", "First arm"),
        Column("second arm", "Second arm"),
        *(
            Column(name, heading, digits, is_p_value=digits is None)
            for name, (heading, digits) in WITHIN_COLUMNS.items()
        ),
        Column("standing", "Standing"),
    ]
    said = (*within_sentences(found), EXPLORATORY)
    return Section("Within the trial", said, columns=columns, rows=within_trial(found))


def _anchored(found: pl.DataFrame) -> Section:
    table = anchored_table(found)
    columns = [
        Column(name, *ANCHORED_COLUMNS.get(name, (name[:1].upper() + name[1:],)))
        for name in table.columns
    ]
    return Section(HEADING, (anchored_caveat(found),), columns=columns, rows=table)


def _described(arm: dict[str, Any]) -> str:
    facts = [] if arm["n_at_risk"] is None else [f"{arm['n_at_risk']} patients at risk"]
    if not arm["trial_name"]:
        facts.insert(0, "trial not stated")
    elif arm["trial_name"] not in arm["label"]:
        facts.insert(0, arm["trial_name"])
    return f"{arm['label']}: {', '.join(facts)}" if facts else str(arm["label"])
