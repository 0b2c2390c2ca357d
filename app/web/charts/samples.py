"""One quality figure of every sample, with the protocol's limits."""

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
