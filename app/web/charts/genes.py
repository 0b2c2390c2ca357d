"""Charts over the genes of one contrast: volcano, MA plot, histogram of p-values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import altair as alt
import polars as pl

from app.web.charts.base import Figure, rule, source, titled
from app.web.components.look import Look

BRUSH = "box"
CLICK = "gene"

# How far above its point a label may stand, nearest first.
# Pixels from a point to the middle of its name: above it, higher, and below.
_LIFTS = (-11, -23, 14, -35, 26, -47)
# About what a wide screen gives the plot and a letter of a name, in pixels.
_PLOT_WIDTH, _PLOT_HEIGHT = 800, 420
_LETTER_WIDTH, _LETTER_HEIGHT = 7, 12

# Codes of the drawn classes: 0 not significant, 1 up, 2 down; 3 more where p is 0.
_CLASSES = (0, 1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Axes:
    """What a scatter of genes has on its axes and where its thresholds stand."""

    x_title: str
    y_title: str
    title: str
    subtitle: str
    x_rules: tuple[float, ...]
    y_rules: tuple[float, ...]
    positive: str
    negative: str
    y_from_zero: bool = False


def volcano_axes(name: str, positive: str, negative: str, fdr: float, lfc: float) -> Axes:
    """Return the axes of a volcano."""
    return Axes(
        x_title=f"log2 fold change   (← {negative}   |   {positive} →)",
        y_title="−log10 adjusted p-value",
        title=f"Change and significance: {name}",
        subtitle=f"Dashed: adjusted p = {fdr:g} and log2 fold change = ±{lfc:g}",
        x_rules=(-lfc, lfc) if lfc > 0 else (0.0,),
        y_rules=(-math.log10(fdr),),
        positive=positive,
        negative=negative,
        y_from_zero=True,
    )


def ma_axes(name: str, positive: str, negative: str, lfc: float) -> Axes:
    """Return the axes of an MA plot."""
    return Axes(
        x_title="log10 mean of normalised counts",
        y_title=f"log2 fold change   (↑ {positive})",
        title=f"Change by expression level: {name}",
        subtitle=f"Dashed: log2 fold change = ±{lfc:g}",
        x_rules=(),
        y_rules=(-lfc, lfc) if lfc > 0 else (0.0,),
        positive=positive,
        negative=negative,
    )


def gene_scatter(
    frame: pl.DataFrame, axes: Axes, look: Look, box: tuple[float, ...] | None = None
) -> Figure:
    """Draw genes as points: colour and shape by class, labels on the marked ones.

    Parameters
    ----------
    frame
        ``gene, i, x, y, c, marked`` as thinned by the query.
    box
        ``x0, x1, y0, y1`` of a box that came with the link, drawn as an outline.
    """
    kinds = [
        "not significant",
        axes.positive,
        axes.negative,
        "not significant, p = 0",
        f"{axes.positive}, p = 0",
        f"{axes.negative}, p = 0",
    ]
    listed = "[" + ",".join(f"'{kind.replace(chr(39), ' ')}'" for kind in kinds) + "]"
    present = [code for code in _CLASSES if code in set(frame["c"].unique().to_list())]
    present = sorted(set(present) | {0, 1, 2}, key=[1, 2, 0, 4, 5, 3].index)
    colours = [look.neutral, look.up, look.down, look.neutral, look.up, look.down]
    shapes = ["circle", "circle", "diamond", "triangle-up", "triangle-up", "triangle-up"]
    legend = alt.Legend(
        title=None,
        orient="bottom",
        labelExpr=f"{listed}[datum.value]",
        labelLimit=420,
        columns=3,
        symbolSize=90,
        symbolOpacity=1,
    )
    points = (
        alt.Chart(source(frame, look))
        .mark_point(filled=True, strokeWidth=0)
        .transform_calculate(kind=f"{listed}[datum.c]")
        .encode(
            x=alt.X("x:Q", title=axes.x_title, scale=alt.Scale(nice=True, zero=False, padding=24)),
            y=alt.Y(
                "y:Q",
                title=axes.y_title,
                scale=alt.Scale(nice=True, domainMin=0)
                if axes.y_from_zero
                else alt.Scale(nice=True),
            ),
            color=alt.Color(
                "c:N",
                scale=alt.Scale(domain=present, range=[colours[code] for code in present]),
                legend=legend,
            ),
            shape=alt.Shape(
                "c:N",
                scale=alt.Scale(domain=present, range=[shapes[code] for code in present]),
                legend=legend,
            ),
            size=alt.condition("datum.c == 0", alt.value(16), alt.value(46)),
            opacity=alt.condition("datum.c == 0", alt.value(0.45), alt.value(0.85)),
            tooltip=[
                alt.Tooltip("gene:N", title="gene"),
                alt.Tooltip("x:Q", title=axes.x_title.split("   ")[0], format=".3f"),
                alt.Tooltip("y:Q", title=axes.y_title.split("   ")[0], format=".3f"),
                alt.Tooltip("kind:N", title="class"),
            ],
        )
    )
    if not look.paper:
        points = points.add_params(
            alt.selection_interval(name=BRUSH, encodings=["x", "y"]),
            alt.selection_point(name=CLICK, fields=["i"], on="click", empty=False),
        )
    layers = [rule(value, "x", look) for value in axes.x_rules]
    layers += [rule(value, "y", look) for value in axes.y_rules]
    layers.append(points)
    extent = pl.col("x", "y").max() - pl.col("x", "y").min()
    wide, high = frame.select(extent).row(0)
    layers += _labels(frame.filter(pl.col("marked")), wide or 1.0, high or 1.0, look)
    if box is not None:
        corners = dict(zip(("x0", "x1", "y0", "y1"), box, strict=True))
        layers.append(
            alt.Chart(alt.InlineData(values=[corners]))
            .mark_rect(fill=look.accent, fillOpacity=0.10, stroke=look.accent)
            .encode(x="x0:Q", x2="x1:Q", y="y0:Q", y2="y1:Q")
        )
    return titled(alt.layer(*layers), axes.title, axes.subtitle, look, 620)


def _labels(marked: pl.DataFrame, wide: float, high: float, look: Look) -> list[alt.Chart]:
    if not marked.height:
        return []
    placed = marked.select("gene", "i", "x", "y").sort("x")
    placed = placed.with_columns(pl.Series("lift", label_lifts(placed, wide, high), dtype=pl.Int8))
    rings = (
        alt.Chart(source(placed, look))
        .mark_point(size=110, filled=False, color=look.text, strokeWidth=1.2)
        .encode(x="x:Q", y="y:Q")
    )
    layers = [rings]
    for lift in _LIFTS:
        named = placed.filter(pl.col("lift") == lift)
        if named.height:
            layers.append(
                alt.Chart(source(named, look))
                .mark_text(dy=lift, fontSize=11, fontWeight=600, color=look.text)
                .encode(x="x:Q", y="y:Q", text="gene:N")
            )
    return layers


def label_lifts(placed: pl.DataFrame, wide: float, high: float) -> list[int]:
    """Return how many pixels each label is lifted, so that no two names lie on each other.

    Parameters
    ----------
    placed
        ``gene, x, y`` of the labelled points.
    wide, high
        What the plot spans in the units of ``x`` and ``y``.
    """
    boxes: list[tuple[float, float, float]] = []
    lifts: list[int] = []
    for gene, x, y in placed.select("gene", "x", "y").iter_rows():
        across, up = x / wide * _PLOT_WIDTH, y / high * _PLOT_HEIGHT
        half = len(gene) * _LETTER_WIDTH / 2

        def is_free(lift: int, across: float = across, up: float = up, half: float = half) -> bool:
            return all(
                abs(across - other) >= half + other_half
                or abs(up - lift - other_up) >= _LETTER_HEIGHT
                for other, other_up, other_half in boxes
            )

        lift = next((lift for lift in _LIFTS if is_free(lift)), _LIFTS[0])
        lifts.append(lift)
        boxes.append((across, up - lift, half))
    return lifts


def p_value_histogram(frame: pl.DataFrame, name: str, look: Look) -> Figure:
    """Draw how many genes have each p-value, in 40 steps."""
    chart = (
        alt.Chart(source(frame.with_columns(p_to=pl.col("p_from") + 0.025), look))
        .mark_bar(color=look.down, binSpacing=1)
        .encode(
            x=alt.X(
                "p_from:Q",
                title="p-value, before adjustment",
                bin="binned",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".2f", tickCount=10),
            ),
            x2="p_to:Q",
            y=alt.Y("genes:Q", title="genes"),
            tooltip=[
                alt.Tooltip("p_from:Q", title="p from", format=".3f"),
                alt.Tooltip("p_to:Q", title="to", format=".3f"),
                alt.Tooltip("genes:Q", title="genes", format=","),
            ],
        )
    )
    return titled(
        chart,
        f"p-values: {name}",
        "Flat with a peak at the left is as it should be; a hill elsewhere speaks of a bad model",
        look,
        520,
    )
