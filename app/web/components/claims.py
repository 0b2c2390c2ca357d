"""Claims of documents beside the verdict of the data, with quote, place and reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from app.web.components.frame import SESSION_COLUMN, SIMULATED_COLUMN, PageFrame, data_words
from app.web.components.look import VERDICT_WORDS, number, scientific, words
from app.web.components.provenance import plain, source_text
from app.web.components.tables import show_table
from app.web.marts.literature import REFERENCES

_TEXT = st.column_config.TextColumn
_COLUMNS: dict[str, Any] = {
    "target": _TEXT("Gene or set", pinned=True),
    "drug": _TEXT("Drug"),
    "claim": _TEXT("Claim", width="medium"),
    "level": _TEXT("Level"),
    "cells": _TEXT("Cells"),
    "verdict": _TEXT("Verdict"),
    SESSION_COLUMN: _TEXT("Data of", width="medium"),
    "contrast": _TEXT("Contrast", width="medium"),
    SIMULATED_COLUMN: _TEXT("Data"),
    "reason": _TEXT("Because", width="large"),
    "verbatim": _TEXT("Words of the document", width="medium"),
    "document": _TEXT("Document", width="medium"),
    "place": _TEXT("Place"),
    "reference": _TEXT("Reference given", width="medium"),
}


def claim_table(
    frame: PageFrame, claims: pl.DataFrame, key: str, what: str, filters: Sequence[str]
) -> None:
    """Show claims by contrast; a chosen row opens its quote, reference and source.

    Parameters
    ----------
    filters
        Parameters of the page that the claims are filtered by.
    """
    shown = claims.select(
        *([pl.col("target")] if "target" in claims.columns else []),
        "drug",
        claim_words().alias("claim"),
        pl.col("level").map_elements(words, pl.String),
        pl.col("cells").str.replace_all("_", " "),
        pl.col("verdict").replace_strict(VERDICT_WORDS, default=pl.col("verdict")),
        *([pl.col(SESSION_COLUMN)] if SESSION_COLUMN in claims.columns else []),
        "contrast",
        "log2_fold_change",
        "padj",
        "reason",
        data_words(),
        "verbatim",
        "document",
        "place",
        "reference",
    )
    rows = show_table(
        shown,
        key=key,
        alt_text="Claims by contrast with their verdicts",
        columns=_COLUMNS,
        choose="single-row",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{shown.height} rows, one per claim and contrast. Choose one for its quote and source."
        )
        with frame.resting_on(*claims["is_simulated"]):
            frame.offer_table(shown, what, f"{key}_download", filters)
    if rows:
        claim_card(frame, claims.row(rows[0], named=True))


def claim_words() -> pl.Expr:
    """Return effect and comparison of a claim in words, with a shape for the direction."""
    arrow = pl.col("effect").replace_strict(
        {"up": "▲ up", "down": "▼ down", "variable": "◆ variable", "none": "● no effect"},
        default=pl.col("effect").str.replace_all("_", " "),
    )
    return (
        pl.when(pl.col("compared_with").is_not_null())
        .then(
            pl.format(
                "{}, {} than {}",
                arrow,
                pl.col("comparison").fill_null("other"),
                pl.col("compared_with"),
            )
        )
        .otherwise(arrow)
    )


def claim_card(frame: PageFrame, claim: dict[str, Any]) -> None:
    """Show one claim: the words, what the data say, the references and the source."""
    with st.container(border=True):
        st.markdown(f"**The document says of {plain(claim['target_as_written'])}:**")
        st.markdown(f"> {plain(claim['verbatim'])}")
        st.markdown(
            f"**Verdict: {VERDICT_WORDS.get(claim['verdict'], claim['verdict'])}**, because "
            f"{plain(claim['reason'])}."
        )
        if claim["contrast"]:
            st.markdown(
                f"Held against {plain(claim['contrast'])}: log2 fold change "
                f"{number(claim['log2_fold_change'])}, adjusted p {scientific(claim['padj'])}."
            )
        st.markdown(f"The claim is about {words(claim['level'])} in {words(claim['cells'])}.")
        references = frame.reader.rows(REFERENCES, {"claim": claim["claim_id"]})
        if references.height:
            st.markdown("**References the document gives**")
            for row in references.iter_rows(named=True):
                st.markdown(f"{row['position']}. {plain(row['citation_as_written'])}")
        else:
            st.markdown(f"**Reference:** {plain(claim['reference'] or 'no reference given')}")
        st.markdown("**Source**")
        source_text(frame.reader, "fct_literature_claim", claim["claim_id"])
