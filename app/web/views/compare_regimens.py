"""Compare regimens: two arms, within their trial or side by side under a banner."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.safety import difference_forest, event_forest
from app.web.components.anchored import anchored_rows, anchored_section
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
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.look import Look, screen_look
from app.web.components.provenance import plain, source_menu
from app.web.components.safety import cells_for_plot, with_distinct_arms
from app.web.components.tables import show_table
from app.web.marts import regimens as marts
from app.web.reports.regimens import regimens_report

_NUMBER = st.column_config.NumberColumn
_TEXT = st.column_config.TextColumn


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Compare regimens",
        "compare_regimens",
        "Two arms side by side. Risk differences and ratios are given only within one trial, as "
        "the first arm minus or over the second: positive means more patients in the first. Across "
        "trials only ratios through a shared comparator are given.",
        reads=("first", "second"),
    ) as frame:
        arms = frame.reader.rows(marts.ARMS)
        if arms.height < 2:
            nothing_loaded("pair of arms", "imid ingest adverse-events FILE")
            return
        first, second = _pick(frame, arms)
        if first["arm_id"] == second["arm_id"]:
            nothing_left("comparison", ["both arms are the same; choose another"])
            return
        same_trial = first["trial_id"] == second["trial_id"]
        if not same_trial:
            has_anchored = bool(anchored_rows(frame.reader, first, second)[0].height)
            said = naive_sentence(first["label"], second["label"], has_anchored=has_anchored)
            st.warning(
                f"**Naive, unanchored.** {plain(said)}",
                icon=":material/compare_arrows:",
            )
        with section():
            _side_by_side(frame, first, second, same_trial)
        if same_trial:
            with section():
                _within(frame, first, second)
        else:
            with section():
                anchored_section(frame, first, second)
        frame.offer_report(
            partial(regimens_report, frame.reader, first, second), "regimens", "regimens_report"
        )


def _pick(frame: PageFrame, arms: pl.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    ids = arms["arm_id"].to_list()
    labels = {
        row["arm_id"]: f"{row['label']}"
        + (f", {row['n_at_risk']} patients" if row["n_at_risk"] is not None else "")
        for row in arms.iter_rows(named=True)
    }
    compared = frame.reader.rows(marts.COMPARED)
    start = compared.row(0) if compared.height else tuple(ids[:2])
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            first = frame.state.choice("First arm", "first", ids, labels=labels, default=start[0])
        with right:
            second = frame.state.choice(
                "Second arm", "second", ids, labels=labels, default=start[1]
            )
        st.button(
            "Swap the arms",
            icon=":material/swap_horiz:",
            on_click=frame.state.swap,
            args=("first", "second"),
            key="regimen_swap",
        )
    by_id = {row["arm_id"]: row for row in arms.iter_rows(named=True)}
    return by_id[first], by_id[second]


def _side_by_side(
    frame: PageFrame, first: dict[str, Any], second: dict[str, Any], same_trial: bool
) -> None:
    pair = [first["arm_id"], second["arm_id"]]
    cells = with_distinct_arms(frame.reader.rows(marts.CELLS, {"arms": pair}, height=400))
    if not cells.height:
        nothing_left("cells", ["neither arm has a figure"])
        return
    drawn = cells_for_plot(cells)
    arms = arms_in_order(cells, pair)
    remark = "Two arms of one trial" if same_trial else "Naive, unanchored across trials"

    def build(look: Look) -> Figure:
        return event_forest(
            drawn,
            arms,
            f"{first['label']} and {second['label']}",
            f"{remark}. Open mark: no denominator, so no interval",
            look,
        )

    if drawn.height:
        st.altair_chart(
            build(screen_look()),
            key="regimen_plot",
            alt=f"Adverse events of {first['label']} and {second['label']} with 95 % intervals",
        )
        frame.offer_figure(build, "regimens", "regimen_figure")
    table = side_by_side(cells, arms)
    show_table(
        table,
        key="regimen_table",
        alt_text="Adverse events of the two arms, in words",
        columns={"term": _TEXT("Event", pinned=True)},
    )
    frame.offer_table(table, "regimens", "regimen_download")


def _differences(
    frame: PageFrame, table: pl.DataFrame, first: dict[str, Any], second: dict[str, Any]
) -> None:
    drawn = table.filter(pl.col("risk_difference_lo").is_not_null()).select(
        pl.concat_str(
            "term",
            pl.format(", {} events", "event_type"),
            pl.format(", grade {}", "grade"),
            ignore_nulls=True,
        ).alias("event"),
        "risk_difference_lo",
        "risk_difference_hi",
        "mn_lower",
        "mn_upper",
    )
    if not drawn.height:
        return

    def build(look: Look) -> Figure:
        return difference_forest(
            drawn,
            first["label"],
            second["label"],
            "Line: 95 % interval (Miettinen-Nurminen). Thick: the difference, or its range where "
            "a percentage fits several counts",
            look,
        )

    st.altair_chart(
        build(screen_look()),
        key="within_plot",
        alt=f"Risk differences of {first['label']} minus {second['label']} in percentage points "
        "with 95 % intervals; the table below holds the same figures",
    )
    frame.offer_figure(build, "differences", "within_figure")


def _within(frame: PageFrame, first: dict[str, Any], second: dict[str, Any]) -> None:
    st.header("Within the trial", anchor=False)
    found, why = within_rows(frame.reader, first, second)
    if not found.height:
        nothing_left("comparison", [why])
        return
    for sentence in within_sentences(found):
        st.markdown(plain(sentence))
    table = within_trial(found)
    tested = table.with_columns(found["event_type"]).filter(found["not_compared_reason"].is_null())
    _differences(frame, tested, first, second)
    rows = show_table(
        table,
        key="within_table",
        alt_text="Risk differences and ratios within the trial",
        columns={"term": _TEXT("Event", pinned=True)}
        | {
            name: _NUMBER(heading, format="scientific" if digits is None else f"%.{digits}f")
            for name, (heading, digits) in WITHIN_COLUMNS.items()
        },
        choose="single-row",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(EXPLORATORY)
        if rows:
            event = found.row(rows[0], named=True)["adverse_event_id"]
            source_menu(frame.reader, "fct_adverse_event", event, "within_source")
        frame.offer_table(table, "within-trial", "within_download")


render()
