"""What changed in this release, as its build noted it."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl
import streamlit as st

from app.changes import ReleaseChanges
from app.web.components.frame import PageFrame
from app.web.components.provenance import plain
from app.web.components.tables import show_table
from app.web.marts import changes as marts


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
    st.caption(f"Against `{changes.before}`, the release before.")
    counts = changes.counts()
    # The first two lines name the releases, which the caption does in its own words.
    lines = list(changes.lines())[2:]
    if counts:
        counted = pl.DataFrame([asdict(count) for count in counts])
        show_table(
            counted,
            key="overview_changes",
            alt_text="What is new, gone and different, counted by kind",
            columns={"kind": st.column_config.TextColumn("What", width="medium")},
        )
        frame.offer_table(counted, "release-changes", "overview_changes_download", filters=())
    with st.expander(f"Each change, in {len(lines)} lines"):
        st.markdown("\n".join(_bullet(line) for line in lines))


def _bullet(line: str) -> str:
    return f"- {plain(' '.join(line.split()))}"
