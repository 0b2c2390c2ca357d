"""Samples: one quality figure of each, their principal components, and their distances."""

from __future__ import annotations

import altair as alt
import polars as pl

from app.web.charts.base import Figure, height_for, rule, source, titled
from app.web.components.look import SHAPES, Look


def sample_strip(
    frame: pl.DataFrame, title: str, unit: str, limits: tuple[float, ...], note: str, look: Look
) -> Figure:
    """Draw a figure of each sample as a mark of its own.

    Parameters
    ----------
    frame
        ``sample_id, value, group``.
    limits
        Where the protocol draws its lines.
    """
    groups = frame["group"].unique(maintain_order=True).to_list()
    colours = [look.series[i % len(look.series)] for i in range(len(groups))]
    shapes = [SHAPES[i % len(SHAPES)] for i in range(len(groups))]
    legend = alt.Legend(title=None, orient="bottom", columns=6, symbolSize=90, symbolOpacity=1)
    points = (
        alt.Chart(source(frame, look))
        .mark_point(filled=True, size=85, opacity=0.9)
        .encode(
            x=alt.X("value:Q", title=unit, scale=alt.Scale(zero=False, nice=True, padding=12)),
            y=alt.Y(
                "sample_id:N",
                sort=frame["sample_id"].to_list(),
                title=None,
                axis=alt.Axis(
                    grid=True, ticks=False, domain=False, labelOverlap=False, labelLimit=260
                ),
            ),
            color=alt.Color(
                "group:N", scale=alt.Scale(domain=groups, range=colours), legend=legend
            ),
            shape=alt.Shape("group:N", scale=alt.Scale(domain=groups, range=shapes), legend=legend),
            tooltip=[
                alt.Tooltip("sample_id:N", title="sample"),
                alt.Tooltip("group:N", title="group"),
                alt.Tooltip("value:Q", title=unit, format=",.6~g"),
            ],
        )
    )
    return titled(
        alt.layer(*[rule(limit, "x", look) for limit in limits], points),
        title,
        note,
        look,
        height_for(frame.height, 20),
    )


def component_plot(
    frame: pl.DataFrame,
    axes: tuple[str, str],
    title: str,
    note: str,
    colour_title: str,
    look: Look,
) -> Figure:
    """Draw each sample at two of its principal components; an outlier wears a ring and its name.

    Parameters
    ----------
    frame
        ``sample_id, x, y, group, is_outlier, outlier_reason``.
    axes
        Titles of the two axes, with the share of variance each explains.
    """
    groups = frame["group"].unique(maintain_order=True).to_list()
    kinds = len(look.series)
    colours = alt.Scale(domain=groups, range=[look.series[i % kinds] for i in range(len(groups))])
    shapes = alt.Scale(
        domain=groups, range=[SHAPES[(i + i // kinds) % len(SHAPES)] for i in range(len(groups))]
    )
    legend = alt.Legend(
        title=colour_title, orient="bottom", columns=6, symbolSize=90, symbolOpacity=1
    )
    x = alt.X("x:Q", title=axes[0], scale=alt.Scale(zero=False, nice=True, padding=14))
    y = alt.Y("y:Q", title=axes[1], scale=alt.Scale(zero=False, nice=True, padding=14))
    points = (
        alt.Chart(source(frame, look))
        .mark_point(filled=True, size=110, opacity=0.9)
        .encode(
            x=x,
            y=y,
            color=alt.Color("group:N", scale=colours, legend=legend),
            shape=alt.Shape("group:N", scale=shapes, legend=legend),
            tooltip=[
                alt.Tooltip("sample_id:N", title="sample"),
                alt.Tooltip("group:N", title=colour_title),
                alt.Tooltip("x:Q", title=axes[0], format=".2f"),
                alt.Tooltip("y:Q", title=axes[1], format=".2f"),
                alt.Tooltip("outlier_reason:N", title="outlier"),
            ],
        )
    )
    layers: list[alt.Chart] = [rule(0.0, "x", look), rule(0.0, "y", look), points]
    outliers = frame.filter(pl.col("is_outlier"))
    if outliers.height:
        base = alt.Chart(source(outliers, look))
        layers += [
            base.mark_point(size=330, filled=False, strokeWidth=1.6, color=look.text).encode(
                x=x, y=y
            ),
            base.mark_text(dy=-17, fontWeight=600, color=look.text).encode(
                x=x, y=y, text="sample_id:N"
            ),
        ]
    return titled(alt.layer(*layers), title, note, look, 560)


def distance_heatmap(
    frame: pl.DataFrame, order: list[str], title: str, note: str, look: Look
) -> Figure:
    """Draw the distance of every pair of samples as a square of colour.

    A sample and itself, at distance 0, is as dark as the closest pair.

    Parameters
    ----------
    frame
        ``a, b, distance, correlation``, each pair both ways round.
    order
        Sample ids in the order drawn.
    """
    # A scale from 0 would leave the pairs, which lie far from it, hardly a shade apart.
    measured = frame.filter(pl.col("a") != pl.col("b"))["distance"]
    nearest, farthest = float(str(measured.min())), float(str(measured.max()))
    domain = [nearest if nearest < farthest else 0.0, farthest]
    itself = [
        {"a": sample, "b": sample, "distance": 0.0, "correlation": 1.0}
        for sample in frame["a"].unique(maintain_order=True).to_list()
    ]
    whole = pl.concat(
        [frame.select("a", "b", "distance", "correlation"), pl.DataFrame(itself)],
        how="vertical_relaxed",
    )
    axis = alt.Axis(labelLimit=200, ticks=False, domain=False, labelOverlap=len(order) > 60)
    low, high = ("#EEF5FA", "#065486") if look.text != "#E7EDF1" else ("#A6D8F5", "#10293D")
    chart = (
        alt.Chart(source(whole, look))
        .mark_rect()
        .encode(
            x=alt.X("b:N", sort=order, title=None, axis=axis.copy()),
            y=alt.Y("a:N", sort=order, title=None, axis=axis),
            color=alt.Color(
                "distance:Q",
                title="distance, log2 units",
                scale=alt.Scale(domain=domain, range=[high, low], clamp=True),
                legend=alt.Legend(orient="bottom", gradientLength=240),
            ),
            tooltip=[
                alt.Tooltip("a:N", title="sample"),
                alt.Tooltip("b:N", title="and"),
                alt.Tooltip("distance:Q", title="distance", format=".2f"),
                alt.Tooltip("correlation:Q", title="correlation", format=".4f"),
            ],
        )
    )
    chart.encoding.x.axis.labelAngle = -60
    return titled(chart, title, note, look, height_for(len(order), 17) + 60)
