"""The genes of a study whose names lead to no single gene, listed with the reason."""

from __future__ import annotations

import streamlit as st

from app.web.components.frame import PageFrame
from app.web.components.look import thousands
from app.web.components.tables import show_table
from app.web.marts.identity import UNRESOLVED


def unresolved_genes(frame: PageFrame, study: str) -> None:
    """Offer the list in an expander; nothing where every name leads to a gene."""
    listed = frame.reader.rows(UNRESOLVED, {"study": study})
    if not listed.height:
        return
    with st.expander(f"{thousands(listed.height)} names that lead to no single gene"):
        st.caption(
            "Their rows are kept under the names they have: none is dropped, summed or given the "
            "first of several genes. *unknown*: in no loaded reference; *ambiguous*: several genes "
            "have equal claim; *shared*: another name of this study leads to the same gene."
        )
        show_table(
            listed,
            key="unresolved_genes",
            alt_text=f"Names of {study} that lead to no single gene",
            columns={
                "name": "Name as given",
                "symbol": "Symbol as given",
                "why": "Why",
                "gene": "Gene the name would mean",
                "table": "Table of results",
                "line": st.column_config.NumberColumn("Line", format="localized"),
            },
        )
        frame.offer_table(
            listed, "unresolved-genes", "unresolved_genes_download", filters=["study"]
        )
