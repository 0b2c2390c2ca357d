"""Contrast: one comparison of two groups over all genes."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.edges import edge_sentence
from app.web.charts.genes import (
    BRUSH,
    CLICK,
    Axes,
    gene_scatter,
    ma_axes,
    p_value_histogram,
    volcano_axes,
)
from app.web.components.boxes import (
    Box,
    box_from_url,
    box_round,
    box_text,
    clear_box,
    drawn_box,
    settle_box,
    turn_to_view,
)
from app.web.components.clicks import open_clicked_gene
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.look import (
    Look,
    arms_in_words,
    screen_look,
    short_labels,
    thousands,
    words,
)
from app.web.components.methods import method_in_words, samples_in_words
from app.web.components.provenance import plain, source_menu
from app.web.components.tables import genes_in_words, show_table
from app.web.components.tiles import tiles
from app.web.marts import contrast as marts
from app.web.marts.genes import resolve_many
from app.web.reader import Parameters
from app.web.reports.contrast import contrast_report

VIEWS = ["volcano", "MA plot", "p-values"]
CHART = "contrast_chart"
TABLE = "contrast_table"
OPENED = "contrast_opened"


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Contrast",
        "contrast",
        "Every gene of one comparison. A change is always the first group over the second.",
        reads=("contrast", "fdr", "lfc", "labels", "hl", "view", "list", "box"),
    ) as frame:
        contrasts = frame.reader.rows(marts.CONTRASTS)
        if not contrasts.height:
            nothing_loaded("contrast", "imid ingest study PATH/study.yaml")
            return
        ids = contrasts["contrast_id"].to_list()
        labels = dict(zip(ids, contrasts["label"].to_list(), strict=True))
        with st.container(border=True):
            chosen = frame.state.choice("Contrast", "contrast", ids, labels=labels)
            about = contrasts.row(by_predicate=pl.col("contrast_id") == chosen, named=True)
            fdr, lfc, top, pasted = _thresholds(frame, about)
            view = frame.state.segment("View", "view", VIEWS)
        turn_to_view(view, chosen)
        frame.mark_simulated(about["is_simulated"])
        _sentence(frame, about)
        values: Parameters = {"contrast": chosen, "fdr": fdr, "lfc": lfc}
        with section():
            _counts(frame, values, about)
        # A chart that fails says so in its own section; the table below stands all the same.
        box = None
        with section():
            if view == "p-values":
                _p_values(frame, chosen, about)
            else:
                box = _scatter(frame, values, about, view, top, pasted)
        with section():
            _table(frame, values, view, box, about)
        frame.offer_report(
            partial(
                contrast_report, frame.reader, about, values, _marked(frame, values, top, pasted)
            ),
            "contrast",
            "contrast_report",
        )


def _thresholds(frame: PageFrame, about: dict[str, Any]) -> tuple[float, float, int, str]:
    fdr_place, lfc_place, top_place, paste_place = st.columns(
        [5, 6, 4, 9], vertical_alignment="bottom"
    )
    with fdr_place:
        fdr = frame.state.number(
            "Adjusted p below",
            "fdr",
            about["fdr_threshold"],
            low=1e-6,
            high=0.5,
            step=0.01,
            help_text="False-discovery rate below which a gene may be called.",
        )
    with lfc_place:
        lfc = frame.state.number(
            "log2 fold change beyond",
            "lfc",
            about["abs_lfc_threshold"],
            low=0,
            high=10,
            step=0.25,
            help_text="In either direction.",
        )
    with top_place:
        top = frame.state.number("Label the top", "labels", 10, low=0, high=100, step=5)
    with paste_place:
        pasted = frame.state.text(
            "Genes to label as well",
            "hl",
            placeholder="Paste names or ids: IKZF1, c-Myc, p21",
            help_text="Any name of a gene, separated by commas.",
        )
    return fdr, lfc, int(top), pasted


def _sentence(frame: PageFrame, about: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**Which way is up:** {plain(about['direction_sentence'])}. "
            f"{samples_in_words(about)}; {plain(method_in_words(about))}.",
            width="stretch",
        )
        source_menu(
            frame.reader, "fct_differential_expression", about["contrast_id"], "contrast_source"
        )


def _counts(frame: PageFrame, values: Parameters, about: dict[str, Any]) -> None:
    counts = frame.reader.rows(marts.COUNTS, values, height=120).row(0, named=True)
    positive, negative = arms_in_words(about["direction_sentence"])
    shown = (
        ("Up", "up", positive),
        ("Down", "down", negative),
        ("Not significant", "not_significant", "tested, within the thresholds"),
        ("Not tested", "not_tested", "no adjusted p-value; listed under “not tested”"),
    )
    tiles([(label, thousands(counts[call]), meaning) for label, call, meaning in shown])
    if counts["up"] + counts["down"] == 0:
        st.info(
            f"No gene passes both thresholds (adjusted p below {values['fdr']:g}, log2 fold "
            f"change beyond {values['lfc']:g}). All tested genes are drawn and listed below.",
            icon=":material/info:",
        )


def _short(about: dict[str, Any]) -> str:
    return short_labels([str(about["label"])])[0]


def _p_values(frame: PageFrame, chosen: str, about: dict[str, Any]) -> None:
    bins = frame.reader.rows(marts.P_VALUES, {"contrast": chosen})
    if not bins.height:
        nothing_left("p-values", ["this contrast has none"])
        return

    def build(look: Look) -> Figure:
        return p_value_histogram(bins, _short(about), look)

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        alt=f"Histogram of p-values of {about['label']}",
        key="p_values",
    )
    frame.offer_figure(build, "p-values", "p_values_figure", filters=["contrast"])


def _marked(frame: PageFrame, values: Parameters, top: int, pasted: str) -> list[str]:
    """Return the genes to label: the top ones and those that were asked for."""
    best = frame.reader.rows(marts.TOP_GENES, {**values, "top": top})["gene_id"].to_list()
    return list(dict.fromkeys([*best, *resolve_many(frame.reader, pasted)[0]]))


def _scatter(
    frame: PageFrame, values: Parameters, about: dict[str, Any], view: str, top: int, pasted: str
) -> tuple[Box, Box] | None:
    """Draw the genes; return the box in force as drawn, and as far as it reaches."""
    positive, negative = arms_in_words(about["direction_sentence"])
    fdr, lfc = float(str(values["fdr"])), float(str(values["lfc"]))
    highlighted, unknown = resolve_many(frame.reader, pasted)
    marked = _marked(frame, values, top, pasted)
    volcano = view == "volcano"
    drawn = frame.reader.bulk(
        marts.VOLCANO if volcano else marts.MA, {**values, "marked": marked}, height=620
    )
    drawable = frame.reader.rows(marts.DRAWABLE, values).row(0, named=True)
    axes: Axes = (
        volcano_axes(_short(about), positive, negative, fdr, lfc)
        if volcano
        else ma_axes(_short(about), positive, negative, lfc)
    )
    linked = box_from_url(frame.state)
    sent = drawn.drop("gene_id")

    def build(look: Look) -> Figure:
        return gene_scatter(sent, axes, look, drawn_box(linked))

    event = st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key=f"{CHART}_{view[:2]}_{box_round()}",
        on_select="rerun",
        selection_mode=[BRUSH, CLICK],
        alt=f"{axes.title}; the table below lists the same genes",
    )
    total = drawable["volcano" if volcano else "ma"]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{thousands(drawn.height)} of {thousands(total)} genes drawn: every significant or "
            "labelled gene, and one gene for each spot of the crowd. Drag a box to list all genes "
            "in it; click a gene to open its page. " + _at_the_edge(drawn, axes),
            width="stretch",
        )
        frame.offer_figure(build, view.replace(" ", "-"), "scatter_figure")
    missing = [
        name for gene, name in highlighted.items() if gene not in set(drawn["gene_id"].to_list())
    ]
    if unknown or missing:
        parts = [f"{', '.join(unknown)} is no name of a gene here"] if unknown else []
        parts += [f"{', '.join(missing)} was not tested in this contrast"] if missing else []
        st.caption("Not labelled: " + plain("; ".join(parts)) + ".")
    open_clicked_gene(event, drawn, OPENED)
    box = settle_box(event, linked)
    return None if box is None else (box, axes.edges(drawn).opened(box))


def _at_the_edge(drawn: pl.DataFrame, axes: Axes) -> str:
    zero = int((drawn["c"] >= 3).sum()) if axes.is_volcano else 0
    change = "log2 fold change"
    sentence = edge_sentence(
        drawn.filter(pl.col("c") < 3),
        axes.edges(drawn),
        change if axes.is_volcano else "mean count",
        "−log10 adjusted p" if axes.is_volcano else change,
    )
    if not zero:
        return sentence
    return f"▲ at the top: {thousands(zero)} with adjusted p = 0, too small to write. {sentence}"


def _table(
    frame: PageFrame,
    values: Parameters,
    view: str,
    box: tuple[Box, Box] | None,
    about: dict[str, Any],
) -> None:
    st.header("Genes", anchor=False)
    listed_as = "box"
    if box is None:
        listed_as = frame.state.segment("List", "list", list(marts.LISTS))
        listed = frame.reader.bulk(marts.LISTS[listed_as], values, height=420)
    else:
        seen, reach = box
        x0, x1, y0, y1 = seen
        sides = dict(zip(("x0", "x1", "y0", "y1"), reach, strict=True))
        listed = frame.reader.bulk(marts.BOXED[view], {**values, **sides}, height=420)
        frame.state.values["box"] = [box_text(seen)]
        beyond = "" if reach == seen else ", with the genes at the edge"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{thousands(listed.height)} genes in the box** on the {view}: "
                f"x from {x0:.2f} to {x1:.2f}, y from {y0:.2f} to {y1:.2f}{beyond}, undrawn genes "
                "included.",
                width="stretch",
            )
            st.button("Drop the box", icon=":material/close:", on_click=clear_box)
    if not listed.height:
        nothing_left(
            "genes",
            [
                f"list “{listed_as}”",
                f"adjusted p below {values['fdr']:g}",
                f"log2 fold change beyond {values['lfc']:g}",
            ],
        )
        return
    shown = genes_in_words(listed)
    if listed_as != "not tested" and shown["not_tested_reason"].is_null().all():
        shown = shown.drop("not_tested_reason")
    rows = show_table(
        shown,
        key=TABLE,
        alt_text=f"Genes of {about['label']}, {words(listed_as)}",
        height=420,
        choose="multi-row",
    )
    st.session_state["gene_list"] = listed["gene_id"].to_list()[:5000]
    st.session_state["gene_list_name"] = f"{listed_as} genes of {_short(about)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{thousands(shown.height)} genes. Choose rows to open them.", width="stretch")
        for row in rows[:6]:
            gene = listed.row(row, named=True)
            st.page_link(
                "views/gene.py",
                label=plain(gene["gene"]),
                icon=":material/genetics:",
                query_params={"gene": gene["gene_id"]},
            )
        frame.offer_table(
            shown,
            f"genes-{listed_as.replace(' ', '-')}",
            "genes_download",
            filters=["contrast", "fdr", "lfc", *(["list"] if box is None else ["view", "box"])],
        )


render()
