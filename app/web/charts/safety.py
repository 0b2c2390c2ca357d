"""Dot plot of adverse-event percentages with their Wilson intervals."""

from __future__ import annotations

import altair as alt
import polars as pl

from app.web.charts.base import Figure, height_for, source, titled
from app.web.components.look import SHAPES, Look

_STEP = 15


def dot_plot(frame: pl.DataFrame, arms: list[str], look: Look) -> Figure:
    """Draw percentages by term and arm; a bound is drawn as an open arrow, never as an estimate.

    Parameters
    ----------
    frame
        ``term, arm, pct, lower_pct, upper_pct, is_bound, shown, grade`` for cells that hold a
        value; ``lower_pct`` and ``upper_pct`` are null where no denominator is known.
    arms
        All arms in the order of their colours and shapes.
    """
    terms = frame["term"].unique(maintain_order=True).to_list()
    colours = alt.Scale(
        domain=arms, range=[look.series[i % len(look.series)] for i in range(len(arms))]
    )
    shapes = alt.Scale(domain=arms, range=[SHAPES[i % len(SHAPES)] for i in range(len(arms))])
    legend = alt.Legend(
        title=None, orient="bottom", columns=4, labelLimit=300, symbolSize=90, symbolOpacity=1
    )
    x_title = "patients with the event, percent (95 % Wilson interval)"
    y = alt.Y(
        "term:N",
        sort=terms,
        title=None,
        axis=alt.Axis(
            labelLimit=260,
            grid=True,
            tickBand="extent",
            ticks=False,
            domain=False,
            labelOverlap=False,
            labelFontWeight=600,
        ),
        scale=alt.Scale(paddingInner=0.12, paddingOuter=0.06),
    )
    offset = alt.YOffset("arm:N", sort=arms, scale=alt.Scale(domain=arms, paddingOuter=0.3))
    tooltip = [
        alt.Tooltip("term:N", title="event"),
        alt.Tooltip("arm:N", title="arm"),
        alt.Tooltip("shown:N", title="cell"),
        alt.Tooltip("lower_pct:Q", title="95 % from", format=".1f"),
        alt.Tooltip("upper_pct:Q", title="to", format=".1f"),
        alt.Tooltip("grade:N", title="grade"),
    ]
    x_axis = alt.Axis(tickCount=8)
    x_scale = alt.Scale(domainMin=0, nice=True, zero=True)
    layers: list[alt.Chart] = []
    with_interval = frame.filter(pl.col("lower_pct").is_not_null() & ~pl.col("is_bound"))
    if with_interval.height:
        layers.append(
            alt.Chart(source(with_interval, look))
            .mark_rule(strokeWidth=2)
            .encode(
                x=alt.X("lower_pct:Q", title=x_title, scale=x_scale, axis=x_axis),
                x2="upper_pct:Q",
                y=y,
                yOffset=offset,
                color=alt.Color("arm:N", scale=colours, legend=legend),
            )
        )
    estimates = frame.filter(~pl.col("is_bound"))
    if estimates.height:
        layers.append(
            alt.Chart(source(estimates, look))
            .mark_point(size=85, opacity=1, strokeWidth=1.8)
            .encode(
                x=alt.X("pct:Q", title=x_title, scale=x_scale, axis=x_axis),
                y=y,
                yOffset=offset,
                color=alt.Color("arm:N", scale=colours, legend=legend),
                shape=alt.Shape("arm:N", scale=shapes, legend=legend),
                fill=alt.condition(
                    "isValid(datum.lower_pct)",
                    alt.Color("arm:N", scale=colours, legend=None),
                    alt.value("transparent"),
                ),
                tooltip=tooltip,
            )
        )
    bounds = frame.filter(pl.col("is_bound"))
    if bounds.height:
        layers.append(
            alt.Chart(source(bounds, look))
            .mark_text(align="left", fontSize=12, fontWeight=600)
            .encode(
                x=alt.X("pct:Q", title=x_title, scale=x_scale, axis=x_axis),
                y=y,
                yOffset=offset,
                text="mark:N",
                color=alt.Color("arm:N", scale=colours, legend=None),
                tooltip=tooltip,
            )
        )
    return titled(
        alt.layer(*layers).resolve_scale(color="shared", shape="shared"),
        "Adverse events by regimen, side by side",
        "Naive, unanchored across trials. Open mark: no denominator, so no interval. "
        "≥ with an arrow: only a lower bound is printed.",
        look,
        height_for(len(terms), max(30, len(arms) * _STEP)),
    )
