"""Provenance: from a subject of a mart to file, line and sha256, and to document, row and words."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.look import thousands
from app.web.components.provenance import plain, source_text, whole_chain
from app.web.components.tables import show_table
from app.web.marts import provenance as marts

KIND_WORDS = {
    "study": ("study", "studies"),
    "contrast": ("contrast", "contrasts"),
    "claim": ("claim", "claims"),
    "adverse_event": ("adverse-event cell", "adverse-event cells"),
    "assay_run": ("assay", "assays"),
    "assay_measurement": ("assay measurement", "assay measurements"),
    "dose_response": ("dose response", "dose responses"),
    "colony_ratio": ("colony ratio", "colony ratios"),
}

# The mart that has one row a subject, where the subject's own mart has many.
SUBJECT_MARTS = {"fct_differential_expression": "dim_contrast", "fct_expression": "dim_study"}


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Provenance",
        "provenance",
        "Where every number comes from: the mart it stands in, the load and file that brought it, "
        "and for curated rows the document, table, row and words.",
        reads=("mart", "id"),
    ) as frame:
        held = frame.reader.rows(marts.MARTS)
        if not held.height:
            nothing_loaded("sources", "imid run")
            return
        labels = {
            row["mart"]: f"{row['mart']} "
            f"({row['subjects']} {KIND_WORDS[row['subject_kind']][row['subjects'] != 1]})"
            for row in held.iter_rows(named=True)
        }
        with st.container(border=True):
            left, right = st.columns([2, 3])
            with left:
                mart = frame.state.choice("Mart", "mart", list(labels), labels=labels)
            with right:
                subject = frame.state.text(
                    "Subject",
                    "id",
                    placeholder="003-T1-r1-c3, or gene_id=IRF4,contrast_id=...",
                )
        with section():
            _subjects(frame, mart, subject)


def _subjects(frame: PageFrame, mart: str, subject: str) -> None:
    if "=" in subject:
        # A row named by its columns, such as contrast_id=...,gene_id=..., has its chain at once.
        frame.mark_simulated(whole_chain(frame.reader, mart, [subject]))
        return
    found = frame.reader.rows(marts.SUBJECTS, {"mart": mart}, height=200)
    if subject:
        found = found.filter(pl.col("subject_key").str.contains(subject, literal=True))
    if not found.height:
        nothing_left("subjects", [f"mart {mart}", f"subject “{subject}”"])
        return
    frame.mark_simulated(*found["is_simulated"])
    rows = show_table(
        found,
        key="provenance_table",
        alt_text=f"Sources of the rows of {mart}",
        columns={
            "subject_key": st.column_config.TextColumn("Subject", pinned=True),
            "document_title": st.column_config.TextColumn("Document", width="medium"),
            "source_location": "Place",
            "source_row": "Row",
            "verbatim": st.column_config.TextColumn("Words of the document", width="medium"),
            "source_line": "Line of the file",
            "file_sha256": "sha256",
            "files": st.column_config.TextColumn("All files of the load", width="medium"),
            "is_simulated": st.column_config.CheckboxColumn("Simulated"),
            "loaded_at": st.column_config.DatetimeColumn("Loaded (UTC)", format="YYYY-MM-DD HH:mm"),
        },
        choose="single-row",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        rows_word = "row" if found.height == 1 else "rows"
        st.caption(f"{thousands(found.height)} {rows_word}. Choose one to read its way.")
        frame.offer_table(found, f"provenance-{mart}", "provenance_download")
    chosen = rows[0] if rows else (0 if found.height == 1 else None)
    if chosen is not None:
        with st.container(border=True):
            st.markdown(f"**{plain(found['subject_key'][chosen])}**")
            source_text(frame.reader, mart, found["subject_key"][chosen])
        with st.expander("The whole chain"):
            key = [found["subject_key"][chosen]]
            whole_chain(frame.reader, SUBJECT_MARTS.get(mart, mart), key)


render()
