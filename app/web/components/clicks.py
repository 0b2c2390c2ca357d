"""A click on a gene in a chart opens the gene's page."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st
from streamlit.typing import VegaLiteState

from app.web.charts.genes import CLICK


def open_clicked_gene(event: VegaLiteState, drawn: pl.DataFrame, memory: str) -> None:
    """Go to the page of the gene clicked in a chart, once for each click.

    Parameters
    ----------
    drawn
        The genes drawn, with their number ``i``; the browser is sent numbers, not ids.
    memory
        Name under which the session remembers the gene it has opened from this chart.
    """
    picked: Any = event.selection.get(CLICK)
    number = picked[0].get("i") if picked else None
    if number is None:
        st.session_state.pop(memory, None)
    elif st.session_state.get(memory) != number:
        st.session_state[memory] = number
        for gene in drawn.filter(pl.col("i") == int(number))["gene_id"].to_list():
            st.switch_page("views/gene.py", query_params={"gene": gene})
