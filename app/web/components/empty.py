"""Empty states: what is missing, which filter emptied it, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.web.components.provenance import plain


def nothing_published() -> None:
    """Say that the warehouse has no release yet."""
    with st.container(border=True):
        st.header("Nothing has been published yet", anchor=False)
        st.markdown(
            "This warehouse has no release. Build one with `imid run`, then reload this page."
        )


def nothing_loaded(what: str, command: str) -> None:
    """Say that a part of the warehouse holds nothing, and the command that would fill it."""
    with st.container(border=True):
        st.header(f"No {what} in this release", anchor=False)
        st.markdown(f"Load some with `{command}`, then `imid build`.")


def nothing_left(what: str, filters: Sequence[str]) -> None:
    """Say that filters left nothing, and name them."""
    with st.container(border=True):
        st.header(f"No {what} left", anchor=False)
        if filters:
            st.markdown("Emptied by: " + plain("; ".join(filters)) + ".")
        else:
            st.markdown("No filter is set; the release holds none.")


def not_filtered_by(names: Sequence[str]) -> None:
    """Say which filters of the page, though set, do not reach what follows."""
    if names:
        listed = " nor ".join(f"*{plain(name)}*" for name in names)
        st.caption(f"Not filtered by {listed}.")
