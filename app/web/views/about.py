"""About: what the words mean, how the numbers are made, and the dictionary of the marts."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.tables import show_table
from app.web.marts import about as marts

METHODS = """
**Differential expression.** Counts are fitted gene by gene with a negative binomial model:
median-of-ratios size factors, shrunken dispersions, a Wald test, Cook's distance for outliers and
independent filtering. A change is log2 of the first group over the second. Up and down need an
adjusted p-value (Benjamini-Hochberg) below, and a change beyond, the thresholds of the build.
A gene without an adjusted p-value was not tested, and its reason is kept.

**Claims.** A claim of a document is held against the data only at its molecular level and in its
kind of cells. The verdict is about these data; *not significant* does not refute a claim.

**Adverse events.** Every printed cell keeps its state: a percentage, a count, a bound, not
reported. Missing is never zero. One rate has a Wilson interval; where a printed percentage fits
several counts the interval spans them all. Within one trial differences have Miettinen-Nurminen and
Newcombe intervals and are exploratory; groups of a record that may hold the same people are not
tested against each other.

**Across trials** figures stand side by side, *naive, unanchored*, and no p-value or risk difference
is given. The one comparison is anchored and indirect (Bucher 1997): where two randomised trials set
different regimens against one comparator, and an event is counted in whole patients in all four
arms, at the same grades, collected alike and by one version of the grading criteria, the ratio of
the two ratios over that comparator is given for risks and for odds. Its log is the difference of
their logs, its variance the sum of their variances, hence the 95 % interval. It assumes that the
patients of both trials differ in nothing that changes the effect of either regimen relative to the
comparator. Where no patient of an arm had the event there is no ratio, and where all had it none of
odds: nothing is added to a count.

**Simulated data** is marked on every page that shows it and says nothing about biology.
"""


def render() -> None:
    """Draw the page."""
    with page_frame(
        "About",
        "about",
        "How the numbers are made, and what every column of the marts is called.",
        reads=("marts", "column"),
    ) as frame:
        st.markdown(METHODS)
        with section():
            _versions(frame)
        with section():
            _dictionary(frame)


def _versions(frame: PageFrame) -> None:
    if frame.build is None:
        return
    build = frame.build
    st.markdown(
        f"**This release** was built by imid-warehouse {build.version} at adjusted "
        f"p < {build.fdr:g} and log2 fold change beyond {build.abs_lfc:g}."
    )


def _dictionary(frame: PageFrame) -> None:
    st.header("Dictionary", anchor=False)
    columns = frame.reader.rows(marts.COLUMNS, height=420)
    if not columns.height:
        nothing_loaded("marts", "imid build")
        return
    left, right = st.columns(2)
    with left:
        chosen = frame.state.many("Marts", "marts", columns["mart"].unique().sort().to_list())
    with right:
        part = frame.state.text("Column", "column", placeholder="A part of a column's name")
    shown = columns if columns["meaning"].is_not_null().any() else columns.drop("meaning")
    if chosen:
        shown = shown.filter(pl.col("mart").is_in(chosen))
    if part:
        shown = shown.filter(pl.col("column").str.contains(part.lower(), literal=True))
    if not shown.height:
        nothing_left("columns", [f"marts {', '.join(chosen) or 'all'}", f"column “{part}”"])
        return
    show_table(shown, key="dictionary", alt_text="Columns of the marts", height=420)
    frame.offer_table(shown, "dictionary", "dictionary_download")


render()
