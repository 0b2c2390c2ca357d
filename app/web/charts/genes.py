"""Charts over the genes of one contrast: volcano, MA plot, histogram of p-values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import altair as alt
import polars as pl

from app.web.charts.base import Figure, axis_title, rule, source, titled
from app.web.charts.edges import Edges, at_edges, edge, edge_layers
from app.web.components.look import Look, number

BRUSH = "box"
CLICK = "gene"

# How far above its point a label may stand, nearest first.
# Pixels from a point to the middle of its name: above it, higher, and below.
_LIFTS = (-11, -23, 14, -35, 26, -47)
# About what a screen gives the plot and a letter of a name, in pixels.
_PLOT_WIDTH, _PLOT_HEIGHT = 680, 420
_LETTER_WIDTH, _LETTER_HEIGHT = 7, 12


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
    is_volcano: bool = False

    def edges(self, frame: pl.DataFrame) -> Edges:
        """Return where the axes end for the genes drawn: changes, and a volcano's p-values."""
        called = frame["c"].is_in([1, 2, 4, 5])
        if not self.is_volcano:
            return Edges(y=edge(frame["y"], called))
        has_logarithm = frame["c"] < 3
        high = edge(frame["y"].filter(has_logarithm), called.filter(has_logarithm))
        return Edges(edge(frame["x"], called), high)


def volcano_axes(name: str, positive: str, negative: str, fdr: float, lfc: float) -> Axes:
    """Return the axes of a volcano."""
    return Axes(
        x_title=f"log2 fold change   (← {_shorter(negative)}   |   {_shorter(positive)} →)",
        y_title="−log10 adjusted p-value",
        title=f"Change and significance: {name}",
        subtitle=f"Dashed: adjusted p = {fdr:g} and log2 fold change = ±{lfc:g}",
        x_rules=(-lfc, lfc) if lfc > 0 else (0.0,),
        y_rules=(-math.log10(fdr),),
        positive=positive,
        negative=negative,
        is_volcano=True,
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


def _shorter(side: str) -> str:
    return side.split(" than ")[0]


def gene_scatter(
    frame: pl.DataFrame, axes: Axes, look: Look, box: tuple[float, ...] | None = None
) -> Figure:
    """Draw genes as points: colour and shape by class, labels on the marked ones.

    Parameters
    ----------
    frame
        ``gene, i, x, y, c, marked`` as thinned by the query; ``c`` is 0 not significant, 1 up,
        2 down, and 3 more where the adjusted p-value is 0, which has no logarithm.
    box
        ``x0, x1, y0, y1`` of a box that came with the link, drawn as an outline.
    """
    kinds = ["not significant", axes.positive, axes.negative]
    listed = "[" + ",".join(f"'{kind.replace(chr(39), ' ')}'" for kind in kinds) + "]"
    legend = alt.Legend(
        title=None,
        orient="bottom",
        labelExpr=f"{listed}[datum.value]",
        labelLimit=420,
        columns=3,
        symbolSize=90,
        symbolOpacity=1,
    )
    colour = alt.Color(
        "c:N",
        scale=alt.Scale(domain=[1, 2, 0], range=[look.up, look.down, look.neutral]),
        legend=legend,
    )
    edges = axes.edges(frame)
    placed, far = _placed(frame, edges)
    x_name, y_name = (title.split("   ")[0] for title in (axes.x_title, axes.y_title))
    points = (
        alt.Chart(source(placed, look))
        .mark_point(filled=True, strokeWidth=0)
        .transform_calculate(kind=f"{listed}[datum.c]")
        .encode(
            x=alt.X(
                "x:Q",
                title=axis_title(axes.x_title),
                scale=alt.Scale(nice=edges.x is None, zero=False, padding=24),
            ),
            y=alt.Y(
                "y:Q",
                title=axes.y_title,
                scale=alt.Scale(nice=True, domainMin=0)
                if axes.is_volcano
                else alt.Scale(nice=True),
            ),
            color=colour,
            shape=alt.Shape(
                "c:N",
                scale=alt.Scale(domain=[1, 2, 0], range=["circle", "diamond", "circle"]),
                legend=legend,
            ),
            size=alt.condition("datum.c == 0", alt.value(16), alt.value(46)),
            opacity=alt.condition("datum.c == 0", alt.value(0.45), alt.value(0.85)),
            tooltip=[
                alt.Tooltip("gene:N", title="gene"),
                alt.Tooltip("x:Q", title=x_name, format=".3f"),
                alt.Tooltip("y:Q", title=y_name, format=".3f"),
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
    said = [
        alt.Tooltip("gene:N", title="gene"),
        alt.Tooltip("x_said:N", title=x_name),
        alt.Tooltip("y_said:N", title=y_name),
        alt.Tooltip("kind:N", title="class"),
    ]
    far = far.with_columns(kind=pl.col("c").replace_strict(dict(enumerate(kinds))))
    layers += edge_layers(far, "c", {1: look.up, 2: look.down, 0: look.neutral}, said, look)
    everyone = pl.concat([placed, far.select(placed.columns)])
    extent = pl.col("x", "y").max() - pl.col("x", "y").min()
    wide, high = everyone.select(extent).row(0)
    layers += _labels(everyone.filter(pl.col("marked")), wide or 1.0, high or 1.0, look)
    if box is not None:
        corners = dict(zip(("x0", "x1", "y0", "y1"), box, strict=True))
        layers.append(
            alt.Chart(alt.InlineData(values=[corners]))
            .mark_rect(fill=look.accent, fillOpacity=0.10, stroke=look.accent)
            .encode(x="x0:Q", x2="x1:Q", y="y0:Q", y2="y1:Q")
        )
    return titled(alt.layer(*layers), axes.title, axes.subtitle, look, 620)


def _placed(frame: pl.DataFrame, edges: Edges) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the genes drawn in their place, and those at an edge with what is said of them."""
    is_zero = pl.col("c") >= 3
    split = at_edges(frame, edges).with_columns(
        beyond=pl.coalesce("beyond", pl.when(is_zero).then(pl.lit("top"))),
        c=(pl.col("c") % 3).cast(pl.Int8),
        is_zero=is_zero,
    )
    placed = split.filter(pl.col("beyond").is_null()).select(frame.columns)
    far = split.filter(pl.col("beyond").is_not_null())
    rows = far.select("x_true", "y_true", "is_zero").rows()
    return placed, far.select(
        *frame.columns,
        "beyond",
        pl.Series("x_said", [number(x, 3) for x, _, _ in rows], dtype=pl.String),
        pl.Series(
            "y_said",
            ["no logarithm: p = 0" if zero else number(y, 3) for _, y, zero in rows],
            dtype=pl.String,
        ),
    )


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
