"""Two arms of different trials by way of a comparator that both trials share, or why not."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
import streamlit as st

from app.web.components.frame import PageFrame
from app.web.components.provenance import plain, source_menu
from app.web.components.tables import show_table
from app.web.marts import regimens as marts
from app.web.reader import Reader

HEADING: Final = "Anchored, indirect comparison"
NONE: Final = "None of these two arms."
# Column, heading, decimals.
ANCHORED_COLUMNS: Final[dict[str, tuple[str, int]]] = {
    "risk_ratio": ("ratio of risk ratios", 2),
    "risk_ratio_lower": ("95 % from", 2),
    "risk_ratio_upper": ("95 % to", 2),
    "odds_ratio": ("ratio of odds ratios", 2),
    "odds_ratio_lower": ("odds 95 % from", 2),
    "odds_ratio_upper": ("odds 95 % to", 2),
}
_NEEDS: Final = (
    "It needs two randomised trials that set different regimens against one comparator, and an "
    "event counted in whole patients in all four arms, at the same grades, collected alike and by "
    "one version of the grading criteria."
)
_NUMBER = st.column_config.NumberColumn
_TEXT = st.column_config.TextColumn


def anchored_table(found: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``marts.ANCHORED`` as people read them, the four cells beside the ratios."""

    def cell(side: str) -> pl.Expr:
        return pl.format("{} of {}", f"{side}n_affected", f"{side}n_at_risk")

    return found.select(
        "term",
        "grade",
        cell("first_").alias("first arm"),
        cell("first_anchor_").alias("first comparator"),
        cell("second_").alias("second arm"),
        cell("second_anchor_").alias("second comparator"),
        *ANCHORED_COLUMNS,
        pl.col("not_estimable_reason").alias("no ratio because"),
        pl.col("anchor_regimen_label").alias("shared comparator"),
        pl.col("ascertainment").str.replace_all("_", " ").alias("collected as"),
        pl.col("ctcae_version").alias("CTCAE"),
    )


def anchored_caveat(found: pl.DataFrame) -> str:
    """Return how a table of anchored comparisons is read, and what it assumes."""
    assumed = found["assumption"].unique(maintain_order=True).to_list()
    return (
        "The first arm over the second, each relative to the comparator of its own trial (Bucher): "
        f"above 1, more in the first. It {'; it '.join(assumed)}. No p-value is given across "
        "trials."
    )


def anchored_rows(
    reader: Reader, first: dict[str, Any], second: dict[str, Any]
) -> tuple[pl.DataFrame, bool]:
    """Return the comparisons of two arms, and whether they stand the other way round only."""
    asked = {"first": first["arm_id"], "second": second["arm_id"]}
    found = reader.rows(marts.ANCHORED, asked)
    if found.height:
        return found, False
    turned = {"first": second["arm_id"], "second": first["arm_id"]}
    return found, bool(reader.rows(marts.ANCHORED, turned).height)


def anchored_section(frame: PageFrame, first: dict[str, Any], second: dict[str, Any]) -> None:
    """Show two arms of different trials through a shared comparator, or say why there is none."""
    st.header(HEADING, anchor=False)
    found, is_turned = anchored_rows(frame.reader, first, second)
    if not found.height:
        with st.container(border=True):
            st.markdown(f"**{NONE}**")
            st.markdown(plain(why_none(frame.reader, first, second, is_turned=is_turned)))
        return
    table = anchored_table(found)
    rows = show_table(
        table,
        key="anchored_table",
        alt_text="Indirect comparisons of the two arms through a shared comparator",
        columns={"term": _TEXT("Event", pinned=True)}
        | {
            name: _NUMBER(heading, format=f"%.{digits}f")
            for name, (heading, digits) in ANCHORED_COLUMNS.items()
        },
        choose="single-row",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(anchored_caveat(found)), width="stretch")
        if rows:
            event = found.row(rows[0], named=True)["first_adverse_event_id"]
            source_menu(frame.reader, "fct_adverse_event", event, "anchored_source")
        frame.offer_table(table, "anchored-indirect", "anchored_download")


def why_none(
    reader: Reader, first: dict[str, Any], second: dict[str, Any], *, is_turned: bool
) -> str:
    """Return why two arms of different trials have no comparison through a shared comparator."""
    if is_turned:
        return (
            f"The warehouse compares {second['label']} with {first['label']}; swap the arms to "
            "see it."
        )
    said = [_NEEDS]
    pairs = reader.rows(marts.ANCHORED_PAIRS)
    if pairs.height:
        said.append(
            "In this release that holds of "
            + "; ".join(
                f"{row['first_regimen_label']} and {row['second_regimen_label']} through "
                f"{row['anchor_regimen_label']}"
                for row in pairs.iter_rows(named=True)
            )
            + "."
        )
        return " ".join(said)
    shared = reader.rows(marts.SHARED_COMPARATORS)
    apart = shared.filter(pl.col("has_two_regimens"))
    if apart.height:
        said.append(
            "In this release "
            + "; ".join(_trials(row) for row in apart.iter_rows(named=True))
            + ", but no event meets the rest."
        )
        return " ".join(said)
    said.append("No two randomised trials of this release do that.")
    said += [
        f"{_trials(row)}, and both set {row['first_against']} against it: one regimen, "
        "which leaves nothing to compare."
        for row in shared.iter_rows(named=True)
    ]
    return " ".join(said)


def _trials(row: dict[str, Any]) -> str:
    return f"{row['first_trial']} and {row['second_trial']} share {row['comparator']}"
