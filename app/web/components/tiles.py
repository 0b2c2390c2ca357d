"""Figures that a page opens with: a name, a number and what it means, in equal tiles."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.web.components.provenance import plain

# Pixels that hold the longest word of a name; where less is left, tiles go to the next line.
_NARROWEST = 122


def tiles(shown: Sequence[tuple[str, str, str]]) -> None:
    """Draw a tile for each name, number and meaning; an empty meaning is left out."""
    with st.grid(len(shown), min_column_width=_NARROWEST):
        for name, number, meaning in shown:
            with st.container(border=True, height="stretch", gap="xxsmall"):
                st.metric(plain(name), number)
                if meaning:
                    st.caption(plain(meaning))
