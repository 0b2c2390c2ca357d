"""Below the adverse events: what the checks found on the printed figures, by kind."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from app.web.components.empty import not_filtered_by, nothing_left
from app.web.components.frame import PageFrame
from app.web.components.provenance import plain, source_text
from app.web.components.tables import show_table
from app.web.marts import safety as marts

_TEXT = st.column_config.TextColumn

# A rule in words; a verification is its own kind by what it found.
RULE_WORDS = {
    "percentage fits no count": "the printed percentage fits no whole number of patients",
    "recomputation": "recomputed from the printed count, the percentage is another",
    "grade band": "printed and published grade bands differ",
    "several published values": "more than one value is published for the figure",
    "interim": "the figure is of an interim analysis, which later ones supersede",
}


def findings_by_kind(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the findings with their ``kind`` in words."""
    return findings.with_columns(
        kind=pl.when(pl.col("rule_code") == "verification")
        .then(pl.col("what"))
        .otherwise(pl.col("rule_code").replace(RULE_WORDS))
    )


def findings_section(frame: PageFrame, unused: Sequence[str]) -> None:
    """Draw how many printed figures failed which check, and each of them.

    Parameters
    ----------
    unused
        The page's filters that are set, and do not reach the findings.
    """
    findings = findings_by_kind(frame.reader.rows(marts.FINDINGS))
    st.header("Findings on the printed figures", anchor=False)
    not_filtered_by(unused)
    if not findings.height:
        st.caption("No check of the printed figures found anything.")
        return
    counted = (
        findings.group_by("kind", "severity", maintain_order=True)
        .len("findings")
        .sort("findings", descending=True, maintain_order=True)
    )
    chosen = frame.state.many(
        "Kind of finding", "finding", counted["kind"].unique().sort().to_list()
    )
    if chosen:
        findings = findings.filter(pl.col("kind").is_in(chosen))
    else:
        show_table(
            counted,
            key="finding_kinds",
            alt_text="Findings on the printed figures by kind, with their number",
            columns={"kind": _TEXT("What was found", width="large")},
        )
        frame.offer_table(counted, "kinds-of-findings", "finding_kinds_download", filters=())
    if not findings.height:
        nothing_left("findings", [f"kind of finding {', '.join(chosen)}"])
        return
    shown = findings.select("subject", "area", "severity", "what", "evidence", "source")
    rows = show_table(
        shown,
        key="finding_rows",
        alt_text="Every finding on the printed figures with its evidence and source",
        columns={
            "subject": _TEXT("Figure", pinned=True),
            "what": _TEXT("What was found", width="medium"),
            "evidence": _TEXT("Evidence", width="large"),
            "source": _TEXT("Where it stands", width="large"),
        },
        choose="single-row",
        height=300,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        number = f"{shown.height} finding{'' if shown.height == 1 else 's'}"
        st.caption(f"{number} of adverse events and outcomes. Choose one for its source.")
        frame.offer_table(shown, "printed-figures", "findings_download", filters=["finding"])
    if rows:
        chosen_row = shown.row(rows[0], named=True)
        with st.container(border=True):
            if chosen_row["area"] == "adverse event":
                source_text(frame.reader, "fct_adverse_event", chosen_row["subject"])
            else:
                st.markdown(f"From {plain(chosen_row['source'])}.")
