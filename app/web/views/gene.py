"""Gene: one gene over every sample, contrast and claim."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.gene import forest, replicates
from app.web.components.claims import claim_table
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.genepicker import gene_label, outside_links, show_resolution
from app.web.components.look import (
    NOT_TESTED_WORDS,
    Look,
    screen_look,
    short_labels,
    words,
)
from app.web.components.provenance import plain, source_menu
from app.web.components.tables import show_table
from app.web.marts import gene as marts
from app.web.marts.genes import resolve
from app.web.reader import Reader

KEY = "gene"


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Gene",
        "gene",
        "One gene in every sample, every contrast and every claim. "
        "Any name will do: symbol, former symbol, other name, Ensembl or study id.",
        reads=("gene", "study"),
    ) as frame:
        listed, list_name = _current_list(frame.reader)
        if not listed:
            nothing_loaded("gene", "imid ingest study PATH/study.yaml")
            return
        typed = _picker(frame, listed, list_name)
        if not typed:
            st.info("Type a gene's name above.", icon=":material/search:")
            return
        found = resolve(frame.reader, typed)
        show_resolution(found, _offer)
        if found.gene is None:
            return
        gene = found.gene
        _identity(gene)
        with section():
            _changes(frame, gene)
        with section():
            _samples(frame, gene)
        with section():
            _claims(frame, gene)


def _current_list(reader: Reader) -> tuple[list[str], str]:
    kept: list[str] = st.session_state.get("gene_list", [])
    if kept:
        return kept, str(st.session_state.get("gene_list_name", "the last list"))
    first = reader.rows(marts.FIRST_GENES)["gene_id"].to_list()
    if first:
        return first, "genes the documents name, then genes that change"
    return reader.rows(marts.ANY_GENES)["gene_id"].to_list(), "genes of this release"


def _picker(frame: PageFrame, listed: list[str], list_name: str) -> str:
    raw = st.query_params.get(KEY) or st.session_state.get(KEY)
    if not raw and not frame.state.comes_back_to(KEY):
        st.session_state[KEY] = listed[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = frame.state.text("Gene", KEY, placeholder="CRBN, p21, MUM1, ENSG00000185811")
        found = resolve(frame.reader, typed) if typed else None
        gene_id = found.gene["gene_id"] if found and found.gene else None
        at = listed.index(gene_id) if gene_id in listed else None
        before = listed[at - 1] if at else None
        after = listed[at + 1] if at is not None and at + 1 < len(listed) else None
        if at is None:
            after = listed[0]
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            disabled=before is None,
            on_click=_go,
            args=(before,),
            key="gene_previous",
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            disabled=after is None,
            on_click=_go,
            args=(after,),
            key="gene_next",
        )
    place = f"{at + 1} of {len(listed)}" if at is not None else f"None of {len(listed)}"
    st.caption(f"{place}: {plain(list_name)}.")
    return typed


def _go(gene: str | None) -> None:
    if gene:
        st.session_state[KEY] = gene


def _offer(gene: dict[str, Any], position: int) -> None:
    st.button(gene_label(gene), key=f"candidate_{position}", on_click=_go, args=(gene["gene_id"],))


def _identity(gene: dict[str, Any]) -> None:
    st.header(plain(gene["display_name"]), anchor=False)
    known = [
        gene["name"],
        words(gene["biotype"]) if gene["biotype"] else None,
        f"chromosome {gene['chromosome']}" if gene["chromosome"] else None,
        gene["organism"],
    ]
    stable_id = f"`{gene['gene_id'].replace('`', '')}`"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            " · ".join([*(plain(part) for part in known if part), stable_id]), width="content"
        )
        for name, address in outside_links(gene["gene_id"], gene["entrez_id"]):
            st.link_button(name, address, icon=":material/open_in_new:", type="tertiary")
    if not gene["has_reference"]:
        st.caption("No gene reference knows this id, so it has no outside pages.")


def _changes(frame: PageFrame, gene: dict[str, Any]) -> None:
    st.subheader("Change in every contrast", anchor=False)
    found = frame.reader.rows(
        marts.CHANGES, {"gene": gene["gene_id"], "organism": gene["organism"]}, height=600
    )
    if not found.height:
        nothing_left("contrasts", ["no contrast of this organism has been analysed"])
        return
    measured = found.filter(pl.col("is_measured"))
    left_out = found.height - measured.height
    if not measured.height:
        nothing_left("contrasts", [f"{gene['display_name']} is counted in no analysed study"])
        return
    shown = measured.with_columns(
        pl.Series(
            "label", short_labels(measured["label"].to_list(), measured["contrast_id"].to_list())
        ),
        state=pl.col("direction").str.replace_all("_", " "),
        remark=pl.col("not_tested_reason")
        .replace_strict(NOT_TESTED_WORDS, default=pl.col("not_tested_reason"))
        .pipe(lambda column: pl.lit("not tested: ") + column)
        .fill_null(""),
    )
    frame.mark_simulated(*measured["is_simulated"])
    lfc = frame.build.abs_lfc if frame.build else 1.0

    def build(look: Look) -> Figure:
        return forest(shown, gene["display_name"], lfc, look)

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="gene_forest",
        alt=f"log2 fold change with 95 % interval of {gene['display_name']} in each contrast",
    )
    table = shown.select(
        "label",
        "log2_fold_change",
        "ci_lower",
        "ci_upper",
        "padj",
        pl.col("state").alias("call"),
        "remark",
        "direction_sentence",
    )
    with st.expander("The same as a table", expanded=False):
        rows = show_table(
            table,
            key="gene_changes",
            alt_text=f"Changes of {gene['display_name']} by contrast",
            columns={
                "label": st.column_config.TextColumn("Contrast", width="large"),
                "remark": "Remark",
                "direction_sentence": "Which way is up",
            },
            choose="single-row",
        )
        if rows:
            chosen = measured.row(rows[0], named=True)
            st.page_link(
                "views/contrast.py",
                label=f"Open {plain(chosen['label'])}",
                icon=":material/scatter_plot:",
                query_params={"contrast": chosen["contrast_id"], "hl": gene["display_name"]},
            )
            source_menu(
                frame.reader, "fct_differential_expression", chosen["contrast_id"], "change_source"
            )
    with st.container(horizontal=True, vertical_alignment="center"):
        if left_out:
            st.caption(f"{left_out} contrasts are of studies that do not count this gene.")
        frame.offer_figure(build, f"forest-{gene['display_name']}", "forest_figure")
        frame.offer_table(table, f"changes-{gene['display_name']}", "changes_table")


def _samples(frame: PageFrame, gene: dict[str, Any]) -> None:
    st.subheader("Every replicate", anchor=False)
    studies = frame.reader.rows(marts.STUDIES, {"gene": gene["gene_id"]})
    if not studies.height:
        nothing_left("samples", [f"no study counts {gene['display_name']}"])
        return
    ids = studies["study_id"].to_list()
    study = frame.state.choice("Study", "study", ids) if len(ids) > 1 else ids[0]
    about = studies.row(by_predicate=pl.col("study_id") == study, named=True)
    frame.mark_simulated(about["is_simulated"])
    samples = frame.reader.rows(
        marts.SAMPLES, {"study": study, "gene": gene["gene_id"]}, height=440
    )
    dose = (
        pl.when(pl.col("concentration_um").is_not_null())
        .then(
            pl.format(" {} uM", pl.col("concentration_um").cast(pl.String).str.strip_suffix(".0"))
        )
        .otherwise(pl.lit(""))
    )
    shown = samples.with_columns(level=pl.col("level") + dose).with_columns(
        row=pl.when(pl.col("cell_line").is_not_null())
        .then(pl.col("cell_line") + " · " + pl.col("level"))
        .otherwise(pl.col("level"))
    )

    def build(look: Look) -> Figure:
        return replicates(shown, gene["display_name"], study, look)

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="gene_replicates",
        alt=f"Counts per million of {gene['display_name']} in each sample of {study}",
    )
    table = shown.select(
        "sample_id", "cell_line", "level", "replicate", "time_h", "count", "cpm", "library_size"
    )
    with st.expander("The same as a table", expanded=False):
        show_table(
            table,
            key="gene_samples",
            alt_text=f"Counts of {gene['display_name']} by sample",
            columns={
                "sample_id": "Sample",
                "cell_line": "Cell line",
                "level": "Group",
                "replicate": "Replicate",
                "time_h": "Hours",
                "count": st.column_config.NumberColumn("Counts", format="localized"),
                "cpm": st.column_config.NumberColumn("Counts per million", format="%.3f"),
                "library_size": st.column_config.NumberColumn("Library", format="localized"),
            },
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        source_menu(frame.reader, "fct_expression", study, "samples_source")
        frame.offer_figure(build, f"replicates-{gene['display_name']}", "replicates_figure")
        frame.offer_table(table, f"samples-{gene['display_name']}", "samples_table")


def _claims(frame: PageFrame, gene: dict[str, Any]) -> None:
    st.subheader("What documents say of it", anchor=False)
    claims = frame.reader.rows(marts.CLAIMS, {"gene": gene["gene_id"]}, height=400)
    if not claims.height:
        st.caption(
            f"No document of this release makes a claim about {plain(gene['display_name'])}."
        )
        return
    claim_table(frame, claims, "gene_claims", f"claims-{gene['display_name']}", [KEY])


render()
