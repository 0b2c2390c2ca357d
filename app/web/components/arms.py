"""Two arms as tables: side by side in words, and compared within their trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from app.web.components.safety import cell_text
from app.web.marts import regimens as marts
from app.web.reader import Reader

# Column, heading, decimals; None is a p-value.
WITHIN_COLUMNS: dict[str, tuple[str, int | None]] = {
    "risk_difference_lo": ("difference, points (least)", 1),
    "risk_difference_hi": ("difference, points (most)", 1),
    "mn_lower": ("95 % from (Miettinen-Nurminen)", 1),
    "mn_upper": ("95 % to", 1),
    "newcombe_lower": ("95 % from (Newcombe)", 1),
    "newcombe_upper": ("95 % to ", 1),
    "risk_ratio": ("risk ratio", 2),
    "ratio_lower": ("ratio 95 % from", 2),
    "ratio_upper": ("ratio to", 2),
    "fisher_p_value": ("p Fisher", None),
    "fisher_padj": ("adjusted p Fisher", None),
    "boschloo_p_value": ("p Boschloo", None),
    "boschloo_padj": ("adjusted p Boschloo", None),
}
EXPLORATORY = (
    "Exploratory. Differences in percentage points, first arm minus second; where a percentage "
    "fits several counts, the range over them. P-values are adjusted over all tests of the trial "
    "in one grade band, or among its serious or its other events."
)
_SHARES = (
    "risk_difference_lo",
    "risk_difference_hi",
    "mn_lower",
    "mn_upper",
    "newcombe_lower",
    "newcombe_upper",
)


def naive_sentence(first: str, second: str, *, has_anchored: bool = False) -> str:
    """Return what must be said where two arms come from different trials."""
    said = (
        f"{first} and {second} come from different trials. Their figures stand side by side to be "
        "read; no difference, ratio or p-value is given across trials"
    )
    if has_anchored:
        said += ", but for the anchored ratios below, by way of a comparator that both trials share"
    return f"{said}."


def arms_in_order(cells: pl.DataFrame, pair: Sequence[str]) -> list[str]:
    """Return the labels of two arms in the order of their ids."""
    labels = cells.unique("arm_id").select("arm_id", "arm_label").rows()
    return [label for _, label in sorted(labels, key=lambda row: pair.index(row[0]))]


def side_by_side(cells: pl.DataFrame, arms: Sequence[str]) -> pl.DataFrame:
    """Return one row per term and one column of words per arm."""
    return (
        cells.with_columns(cell=cell_text())
        .group_by("term", "arm_label", maintain_order=True)
        .agg(pl.col("cell").str.join(" / "))
        .pivot(on="arm_label", index="term", values="cell", maintain_order=True)
        .select("term", *arms)
    )


def within_sentences(found: pl.DataFrame) -> list[str]:
    """Return what the two groups of a comparison are to each other, once for all its rows."""
    notes = found["comparability_note"].unique(maintain_order=True)
    return [f"{note[:1].upper()}{note[1:]}." for note in notes]


def within_trial(found: pl.DataFrame) -> pl.DataFrame:
    """Return a trial's comparisons as people read them, differences in percentage points."""
    return found.select(
        "term",
        pl.col("grade_band").alias("grade"),
        pl.col("display_value").alias("first arm"),
        pl.col("comparator_display_value").alias("second arm"),
        *((pl.col(name) * 100).alias(name) for name in _SHARES),
        *(name for name in WITHIN_COLUMNS if name not in _SHARES),
        pl.col("label").alias("standing"),
        "basis",
    )


def within_rows(
    reader: Reader, first: dict[str, Any], second: dict[str, Any]
) -> tuple[pl.DataFrame, str]:
    """Return rows of ``marts.WITHIN`` for two arms of a trial; where there are none, why."""
    asked = {"arm": first["arm_id"], "comparator": second["arm_id"]}
    found = reader.rows(marts.WITHIN, asked)
    if found.height:
        return found, ""
    turned = {"arm": second["arm_id"], "comparator": first["arm_id"]}
    if reader.rows(marts.WITHIN, turned).height:
        return (
            found,
            f"the warehouse compares {second['label']} with {first['label']}; swap the arms",
        )
    return found, "no event of the trial has counts in both arms"
