"""Where an axis ends when a few genes far out would press all others together.

Those genes are drawn at the edge, as triangles that point to where they lie; what is said of them
is their true value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from app.web.charts.base import source
from app.web.components.look import Look, thousands

_SHAPES = {
    "right": "triangle-right",
    "left": "triangle-left",
    "top": "triangle-up",
    "bottom": "triangle-down",
}
_SIGNS = {"right": "▶", "left": "◀", "top": "▲", "bottom": "▼"}
# An axis is cut only where the farthest value would stretch it by more than this.
_STRETCH = 1.5


@dataclass(frozen=True)
class Edges:
    """The largest absolute value drawn in its place, across and upwards; None is no limit."""

    x: float | None = None
    y: float | None = None

    def opened(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Return a box whose sides at or beyond an edge reach as far as the genes drawn there."""
        x0, x1, y0, y1 = box
        return (
            -math.inf if self.x is not None and x0 <= -self.x else x0,
            math.inf if self.x is not None and x1 >= self.x else x1,
            -math.inf if self.y is not None and y0 <= -self.y else y0,
            math.inf if self.y is not None and y1 >= self.y else y1,
        )


def edge(values: pl.Series, called: pl.Series) -> float | None:
    """Return where an axis ends, in the unit of the values; None where it holds them all.

    The end is the outer fence of the called genes (upper quartile and three times the range
    between the quartiles; Tukey, Exploratory Data Analysis, 1977), or half as much again as 999
    in 1,000 of all genes reach, whichever is farther, rounded up. It applies only where the
    farthest value lies more than half as far again.

    Parameters
    ----------
    values
        What is drawn along the axis; the sign is ignored.
    called
        Whether each gene is called.
    """
    sizes = values.cast(pl.Float64).abs()
    most = sizes.max()
    if not isinstance(most, float) or not math.isfinite(most) or most == 0:
        return None
    reached = _STRETCH * (sizes.quantile(0.999, "linear") or 0.0)
    chosen = sizes.filter(called)
    low, high = chosen.quantile(0.25, "linear"), chosen.quantile(0.75, "linear")
    fence = max(reached, 0.0 if low is None or high is None else high + 3 * (high - low))
    step = 10 ** math.floor(math.log10(fence)) / 2 if fence > 0 else 1.0
    end = math.ceil(fence / step) * step
    return end if most > _STRETCH * end else None


def at_edges(frame: pl.DataFrame, edges: Edges) -> pl.DataFrame:
    """Return the genes where they are drawn, with their true place and the edge they stand at.

    Parameters
    ----------
    frame
        ``x`` and ``y`` of each gene, and any other columns.

    Returns
    -------
    pl.DataFrame
        ``x`` and ``y`` as drawn, ``x_true``, ``y_true``, and ``beyond``: ``right``, ``left``,
        ``top``, ``bottom`` or null.
    """
    ends = {"x": edges.x or math.inf, "y": edges.y or math.inf}
    return frame.with_columns(
        pl.col("x").alias("x_true"),
        pl.col("y").alias("y_true"),
        *(pl.col(axis).clip(-end, end) for axis, end in ends.items()),
        beyond=pl.when(pl.col("x") > ends["x"])
        .then(pl.lit("right"))
        .when(pl.col("x") < -ends["x"])
        .then(pl.lit("left"))
        .when(pl.col("y") > ends["y"])
        .then(pl.lit("top"))
        .when(pl.col("y") < -ends["y"])
        .then(pl.lit("bottom")),
    )


def edge_layers(
    placed: pl.DataFrame,
    kind: str,
    colours: Mapping[Any, str],
    tooltip: list[alt.Tooltip],
    look: Look,
) -> list[alt.Chart]:
    """Return a layer of triangles for each edge and class of genes that stand there.

    The colours are no scale, which would put the triangles' outline into the legend.

    Parameters
    ----------
    kind
        Name of the column that holds the class.
    colours
        The colour of each class.
    """
    return [
        alt.Chart(source(there, look))
        .mark_point(
            filled=True,
            shape=shape,
            size=90,
            color=colour,
            stroke=look.text,
            strokeWidth=1.2,
            opacity=1,
        )
        .encode(x="x:Q", y="y:Q", tooltip=tooltip)
        for side, shape in _SHAPES.items()
        for value, colour in colours.items()
        if (there := placed.filter((pl.col("beyond") == side) & (pl.col(kind) == value))).height
    ]


def edge_sentence(frame: pl.DataFrame, edges: Edges, x_name: str, y_name: str) -> str:
    """Return how many genes stand at an edge and where it is; nothing where none does."""
    beyond = at_edges(frame, edges)["beyond"]
    parts = []
    for axis, name, end, sides in (
        ("x", x_name, edges.x, ("left", "right")),
        ("y", y_name, edges.y, ("bottom", "top")),
    ):
        count = int(beyond.is_in(list(sides)).sum())
        if end is None or not count:
            continue
        signs = " ".join(_SIGNS[side] for side in sides if (beyond == side).any())
        sign = "±" if (frame[axis] < 0).any() else ""
        genes = "gene" if count == 1 else "genes"
        parts.append(f"{thousands(count)} {genes} with {name} beyond {sign}{end:g} ({signs})")
    if not parts:
        return ""
    return f"At the edge: {'; '.join(parts)}. The tooltip and the table say the true values."
