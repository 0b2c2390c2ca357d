"""Below the adverse events: what to investigate, and what assays of toxicity have shown."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from app.web.components.empty import not_filtered_by
from app.web.components.frame import SIMULATED_NOTE, PageFrame
from app.web.components.tables import show_table
from app.web.marts import toxicity as marts

_TEXT = st.column_config.TextColumn
_NUMBER = st.column_config.NumberColumn
# The filters that decide which events are in view.
IN_VIEW = ("term", "regimen", "grade", "min")


def what_to_investigate(frame: PageFrame, term_keys: list[str]) -> None:
    """Show the guides' steps and the documents' statements on the events in view."""
    guides = frame.reader.rows(marts.GUIDES, {"terms": term_keys})
    statements = frame.reader.rows(marts.STATEMENTS, {"terms": term_keys})
    if not guides.height and not statements.height:
        return
    st.header("From the event to its mechanism", anchor=False)
    if guides.height:
        st.markdown(
            "What the troubleshooting guides would have investigated and managed for the events "
            "in view. The mechanism is a suspicion to test, not a finding."
        )
        shown = guides.select(
            "events",
            pl.col("step_kind").alias("step is"),
            pl.col("step_name").alias("step"),
            "suspected_mechanism",
            pl.col("summary").alias("what to do"),
            pl.col("assay_name").alias("assay"),
            pl.col("assay_read_out").alias("read-out"),
            pl.col("guide"),
            pl.col("document_title").alias("document"),
        )
        show_table(
            shown,
            key="guide_table",
            alt_text="Steps of the troubleshooting guides for the events in view",
            columns={
                "events": _TEXT("Events", width="medium"),
                "what to do": _TEXT("What to do", width="large"),
            },
        )
        frame.offer_table(shown, "what-to-investigate", "guide_download", filters=IN_VIEW)
    if statements.height:
        st.markdown("What the documents say of these events without a figure, word for word.")
        shown = statements.select(
            "term",
            pl.col("given").alias("under"),
            pl.col("direction").str.replace_all("_", " "),
            "compared_with",
            "mechanism",
            pl.col("verbatim"),
            pl.col("document_title").alias("document"),
            pl.col("source_location").alias("section"),
        )
        show_table(
            shown,
            key="statement_table",
            alt_text="Statements of the documents on the events in view",
            columns={"verbatim": _TEXT("As printed", width="large")},
        )
        frame.offer_table(shown, "safety-statements", "statement_download", filters=IN_VIEW)


def assays(frame: PageFrame, unused: Sequence[str]) -> None:
    """Show the IC50s and colony ratios of all loaded assays.

    Parameters
    ----------
    unused
        The page's filters that are set, and do not reach assays.
    """
    curves = frame.reader.rows(marts.CURVES)
    colonies = frame.reader.rows(marts.COLONIES)
    if not curves.height and not colonies.height:
        return
    st.header("Assays of toxicity", anchor=False)
    not_filtered_by(unused)
    if any(table["is_simulated"].any() for table in (curves, colonies)):
        st.warning(SIMULATED_NOTE, icon=":material/science:")
    if curves.height:
        with frame.resting_on(*curves["is_simulated"]):
            _curves(frame, curves)
    if colonies.height:
        with frame.resting_on(*colonies["is_simulated"]):
            _colonies(frame, colonies)


def _curves(frame: PageFrame, curves: pl.DataFrame) -> None:
    st.markdown(
        "**Cytotoxicity.** The absolute IC50 is where half of the cells' signal without drug is "
        "left, the relative one the curve's own midpoint; in brackets 95 % profile-likelihood "
        "intervals. A curve that never crosses half has a bound, not an estimate."
    )
    shown = curves.select(
        "treatment",
        "cells",
        pl.col("time_h").alias("hours"),
        typed_amount("absolute_ic50").alias("absolute IC50 (uM)"),
        typed_amount("relative_ic50").alias("relative IC50 (uM)"),
        pl.col("hill_slope").round(2).alias("Hill slope"),
        pl.col("top_pct").round(1).alias("top (%)"),
        pl.col("bottom_pct").round(1).alias("bottom (%)"),
        pl.col("r_squared").round(3).alias("R squared"),
        pl.col("n_wells").alias("wells"),
        "reason",
        pl.col("title").alias("assay"),
        pl.col("is_simulated").alias("simulated"),
    )
    show_table(shown, key="curve_table", alt_text="IC50s of the cytotoxicity assays")
    frame.offer_table(shown, "dose-response", "curve_download", filters=())


def _colonies(frame: PageFrame, colonies: pl.DataFrame) -> None:
    st.markdown(
        "**Colony-forming cells.** Colonies per cell plated, treatment over vehicle, with 95 % "
        "intervals: quasi-Poisson, donors as blocks. Below 1: fewer colonies than under vehicle."
    )
    shown = colonies.select(
        "colony_type",
        "treatment",
        pl.col("concentration_um").alias("uM"),
        typed_ratio().alias("ratio to vehicle"),
        pl.col("padj").alias("adjusted p"),
        pl.col("overdispersion_p_value").alias("p of overdispersion"),
        pl.col("n_donors").alias("donors"),
        pl.col("n_dishes").alias("dishes"),
        pl.col("colonies"),
        pl.col("vehicle_colonies"),
        "reason",
        pl.col("title").alias("assay"),
        pl.col("is_simulated").alias("simulated"),
    )
    scientific = {
        name: _NUMBER(name, format="scientific") for name in ("adjusted p", "p of overdispersion")
    }
    show_table(
        shown,
        key="colony_table",
        alt_text="Colony numbers against the vehicle",
        columns=scientific,
    )
    frame.offer_table(shown, "colony-ratios", "colony_download", filters=())


def typed_amount(name: str) -> pl.Expr:
    """Return an IC50 in words: an estimate with its interval, or a bound with its sign."""
    interval = pl.format(
        " [{}, {}]", _limit(f"{name}_lower_um", "no limit"), _limit(f"{name}_upper_um", "no limit")
    )
    operator = pl.col(f"{name}_operator")
    amount = _number(f"{name}_um")
    return (
        pl.when(operator == "=")
        .then(pl.concat_str(amount, interval))
        .when(operator.is_not_null())
        .then(pl.concat_str(operator, pl.lit(" "), amount))
        .otherwise(pl.lit("not estimable"))
    )


def typed_ratio() -> pl.Expr:
    """Return a ratio in words, as :func:`typed_amount`."""
    interval = pl.format(
        " [{}, {}]", _limit("ratio_lower", "no limit"), _limit("ratio_upper", "no limit")
    )
    has_interval = pl.col("ratio_lower").is_not_null()
    amount = _number("ratio")
    return (
        pl.when((pl.col("ratio_operator") == "=") & has_interval)
        .then(pl.concat_str(amount, interval))
        .when(pl.col("ratio_operator") == "=")
        .then(amount)
        .when(pl.col("ratio_operator").is_not_null())
        .then(pl.concat_str("ratio_operator", pl.lit(" "), amount))
        .otherwise(pl.lit("not estimable"))
    )


def _number(column: str) -> pl.Expr:
    return pl.col(column).round_sig_figs(3).cast(pl.String).str.strip_suffix(".0")


def _limit(column: str, without: str) -> pl.Expr:
    return _number(column).fill_null(without)
