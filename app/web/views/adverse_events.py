"""Adverse events: what trials and documents report of the regimens."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.safety import event_forest
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.findings import findings_section
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.look import Look, screen_look, words
from app.web.components.provenance import plain, source_text
from app.web.components.safety import (
    SILENT,
    VERIFICATION_WORDS,
    active_filters,
    cell_text,
    cells_for_plot,
    reaches,
    with_distinct_arms,
)
from app.web.components.tables import show_table
from app.web.components.toxicity import assays, what_to_investigate
from app.web.marts import safety as marts

_TEXT = st.column_config.TextColumn


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Adverse events",
        "adverse_events",
        "What is reported of each regimen, term by term. Higher means more patients had the event. "
        "A missing figure is never a zero, a bound never an estimate.",
        reads=("term", "regimen", "grade", "min", "silent", "finding"),
    ) as frame:
        options = frame.reader.rows(marts.OPTIONS)
        if not options.height:
            nothing_loaded("adverse events", "imid ingest adverse-events FILE")
            return
        terms, regimens, grades, show_silent, least = _filters(frame, options)
        st.warning(
            "**Naive, unanchored.** The columns come from different trials, populations and "
            "gradings. They stand side by side to be read, not to be compared by a test: this page "
            "gives no difference, ratio or p-value across trials.",
            icon=":material/compare_arrows:",
        )
        cells = frame.reader.rows(
            marts.CELLS,
            {
                "all_terms": not terms,
                "terms": terms,
                "all_regimens": not regimens,
                "regimens": regimens,
                "all_grades": not grades,
                "grades": grades,
            },
            height=900,
        )
        cells = with_distinct_arms(cells)
        if least > 0:
            reaching = cells.filter(reaches(least))["term"].unique()
            cells = cells.filter(pl.col("term").is_in(reaching.implode()))
        spoken = cells.filter(~pl.col("cell_state").is_in(SILENT))
        if not show_silent:
            cells = cells.filter(
                pl.col("term").is_in(spoken["term"].unique().implode())
                & pl.col("arm_id").is_in(spoken["arm_id"].unique().implode())
            )
        if not cells.height:
            nothing_left("cells", active_filters(terms, regimens, grades, show_silent, least))
            return
        set_ones = (
            ("Events", terms),
            ("Regimens", regimens),
            ("Severity grade", grades),
            ("Events that reach at least", least > 0),
        )
        unused = [name for name, is_set in set_ones if is_set]
        with section():
            _plot(frame, spoken, cells)
        with section():
            _table(frame, cells)
        with section():
            _every_cell(frame, cells, show_silent)
        with section():
            what_to_investigate(frame, spoken["term_key"].unique().sort().to_list())
        with section():
            findings_section(frame, unused)
        with section():
            assays(frame, unused)


def _filters(
    frame: PageFrame, options: pl.DataFrame
) -> tuple[list[str], list[str], list[str], bool, float]:
    with st.container(border=True):
        left, middle, right = st.columns([3, 3, 2])
        with left:
            terms = frame.state.many("Events", "term", _sorted(options, "term"))
        with middle:
            regimens = frame.state.many("Regimens", "regimen", _sorted(options, "regimen_label"))
        with right:
            grades = frame.state.many("Severity grade", "grade", _sorted(options, "grade_band"))
        left, right = st.columns([3, 5], vertical_alignment="bottom")
        with left:
            least = frame.state.number(
                "Events that reach at least (percent, any regimen)",
                "min",
                0,
                low=0,
                high=100,
                step=5,
            )
        with right:
            show_silent = frame.state.toggle(
                "Show events and regimens without a figure",
                "silent",
                help_text="Rows and columns in which no cell holds a value.",
            )
    return terms, regimens, grades, show_silent, least


def _sorted(options: pl.DataFrame, column: str) -> list[str]:
    return sorted(options[column].drop_nulls().unique().to_list())


def _plot(frame: PageFrame, spoken: pl.DataFrame, cells: pl.DataFrame) -> None:
    drawn = cells_for_plot(spoken)
    if not drawn.height:
        st.caption("No cell left holds a figure, so there is nothing to draw.")
        return
    arms = [
        arm
        for arm in cells["arm_label"].unique(maintain_order=True).to_list()
        if arm in set(drawn["arm"].to_list())
    ]

    def build(look: Look) -> Figure:
        return event_forest(
            drawn,
            arms,
            "Adverse events by regimen, side by side",
            "Naive, unanchored across trials. Open mark: no denominator, so no interval. "
            "An arrow: only a bound is known, and the value lies its way",
            look,
        )

    st.altair_chart(
        build(screen_look()),
        key="safety_plot",
        alt="Percent of patients with each adverse event by regimen, with 95 % intervals; "
        "the table below holds the same figures",
    )
    frame.offer_figure(build, "adverse-events", "safety_figure")


def _table(frame: PageFrame, cells: pl.DataFrame) -> None:
    st.header("By event and regimen", anchor=False)
    arms = cells["arm_label"].unique(maintain_order=True).to_list()
    table = (
        cells.with_columns(cell=cell_text())
        .group_by("term", "arm_label", maintain_order=True)
        .agg(pl.col("cell").str.join(" / "))
        .pivot(on="arm_label", index="term", values="cell", maintain_order=True)
        .select("term", *arms)
    )
    show_table(
        table,
        key="safety_table",
        alt_text="Adverse events by regimen, in words",
        columns={"term": _TEXT("Event", pinned=True)}
        | {arm: _TEXT(arm, width="medium") for arm in arms},
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("In brackets the 95 % Wilson interval, where the number of patients is known.")
        frame.offer_table(table, "adverse-events", "safety_download")


def _every_cell(frame: PageFrame, cells: pl.DataFrame, show_silent: bool) -> None:
    st.header("Every cell, its notes and its source", anchor=False)
    listed = cells if show_silent else cells.filter(pl.col("cell_state") != "not_in_source")
    shown = listed.select(
        "term",
        pl.col("arm_label").alias("arm"),
        cell_text().alias("cell"),
        pl.col("grade_band").alias("grade"),
        pl.col("published_grade_band").alias("published grade"),
        pl.col("ascertainment").str.replace_all("_", " "),
        pl.col("evidence_scope").str.replace_all("_", " ").alias("evidence"),
        pl.col("verification")
        .replace_strict(VERIFICATION_WORDS, default=pl.col("verification"))
        .alias("check"),
        pl.col("comparability_note").alias("keep in mind"),
        pl.col("document_title").alias("document"),
        pl.col("source_table").alias("table"),
        pl.col("source_row").alias("row"),
        pl.col("verbatim_cell").alias("verbatim"),
    )
    rows = show_table(
        shown,
        key="safety_cells",
        alt_text="Every adverse-event cell with its notes and source",
        columns={
            "term": _TEXT("Event", pinned=True),
            "check": _TEXT("Checked against the publication", width="medium"),
            "keep in mind": _TEXT("Keep in mind", width="large"),
            "verbatim": _TEXT("As printed"),
        },
        choose="single-row",
        height=380,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{shown.height} cells. Choose one for its source.")
        frame.offer_table(shown, "adverse-event-cells", "cells_download")
    if rows:
        _card(frame, listed.row(rows[0], named=True))


def _card(frame: PageFrame, cell: dict[str, Any]) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(cell['term'])}, {plain(cell['arm_label'])}**")
        if cell["adverse_event_id"] is None:
            st.markdown(f"{plain(cell['comparability_note'])}.")
            return
        st.markdown(
            f"Printed “{plain(cell['verbatim_cell'])}”, read as {plain(cell['display_value'])}; "
            f"{plain(cell['comparability_note'])}"
        )
        if cell["n_at_risk"] is not None:
            st.markdown(f"{cell['n_at_risk']} patients: {plain(cell['n_basis'] or 'not stated')}.")
        check = VERIFICATION_WORDS.get(cell["verification"], words(cell["verification"]))
        published = (
            f" (published: {plain(cell['published_value'])})" if cell["published_value"] else ""
        )
        st.markdown(f"**Checked against the publication:** {check}{published}.")
        st.markdown("**Source**")
        source_text(frame.reader, "fct_adverse_event", cell["adverse_event_id"])


render()
