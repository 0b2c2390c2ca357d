"""Tables as people read them: names in words, p-values in scientific notation, rows to choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from app.web.components.look import NOT_TESTED_WORDS
from app.web.components.table_files import flat

_NUMBER = st.column_config.NumberColumn
_TEXT = st.column_config.TextColumn

_ZERO = "0E0 stands for a value below the smallest number that can be written."
# As few digits as tell a number from its neighbours; "plain" would add what binary makes of it.
_ALL_DIGITS = "%g"
# Words that keep their small letter at the head of a column.
_SMALL = ("log2", "p", "p-value", "n")

COLUMNS: dict[str, Any] = {
    "gene": _TEXT("Gene", pinned=True),
    "gene_id": _TEXT("Stable id"),
    "call": _TEXT("Call", help="At the thresholds of this page."),
    "log2_fold_change": _NUMBER("log2 fold change", format="%.3f"),
    "ci_lower": _NUMBER("95 % from", format="%.3f"),
    "ci_upper": _NUMBER("95 % to", format="%.3f"),
    "shrunken_log2_fold_change": _NUMBER(
        "shrunken log2 FC", format="%.3f", help="For display and ranking."
    ),
    "base_mean": _NUMBER("mean count", format="%.1f"),
    "p_value": _NUMBER("p-value", format="scientific", help=_ZERO),
    "padj": _NUMBER("adjusted p", format="scientific", help=_ZERO),
    "not_tested_reason": _TEXT("not tested because"),
    "n_numerator": _NUMBER("n above", help="Samples of the first group."),
    "n_denominator": _NUMBER("n below", help="Samples of the group compared with."),
}


def show_table(
    frame: pl.DataFrame,
    *,
    key: str,
    alt_text: str,
    columns: Mapping[str, Any] | None = None,
    height: int | None = None,
    choose: str | None = None,
) -> list[int]:
    """Show a frame and return the positions of the rows chosen.

    Parameters
    ----------
    columns
        Column settings beside the shared ones.
    choose
        ``single-row`` or ``multi-row`` where rows may be chosen.
    """
    config = {**COLUMNS, **(columns or {})}
    size: Any = height if height is not None else "auto"
    shared: dict[str, Any] = {
        "hide_index": True,
        "column_config": {name: _headed(name, config.get(name)) for name in frame.columns},
        "placeholder": "–",
        "key": key,
        "height": size,
        "alt": alt_text,
    }
    if choose is None:
        st.dataframe(frame, **shared)
        return []
    mode: Any = choose
    event: Any = st.dataframe(frame, on_select="rerun", selection_mode=mode, **shared)
    return [row for row in event.selection.rows if row < frame.height]


def show_rows(frame: pl.DataFrame, *, key: str, alt_text: str, height: int) -> None:
    """Show a frame as its download has it: its own names, no number rounded, lists as text."""
    config: dict[str, Any] = {}
    for name, kind in frame.schema.items():
        if kind.is_float() or kind.is_decimal():
            config[name] = _NUMBER(format=_ALL_DIGITS)
        elif kind == pl.Date:
            config[name] = st.column_config.DateColumn()
    st.dataframe(
        # pandas, by way of which rows reach the browser, has no nanoseconds in a time of day
        flat(frame).with_columns(pl.col(pl.Time).dt.to_string("%H:%M:%S%.f")),
        hide_index=True,
        column_config=config,
        placeholder="–",
        key=key,
        height=height,
        alt=alt_text,
    )


def genes_in_words(listed: pl.DataFrame) -> pl.DataFrame:
    """Return a contrast's genes with their call and reason in plain words."""
    return listed.with_columns(
        pl.col("call").replace_strict(
            {"not_significant": "not significant", "not_tested": "not tested"},
            default=pl.col("call"),
        ),
        pl.col("not_tested_reason").replace_strict(
            NOT_TESTED_WORDS, default=pl.col("not_tested_reason")
        ),
    )


def _headed(name: str, column: str | dict[str, Any] | None) -> str | dict[str, Any]:
    given = column.get("label") if isinstance(column, dict) else column
    label = given or name.replace("_", " ")
    if label.split(" ")[0] not in _SMALL:
        label = label[:1].upper() + label[1:]
    return {**column, "label": label} if isinstance(column, dict) else label
