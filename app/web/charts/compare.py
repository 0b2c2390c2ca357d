"""Scatter of two drugs' changes, coloured by how their calls relate."""

from __future__ import annotations

import altair as alt
import polars as pl

from app.web.charts.base import Figure, rule, source, titled
from app.web.charts.edges import Edges, at_edges, edge, edge_layers
from app.web.charts.genes import CLICK
from app.web.components.look import Look

CLASSES = ("both_up", "both_down", "opposite", "only_a", "only_b", "neither")


def class_words(drug_a: str, drug_b: str) -> dict[str, str]:
    """Return what each class means, with the drugs' names in it."""
    return {
        "both_up": "up in both",
        "both_down": "down in both",
        "opposite": "opposite",
        "only_a": f"only {drug_a}",
        "only_b": f"only {drug_b}",
        "neither": "neither",
        "not_tested": "not tested in both",
    }


def difference_words(drug_a: str, drug_b: str) -> dict[str, str]:
    """Return what the test of the difference says, with the drugs' names in it."""
    return {
        "shared": "shared: no difference found",
        "stronger_in_a": f"stronger after {drug_a}",
        "stronger_in_b": f"stronger after {drug_b}",
        "only_a": f"only {drug_a}: differs from {drug_b}",
        "only_b": f"only {drug_b}: differs from {drug_a}",
        "opposite": "opposite",
        "undecided": "undecided: called in one, difference not established",
        "differ_uncalled": "called in neither, yet different",
        "neither": "neither",
        "not_tested": "not tested in both",
    }


def change_edges(frame: pl.DataFrame) -> Edges:
    """Return where the axes of the scatter end for the genes drawn."""
    called = frame["class"] != "neither"
    return Edges(edge(frame["x"], called), edge(frame["y"], called))


def change_scatter(
    frame: pl.DataFrame,
    drugs: tuple[str, str],
    named: tuple[str, str],
    subtitle: str,
    look: Look,
    over: str = " over the vehicle",
) -> Figure:
    """Draw each gene at its change after drug a and after drug b.

    Parameters
    ----------
    frame
        ``gene, i, x, y, class``.
    drugs
        Short names of both, for the classes.
    named
        The same with their concentrations, for axes and title.
    over
        What both axes say after the name.
    """
    words = class_words(*drugs)
    name_a, name_b = named
    shown = at_edges(frame, change_edges(frame)).with_columns(
        kind=pl.col("class").replace_strict(words, default=pl.col("class"))
    )
    placed = shown.filter(pl.col("beyond").is_null()).drop("x_true", "y_true", "beyond")
    far = shown.filter(pl.col("beyond").is_not_null())
    kinds = [words[name] for name in CLASSES]
    colours = [
        look.up,
        look.down,
        look.accent,
        look.series[2],
        look.series[4],
        look.neutral,
    ]
    shapes = ["triangle-up", "triangle-down", "cross", "square", "diamond", "circle"]
    legend = alt.Legend(
        title=None, orient="bottom", columns=3, symbolSize=90, symbolOpacity=1, labelLimit=300
    )
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=colours), legend=legend)
    points = (
        alt.Chart(source(placed, look))
        .mark_point(filled=True, strokeWidth=0)
        .encode(
            x=alt.X(
                "x:Q",
                title=f"log2 fold change, {name_a}{over} (→ higher)",
                axis=alt.Axis(tickCount=12),
            ),
            y=alt.Y("y:Q", title=f"log2 fold change, {name_b}{over} (↑ higher)"),
            color=colour,
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=shapes), legend=legend),
            size=alt.condition("datum.kind == 'neither'", alt.value(16), alt.value(55)),
            opacity=alt.condition("datum.kind == 'neither'", alt.value(0.4), alt.value(0.9)),
            tooltip=_tooltip(name_a, name_b, "x", "y"),
        )
    )
    if not look.paper:
        points = points.add_params(
            alt.selection_point(name=CLICK, fields=["i"], on="click", empty=False)
        )
    # Equal change needs only the part both axes show.
    low = float(max(shown["x"].min() or -1.0, shown["y"].min() or -1.0))  # type: ignore[arg-type]
    high = float(min(shown["x"].max() or 1.0, shown["y"].max() or 1.0))  # type: ignore[arg-type]
    diagonal = (
        alt.Chart(alt.InlineData(values=[{"x": low, "y": low}, {"x": high, "y": high}]))
        .mark_line(color=look.neutral, strokeDash=[2, 4], strokeWidth=1)
        .encode(x="x:Q", y="y:Q")
    )
    return titled(
        alt.layer(
            rule(0.0, "x", look, dash=False),
            rule(0.0, "y", look, dash=False),
            diagonal,
            points,
            *edge_layers(
                far,
                "kind",
                dict(zip(kinds, colours, strict=True)),
                _tooltip(name_a, name_b, "x_true", "y_true"),
                look,
            ),
        ),
        f"{name_a} against {name_b}, gene by gene",
        subtitle,
        look,
        640,
    )


def _tooltip(drug_a: str, drug_b: str, x: str, y: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("gene:N", title="gene"),
        alt.Tooltip(f"{x}:Q", title=drug_a, format=".3f"),
        alt.Tooltip(f"{y}:Q", title=drug_b, format=".3f"),
        alt.Tooltip("kind:N", title="class"),
    ]
