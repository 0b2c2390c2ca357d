"""What all studies together say of claims, which drug does more, where documents disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl
import streamlit as st

from app.web.components.claims import claim_words
from app.web.components.empty import not_filtered_by
from app.web.components.frame import PageFrame, data_words
from app.web.components.look import VERDICT_WORDS
from app.web.components.provenance import plain
from app.web.components.tables import show_table
from app.web.marts import standing as marts

_TEXT = st.column_config.TextColumn
_NUMBER = st.column_config.NumberColumn
_STANDING_WORDS: Final = {
    "supported": "supported",
    "contradicted": "contradicted",
    "mixed": "agrees and opposite",
    "not_significant": "not significant",
}
_CONFLICT_WORDS: Final = {
    "opposite": "opposite directions",
    "by_cells": "up in some cells, down in others",
    "called_variable": "called variable",
    "effect_and_none": "an effect, and none",
    "by_route": "by different routes",
}
_SCOPE_WORDS: Final = {
    "between_documents": "between documents",
    "within_document": "within one document",
}
# What every table here is filtered by.
_FILTERS: Final = ("drug", "level", "document")
_SHARED: Final[dict[str, Any]] = {
    "target": _TEXT("Gene or set", pinned=True),
    "drug": _TEXT("Drug"),
    "claim": _TEXT("Claim", width="medium"),
    "data": _TEXT("Data"),
    "verbatim": _TEXT("Words of the document", width="medium"),
    "document": _TEXT("Document", width="medium"),
}


def studies_words() -> pl.Expr:
    """Count studies by verdict: ``2 agree, 1 mixed``."""
    counted = [
        pl.when(pl.col(f"n_studies_{verdict}") > 0).then(
            pl.format("{} {}", f"n_studies_{verdict}", pl.lit(verdict.replace("_", " ")))
        )
        for verdict in ("agree", "opposite", "not_significant", "mixed")
    ]
    return pl.concat_str(counted, separator=", ", ignore_nulls=True).alias("studies")


def _table(
    frame: PageFrame,
    shown: pl.DataFrame,
    name: str,
    *,
    alt_text: str,
    columns: dict[str, Any],
    caption: str,
    filters: Sequence[str],
    choose: str | None = None,
) -> list[int]:
    """Show a table of claims, with a caption and its download; return the chosen rows.

    Parameters
    ----------
    filters
        Parameters of the page that the table is filtered by.
    """
    rows = show_table(
        shown,
        key=f"literature_{name}",
        alt_text=alt_text,
        columns=_SHARED | columns,
        choose=choose,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(caption)
        frame.offer_table(shown, f"claim-{name}", f"{name}_download", filters)
    return rows


def standing_section(frame: PageFrame, chosen: dict[str, Any]) -> None:
    """Show every claim that some study tested, over all of them."""
    st.header("Standing over all studies", anchor=False)
    not_filtered_by(_set_of(chosen, "verdicts", "contrast"))
    found = frame.reader.rows(marts.STANDING, _asked(chosen))
    if not found.height:
        st.caption("No study tests any of these claims.")
        return
    shown = found.select(
        "target",
        "drug",
        claim_words().alias("claim"),
        data_words(),
        pl.col("standing").replace_strict(_STANDING_WORDS, default=pl.col("standing")),
        studies_words(),
        "n_agree",
        "n_opposite",
        "n_not_significant",
        "pooled_log2_fold_change",
        "pooled_hk_lower",
        "pooled_hk_upper",
        "n_studies_pooled",
        "not_pooled",
        "verbatim",
        "document",
    )
    with frame.resting_on(*found["is_simulated"]):
        _table(
            frame,
            shown,
            "standing",
            alt_text="Claims with their standing over all studies",
            columns={
                "standing": _TEXT("Standing"),
                "studies": _TEXT(
                    "Studies", help="mixed: the contrasts of one study give different verdicts."
                ),
                "n_agree": _NUMBER("Agree", help="Contrasts that agree."),
                "n_opposite": _NUMBER("Opposite", help="Contrasts that say the opposite."),
                "n_not_significant": _NUMBER("Not significant", help="Contrasts."),
                "pooled_log2_fold_change": _NUMBER("Pooled log2 FC", format="%.2f"),
                "pooled_hk_lower": _NUMBER("95 % from", format="%.2f"),
                "pooled_hk_upper": _NUMBER("95 % to", format="%.2f"),
                "n_studies_pooled": _NUMBER("Studies pooled"),
                "not_pooled": _TEXT("Not pooled", help="Studies that no pooled change may hold."),
            },
            caption=f"{shown.height} rows, measured and simulated data apart. The pooled change "
            "(random effects, Hartung-Knapp interval) needs two studies with standard errors.",
            filters=_FILTERS,
        )


def potency_section(frame: PageFrame, chosen: dict[str, Any]) -> None:
    """Show every claim that compares two drugs, with the difference from the model."""
    st.header("Which drug does more", anchor=False)
    found = frame.reader.rows(marts.POTENCY, chosen)
    if not found.height:
        st.caption("None of these claims compares two drugs.")
        return
    shown = found.select(
        "target",
        "drug",
        claim_words().alias("claim"),
        data_words(),
        pl.col("verdict").replace_strict(VERDICT_WORDS, default=pl.col("verdict")),
        "difference",
        "difference_ci_lower",
        "difference_ci_upper",
        pl.col("difference_padj").alias("padj"),
        pl.format("{} / {}", "drug_doses", "comparator_doses").alias("doses"),
        pl.coalesce("dose_sentence", pl.lit("no study compares the two")).alias("dose_sentence"),
        "contrast",
        "reason",
        "verbatim",
        "document",
    )
    unequal = found.filter(~pl.col("has_equal_doses")).height
    said = (
        " At unequal concentrations the difference compares the doses as much as the drugs."
        if unequal
        else ""
    )
    with frame.resting_on(*found["is_simulated"]):
        _table(
            frame,
            shown,
            "potency",
            alt_text="Claims that compare two drugs, with the difference of their changes",
            columns={
                "verdict": _TEXT("Verdict"),
                "difference": _NUMBER(
                    "Difference", format="%.2f", help="log2 change of the drug minus the other's."
                ),
                "difference_ci_lower": _NUMBER("95 % from", format="%.2f"),
                "difference_ci_upper": _NUMBER("95 % to", format="%.2f"),
                "doses": _TEXT("Doses", help="Of the drug / of the one it is compared with."),
                "dose_sentence": _TEXT("Concentrations", width="large"),
                "contrast": _TEXT("Contrast", width="medium"),
                "reason": _TEXT("Because", width="large"),
            },
            caption=f"{shown.height} rows; the difference is from the model that holds both drugs."
            f"{said}",
            filters=[*_FILTERS, "verdict", "against"],
        )


def conflict_section(frame: PageFrame, chosen: dict[str, Any]) -> None:
    """Show where documents disagree; a chosen row opens the words of each."""
    st.header("Where the documents disagree", anchor=False)
    not_filtered_by(_set_of(chosen, "verdicts", "contrast"))
    found = frame.reader.rows(marts.CONFLICTS, _asked(chosen))
    if not found.height:
        st.caption("The documents do not disagree on these claims.")
        return
    shown = found.select(
        "target",
        "drug",
        pl.col("conflict_kind").replace_strict(_CONFLICT_WORDS).alias("how"),
        pl.col("conflict_scope").replace_strict(_SCOPE_WORDS).alias("scope"),
        "what",
    )
    with frame.resting_on():
        rows = _table(
            frame,
            shown,
            "conflicts",
            alt_text="Drugs and genes on which the documents disagree",
            columns={
                "how": _TEXT("How they disagree", width="medium"),
                "scope": _TEXT("Where"),
                "what": _TEXT("What each says", width="large"),
            },
            caption=f"{shown.height} disagreements. Choose one for the words of each document.",
            filters=_FILTERS,
            choose="single-row",
        )
    if rows:
        quotes = frame.reader.rows(marts.QUOTES, {"claims": found["claim_ids"][rows[0]]})
        with st.container(border=True):
            for quote in quotes.iter_rows(named=True):
                st.markdown(f"> {plain(quote['verbatim'])}")
                st.caption(
                    f"{plain(quote['document'])}, {plain(quote['place'])}; "
                    f"{plain(quote['reference'])} ({plain(quote['claim_id'])})"
                )


def _set_of(chosen: dict[str, Any], *keys: str) -> list[str]:
    """Return the labels of those filters that are set."""
    labels = {"verdicts": "Verdict", "contrast": "Held against"}
    return [labels[key] for key in keys if chosen[key]]


def _asked(chosen: dict[str, Any]) -> dict[str, Any]:
    lists = ("drugs", "levels", "documents")
    return {name: chosen[name] for name in (*lists, *(f"all_{one}" for one in lists))}
