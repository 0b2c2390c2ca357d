"""The map of the mechanism: genes as boxes coloured by their change, arrows by their verdict."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import polars as pl

from app.web.charts.base import OVERHEAD, Figure, source, titled
from app.web.charts.genes import CLICK
from app.web.charts.ink import cell_colour, ink_on, middle
from app.web.components.look import Look

STATES = (
    "agrees",
    "opposite",
    "agrees and opposite",
    "not significant",
    "not testable",
    "said of other drugs only",
    "not testable by mRNA",
)
RELATIONS = {
    "binds": ("binds", "circle"),
    "degrades": ("has its protein degraded", "cross"),
    "loss_lowers": ("its loss lowers", "triangle-down"),
    "loss_raises": ("its loss raises", "triangle-up"),
}

_HALF_WIDTH = 0.28
_HALF_HEIGHT = 0.30
_STEPS = 24
_ROW_HEIGHT = 92
_LEGENDS = 40


def mechanism_map(
    nodes: pl.DataFrame, edges: pl.DataFrame, title: str, subtitle: str, look: Look
) -> Figure:
    """Draw the map.

    Parameters
    ----------
    nodes
        ``node, i, layer, y, said, call, log2_fold_change, p_words``.
    edges
        ``edge_id, source, target, relation, state, claims, documents, drugs``, with the nodes'
        names as ends.
    """
    wide = int(str(nodes["layer"].max())) + 0.5
    high = float(max(abs(y) for y in nodes["y"].to_list())) + 0.55
    x_scale = alt.Scale(domain=[-0.5, wide], nice=False)
    y_scale = alt.Scale(domain=[-high, high], nice=False)
    boxes = nodes.with_columns(
        x0=pl.col("layer") - _HALF_WIDTH,
        x1=pl.col("layer") + _HALF_WIDTH,
        y0=pl.col("y") - _HALF_HEIGHT,
        y1=pl.col("y") + _HALF_HEIGHT,
        is_called=pl.col("call").is_in(["up", "down"]),
    )
    changes = nodes["log2_fold_change"].to_list()
    limit = max(1.0, *(abs(change) for change in changes if change is not None), 0.0)
    inks = [ink_on(cell_colour(change, limit, look), look) for change in changes]
    boxes = boxes.with_columns(pl.Series("ink", inks, dtype=pl.String))
    layers = [*_arrows(nodes, edges, x_scale, y_scale, look)]
    x = alt.X("x0:Q", scale=x_scale, axis=None)
    y = alt.Y("y0:Q", scale=y_scale, axis=None)
    tooltip = [
        alt.Tooltip("node:N", title="node"),
        alt.Tooltip("log2_fold_change:Q", title="log2 fold change of its mRNA", format=".3f"),
        alt.Tooltip("p_words:N", title="adjusted p"),
        alt.Tooltip("call:N", title="call"),
    ]
    box = (
        alt.Chart(source(boxes, look))
        .mark_rect(cornerRadius=8, invalid=None)
        .encode(
            x=x,
            x2="x1:Q",
            y=y,
            y2="y1:Q",
            color=alt.condition(
                "isValid(datum.log2_fold_change)",
                alt.Color(
                    "log2_fold_change:Q",
                    scale=alt.Scale(
                        domain=[-limit, 0, limit],
                        range=[look.down, middle(look), look.up],
                        interpolate="rgb",
                    ),
                    legend=None,
                ),
                alt.value(middle(look)),
            ),
            stroke=alt.value(look.text),
            strokeWidth=alt.condition("datum.is_called", alt.value(2.4), alt.value(0.8)),
            tooltip=tooltip,
        )
    )
    if not look.paper:
        box = box.add_params(alt.selection_point(name=CLICK, fields=["i"], on="click", empty=False))
    layers.append(box)
    for line, offset, size in (("node", -9, 14), ("said", 10, 12)):
        layers.append(
            alt.Chart(source(boxes, look))
            .mark_text(dy=offset, fontSize=size, fontWeight=600, tooltip=None)
            .encode(
                x=alt.X("layer:Q", scale=x_scale, axis=None),
                y=alt.Y("y:Q", scale=y_scale, axis=None),
                text=f"{line}:N",
                color=alt.Color("ink:N", scale=None),
            )
        )
    rows = int(2 * high)
    return titled(
        alt.layer(*layers).resolve_scale(
            color="independent", strokeDash="independent", shape="independent"
        ),
        title,
        subtitle,
        look,
        max(3, rows) * _ROW_HEIGHT + OVERHEAD + _LEGENDS,
    )


def _arrows(
    nodes: pl.DataFrame, edges: pl.DataFrame, x_scale: alt.Scale, y_scale: alt.Scale, look: Look
) -> list[alt.Chart]:
    at = {name: (layer, y) for name, layer, y in nodes.select("node", "layer", "y").iter_rows()}
    lines: list[dict[str, object]] = []
    heads: list[dict[str, object]] = []
    arriving: dict[str, list[str]] = {}
    for edge in edges.sort(
        pl.col("source").replace_strict({name: -y for name, (_, y) in at.items()}, default=0.0)
    ).iter_rows(named=True):
        arriving.setdefault(edge["target"], []).append(edge["edge_id"])
    for edge in edges.iter_rows(named=True):
        (x0, y0), (x1, y1) = at[edge["source"]], at[edge["target"]]
        slots = arriving[edge["target"]]
        shift = ((len(slots) - 1) / 2 - slots.index(edge["edge_id"])) * 0.15
        start, end = (x0 + _HALF_WIDTH, y0), (x1 - _HALF_WIDTH - 0.035, y1 + shift)
        said = {
            "arrow": f"{edge['source']} → {edge['target']}",
            "relation": RELATIONS[edge["relation"]][0],
            "state": edge["state"],
            "claims": edge["claims"],
            "documents": edge["documents"],
            "drugs": edge["drugs"],
        }
        lines += [
            {"edge": edge["edge_id"], "step": step, "x": px, "y": py, **said}
            for step, (px, py) in enumerate(_curve(start, end))
        ]
        heads.append({"x": end[0], "y": end[1], **said})
    colours = [
        look.series[0],
        look.up,
        look.accent,
        look.neutral,
        look.neutral,
        look.faint,
        look.muted,
    ]
    dashes = [[1, 0], [1, 0], [1, 0], [1, 0], [2, 3], [2, 3], [7, 4]]
    present = [state for state in STATES if state in set(edges["state"].to_list())]
    chosen = [STATES.index(state) for state in present]
    legend = alt.Legend(
        title="The data say",
        orient="bottom",
        symbolStrokeWidth=3,
        symbolSize=260,
    )
    tooltip = [
        alt.Tooltip("arrow:N", title="arrow"),
        alt.Tooltip("relation:N", title="the documents say"),
        alt.Tooltip("state:N", title="data"),
        alt.Tooltip("claims:Q", title="claims"),
        alt.Tooltip("drugs:N", title="said of"),
    ]
    colour = alt.Color(
        "state:N",
        scale=alt.Scale(domain=present, range=[colours[i] for i in chosen]),
        legend=legend,
    )
    x = alt.X("x:Q", scale=x_scale, axis=None)
    y = alt.Y("y:Q", scale=y_scale, axis=None)
    drawn = (
        alt.Chart(source(pl.DataFrame(lines), look))
        .mark_line(strokeWidth=2.2)
        .encode(
            x=x,
            y=y,
            detail="edge:N",
            order="step:Q",
            color=colour,
            strokeDash=alt.StrokeDash(
                "state:N",
                scale=alt.Scale(domain=present, range=[dashes[i] for i in chosen]),
                legend=legend,
            ),
            tooltip=tooltip,
        )
    )
    words = [RELATIONS[code][0] for code in RELATIONS]
    ends = (
        alt.Chart(source(pl.DataFrame(heads), look))
        .mark_point(filled=True, size=120, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.value(look.text),
            shape=alt.Shape(
                "relation:N",
                scale=alt.Scale(domain=words, range=[RELATIONS[code][1] for code in RELATIONS]),
                legend=alt.Legend(
                    title="The documents say",
                    orient="top",
                    symbolFillColor=look.text,
                    symbolStrokeWidth=0,
                    symbolSize=110,
                ),
            ),
            tooltip=tooltip,
        )
    )
    return [drawn, ends]


def _curve(start: Sequence[float], end: Sequence[float]) -> list[tuple[float, float]]:
    """Return points of an S from ``start`` to ``end`` that leaves and arrives level."""
    points = []
    for step in range(_STEPS + 1):
        t = step / _STEPS
        lift = t * t * (3 - 2 * t)
        points.append(
            (
                round(start[0] + (end[0] - start[0]) * t, 4),
                round(start[1] + (end[1] - start[1]) * lift, 4),
            )
        )
    return points
