"""What every chart shares: its data source, titles and helper marks."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair as alt
import polars as pl

from app.web.components.look import Look

Figure = alt.Chart | alt.LayerChart | alt.FacetChart

# Title, axis and legend take their room out of a chart's height.
OVERHEAD = 160
# Letters of a heading and of the line under it that a window of 1,000 pixels holds.
_HEADING, _LINE = 86, 108


def source(frame: pl.DataFrame, look: Look) -> pl.DataFrame | alt.InlineData:
    """Return a chart's data: the frame on screen, inline values on paper.

    Inline values keep an export away from Altair's process-wide data transformers.
    """
    return alt.InlineData(values=frame.to_dicts()) if look.paper else frame


def titled(chart: Figure, title: str, subtitle: str, look: Look, height: int) -> Figure:
    """Return the chart with a title that says what it shows and a line on how to read it."""
    heading = alt.TitleParams(
        wrap(title, _HEADING),
        subtitle=wrap(subtitle, _LINE),
        subtitleColor=look.muted,
        anchor="start",
        offset=14,
    )
    # A label stands under its tick, the first and the last as well.
    drawn: Figure = chart.properties(title=heading, height=height).configure_axis(labelFlush=False)
    return drawn


def with_marks(chart: Figure, marks: Sequence[str]) -> Figure:
    """Return a titled chart with sentences before the line on how to read it."""
    if isinstance(chart.title, alt.TitleParams):
        lines = chart.title.subtitle
        said = lines if isinstance(lines, list) else [str(lines)]
        chart.title.subtitle = wrap(" ".join([*marks, *said]), _LINE)
    return chart


def axis_title(words: str) -> list[str]:
    """Return an axis title in two lines, what stands in brackets under what it is about."""
    return words.split("   ", 1)


def height_for(rows: int, step: int, smallest: int = 60) -> int:
    """Return the height of a chart with a row per category, title, axis and legend included."""
    return max(smallest, rows * step) + OVERHEAD


def rule(value: float, axis: str, look: Look, dash: bool = True) -> alt.Chart:
    """Return a straight line across the plot at one value of the x or y axis."""
    encoding = {axis: alt.datum(value)}
    style: dict[str, Any] = {"strokeDash": [4, 4]} if dash else {}
    drawn: alt.Chart = (
        alt.Chart(alt.InlineData(values=[{}]))
        .mark_rule(color=look.neutral, strokeWidth=1, opacity=0.8, aria=False, **style)
        .encode(**encoding)
    )
    return drawn
