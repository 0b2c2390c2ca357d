"""Charts of gene sets: the running sum of one, and the scores of many."""

from __future__ import annotations

import altair as alt
import polars as pl

from app.web.charts.base import Figure, axis_title, height_for, rule, source, titled
from app.web.components.look import Look

_ROW_HEIGHT = 22


def running_sum_plot(
    corners: pl.DataFrame, genes: pl.DataFrame, title: str, subtitle: str, x_title: str, look: Look
) -> Figure:
    """Draw the running sum over the ranking, and a stroke for each gene of the set.

    Parameters
    ----------
    corners
        ``position, running_sum``.
    genes
        ``gene, position, stat, is_leading`` of the set's genes.
    """
    x = alt.X(
        "position:Q",
        title=axis_title(x_title),
        scale=alt.Scale(nice=False),
        axis=alt.Axis(format=",d", tickCount=8),
    )
    line = (
        alt.Chart(source(corners, look))
        .mark_line(strokeWidth=2, color=look.series[0])
        .encode(x=x, y=alt.Y("running_sum:Q", title="running sum"))
    )
    lowest = min(0.0, float(str(corners["running_sum"].min())))
    highest = max(0.0, float(str(corners["running_sum"].max())))
    depth = 0.12 * (highest - lowest)
    strokes = (
        alt.Chart(
            source(
                genes.with_columns(
                    y0=pl.lit(lowest - 0.35 * depth),
                    y1=pl.lit(lowest - 1.35 * depth),
                    part=pl.when("is_leading")
                    .then(pl.lit("leading edge"))
                    .otherwise(pl.lit("other genes of the set")),
                ),
                look,
            )
        )
        .mark_rule(strokeWidth=1.6)
        .encode(
            x=x,
            y="y0:Q",
            y2="y1:Q",
            color=alt.Color(
                "part:N",
                scale=alt.Scale(
                    domain=["leading edge", "other genes of the set"],
                    range=[look.up, look.neutral],
                ),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            strokeDash=alt.StrokeDash(
                "part:N",
                scale=alt.Scale(
                    domain=["leading edge", "other genes of the set"], range=[[1, 0], [3, 2]]
                ),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("gene:N", title="gene"),
                alt.Tooltip("position:Q", title="rank", format=","),
                alt.Tooltip("stat:Q", title="Wald statistic", format=".2f"),
                alt.Tooltip("part:N", title="part"),
            ],
        )
    )
    return titled(
        alt.layer(rule(0.0, "y", look, dash=False), line, strokes), title, subtitle, look, 400
    )


def set_scores(frame: pl.DataFrame, x_title: str, title: str, subtitle: str, look: Look) -> Figure:
    """Draw one mark per set: its score, filled where it passes the false-discovery rate.

    Parameters
    ----------
    frame
        ``label, score, padj, n_measured, is_enriched`` in the order to be drawn.
    """
    domain = ["enriched", "not enriched"]
    shown = frame.with_columns(
        state=pl.when("is_enriched").then(pl.lit(domain[0])).otherwise(pl.lit(domain[1]))
    )
    y = alt.Y(
        "label:N",
        sort=frame["label"].to_list(),
        title=None,
        axis=alt.Axis(labelLimit=270, grid=True, ticks=False, domain=False, labelOverlap=False),
    )
    legend = alt.Legend(title=None, orient="bottom", symbolSize=90, symbolOpacity=1)
    points = (
        alt.Chart(source(shown, look))
        .mark_point(filled=True, opacity=1)
        .encode(
            x=alt.X(
                "score:Q",
                title=axis_title(x_title),
                scale=alt.Scale(nice=True, padding=12),
                axis=alt.Axis(tickCount=10),
            ),
            y=y,
            size=alt.Size(
                "n_measured:Q",
                title="genes tested",
                scale=alt.Scale(range=[50, 320]),
                legend=None,
            ),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=domain, range=[look.series[0], look.neutral]),
                legend=legend,
            ),
            shape=alt.Shape(
                "state:N",
                scale=alt.Scale(domain=domain, range=["circle", "cross"]),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("label:N", title="set"),
                alt.Tooltip("score:Q", title=axis_title(x_title)[0], format=".3f"),
                alt.Tooltip("padj:Q", title="adjusted p", format=".2e"),
                alt.Tooltip("n_measured:Q", title="genes tested"),
            ],
        )
    )
    return titled(
        alt.layer(rule(0.0, "x", look, dash=False), points),
        title,
        subtitle,
        look,
        height_for(frame.height, _ROW_HEIGHT),
    )
