"""What changed in this release, as its build noted it."""

from __future__ import annotations

import streamlit as st

from app.changes import ReleaseChanges
from app.web.components.frame import PageFrame
from app.web.components.provenance import plain
from app.web.marts import changes as marts

_SHOWN = 8


def release_changes_section(frame: PageFrame) -> None:
    """Draw what is new, gone and different since the release before."""
    st.header("What changed in this release", anchor=False)
    found = None
    if frame.reader.rows(marts.IS_RECORDED).item():
        found = frame.reader.rows(marts.CHANGES, {"release": frame.reader.release})
    if found is None or not found.height:
        st.caption("No earlier release to compare with.")
        return
    changes = ReleaseChanges.from_json(found.item())
    # The first two lines name the releases, which the caption does in its own words.
    lines = list(changes.lines())[2:]
    st.caption(f"Against `{changes.before}`, the release before.")
    st.markdown("\n".join(_bullet(line) for line in lines[:_SHOWN]))
    if len(lines) > _SHOWN:
        with st.expander(f"{len(lines) - _SHOWN} more"):
            st.markdown("\n".join(_bullet(line) for line in lines[_SHOWN:]))


def _bullet(line: str) -> str:
    return f"- {plain(' '.join(line.split()))}"
