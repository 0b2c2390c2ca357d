"""Forest of adverse-event percentages with their Wilson intervals, one row per cell."""

from __future__ import annotations

from typing import Literal

import altair as alt
import polars as pl

from app.web.charts.base import Figure, axis_title, height_for, rule, source, titled
from app.web.components.look import SHAPES, Look

_ROW_HEIGHT = 19
_HEAD = "#"
_MARK = "¦"


def event_forest(
    frame: pl.DataFrame, arms: list[str], title: str, subtitle: str, look: Look
) -> Figure:
    """Draw percentages under a heading per event; a bound is written, never drawn as an estimate.

    Parameters
    ----------
    frame
        One row per cell that holds a value: ``term, arm, row_label, cell_id, pct, lower_pct,
        upper_pct, is_bound, is_upper_bound, mark, shown, grade``; ``lower_pct`` and
        ``upper_pct`` are null without a denominator.
    arms
        All arms in the order of their colours and shapes.
    """
    rows = frame.with_columns(
        row=pl.concat_str("term", pl.lit(_MARK), "row_label", pl.lit(_MARK), "cell_id")
    )
    order: list[str] = []
    for term in rows["term"].unique(maintain_order=True).to_list():
        order += [f"{_HEAD}{term}", *rows.filter(pl.col("term") == term)["row"].to_list()]
    kinds = len(look.series)
    colours = alt.Scale(domain=arms, range=[look.series[i % kinds] for i in range(len(arms))])
    shapes = alt.Scale(
        domain=arms, range=[SHAPES[(i + i // kinds) % len(SHAPES)] for i in range(len(arms))]
    )
    is_head = f"datum.value[0] == '{_HEAD}'"
    y = alt.Y(
        "row:N",
        title=None,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(
            labelExpr=f"{is_head} ? slice(datum.value, 1) : split(datum.value, '{_MARK}')[1]",
            labelFontWeight=alt.condition(is_head, alt.value("bold"), alt.value("normal")),
            labelColor=alt.condition(is_head, alt.value(look.text), alt.value(look.muted)),
            labelLimit=380,
            labelOverlap=False,
            ticks=False,
            domain=False,
            grid=True,
        ),
    )
    x_title = "patients with the event, percent (95 % Wilson interval)"
    x_scale = alt.Scale(domainMin=0, nice=True, zero=True)
    x_axis = alt.Axis(tickCount=8)
    colour = alt.Color("arm:N", scale=colours, legend=None)
    tooltip = [
        alt.Tooltip("term:N", title="event"),
        alt.Tooltip("arm:N", title="arm"),
        alt.Tooltip("shown:N", title="cell"),
        alt.Tooltip("lower_pct:Q", title="95 % from", format=".1f"),
        alt.Tooltip("upper_pct:Q", title="to", format=".1f"),
        alt.Tooltip("grade:N", title="grade"),
    ]
    layers: list[alt.Chart] = []
    with_interval = rows.filter(pl.col("lower_pct").is_not_null() & ~pl.col("is_bound"))
    if with_interval.height:
        layers.append(
            alt.Chart(source(with_interval, look))
            .mark_rule(strokeWidth=2)
            .encode(
                x=alt.X("lower_pct:Q", title=x_title, scale=x_scale, axis=x_axis),
                x2="upper_pct:Q",
                y=y,
                color=colour,
            )
        )
    estimates = rows.filter(~pl.col("is_bound"))
    if estimates.height:
        layers.append(
            alt.Chart(source(estimates, look))
            .mark_point(size=80, opacity=1, strokeWidth=1.8)
            .encode(
                x=alt.X("pct:Q", title=x_title, scale=x_scale, axis=x_axis),
                y=y,
                color=colour,
                shape=alt.Shape("arm:N", scale=shapes, legend=None),
                fill=alt.condition("isValid(datum.lower_pct)", colour, alt.value("transparent")),
                tooltip=tooltip,
            )
        )
    # A bound is written on the side of its value where the true one lies.
    sides: tuple[tuple[bool, Literal["left", "right"]], ...] = ((True, "right"), (False, "left"))
    for is_upper, align in sides:
        bounds = rows.filter(pl.col("is_bound") & (pl.col("is_upper_bound") == is_upper))
        if bounds.height:
            layers.append(
                alt.Chart(source(bounds, look))
                .mark_text(align=align, fontSize=12, fontWeight=600)
                .encode(
                    x=alt.X("pct:Q", title=x_title, scale=x_scale, axis=x_axis),
                    y=y,
                    text="mark:N",
                    color=colour,
                    tooltip=tooltip,
                )
            )
    return titled(alt.layer(*layers), title, subtitle, look, height_for(len(order), _ROW_HEIGHT))


def difference_forest(
    frame: pl.DataFrame, first: str, second: str, subtitle: str, look: Look
) -> Figure:
    """Draw risk differences of two arms of one trial with their intervals.

    Parameters
    ----------
    frame
        ``event, risk_difference_lo, risk_difference_hi, mn_lower, mn_upper`` in percentage
        points, first arm minus second; where a percentage fits several counts, ``lo`` and ``hi``
        are the range over them.
    """
    y = alt.Y(
        "event:N",
        sort=frame["event"].to_list(),
        title=None,
        axis=alt.Axis(labelLimit=300, grid=True, ticks=False, domain=False, labelOverlap=False),
    )
    x_title = axis_title(
        f"risk difference, percentage points   (← more in {second}   |   more in {first} →)"
    )
    base = alt.Chart(source(frame, look))
    intervals = base.mark_rule(strokeWidth=2, color=look.series[0]).encode(
        x=alt.X("mn_lower:Q", title=x_title, scale=alt.Scale(zero=True, nice=True)),
        x2="mn_upper:Q",
        y=y,
    )
    ranges = base.mark_rule(strokeWidth=9, strokeCap="round", color=look.series[0]).encode(
        x=alt.X("risk_difference_lo:Q", title=x_title),
        x2="risk_difference_hi:Q",
        y=y,
        tooltip=[
            alt.Tooltip("event:N", title="event"),
            alt.Tooltip("risk_difference_lo:Q", title="difference, least", format=".1f"),
            alt.Tooltip("risk_difference_hi:Q", title="most", format=".1f"),
            alt.Tooltip("mn_lower:Q", title="95 % from", format=".1f"),
            alt.Tooltip("mn_upper:Q", title="to", format=".1f"),
        ],
    )
    return titled(
        alt.layer(rule(0.0, "x", look, dash=False), intervals, ranges),
        f"{first} minus {second}",
        subtitle,
        look,
        height_for(frame.height, 26),
    )
