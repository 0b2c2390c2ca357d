"""Charts of one gene: every replicate, and the forest of its changes."""

from __future__ import annotations

import altair as alt
import polars as pl

from app.web.charts.base import Figure, axis_title, height_for, rule, source, titled
from app.web.components.look import SHAPES, Look

_ROW_HEIGHT, _TWO_LINES = 24, 34
_BREAK = "¦"


def replicates(frame: pl.DataFrame, gene: str, study: str, look: Look) -> Figure:
    """Draw every sample's counts per million as its own mark; no bar hides a replicate.

    Parameters
    ----------
    frame
        ``row, level, sample_id, cpm, count, library_size`` with one row per sample.
    """
    levels = frame["level"].unique(maintain_order=True).to_list()
    rows = frame["row"].unique(maintain_order=True).to_list()
    colours = [look.series[i % len(look.series)] for i in range(len(levels))]
    shapes = [SHAPES[i % len(SHAPES)] for i in range(len(levels))]
    legend = alt.Legend(title=None, orient="bottom", symbolSize=90, columns=6)
    chart = (
        alt.Chart(source(frame, look))
        .mark_point(filled=True, size=85, opacity=0.85)
        .encode(
            x=alt.X(
                "cpm:Q",
                title="counts per million of the sample's library",
                scale=alt.Scale(zero=True, nice=True),
            ),
            y=alt.Y(
                "row:N",
                sort=rows,
                title=None,
                axis=alt.Axis(
                    labelLimit=320, grid=True, ticks=False, domain=False, labelOverlap=False
                ),
            ),
            color=alt.Color(
                "level:N",
                sort=levels,
                scale=alt.Scale(domain=levels, range=colours),
                legend=legend,
            ),
            shape=alt.Shape(
                "level:N",
                sort=levels,
                scale=alt.Scale(domain=levels, range=shapes),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("sample_id:N", title="sample"),
                alt.Tooltip("row:N", title="group"),
                alt.Tooltip("cpm:Q", title="counts per million", format=",.2f"),
                alt.Tooltip("count:Q", title="counts", format=","),
                alt.Tooltip("library_size:Q", title="library size", format=","),
            ],
        )
    )
    return titled(
        chart,
        f"{gene} in every sample of {study}",
        f"One mark per sample, {frame.height} in all",
        look,
        height_for(len(rows), _ROW_HEIGHT),
    )


_STATES = ("up", "down", "not significant", "not tested")


def forest(frame: pl.DataFrame, gene: str, lfc: float, look: Look) -> Figure:
    """Draw the gene's log2 fold change and 95 % interval in every contrast.

    Parameters
    ----------
    frame
        ``label, state, remark, log2_fold_change, ci_lower, ci_upper, padj, direction_sentence``;
        a contrast without a value keeps its row and says why.
    """
    rows = frame["label"].to_list()
    y = alt.Y(
        "label:N",
        sort=rows,
        title=None,
        axis=alt.Axis(
            # The groups, and under them the cells and the time.
            labelExpr=f"split(replace(datum.label, ' in ', '{_BREAK}in '), '{_BREAK}')",
            labelLimit=300,
            grid=True,
            ticks=False,
            domain=False,
            labelOverlap=False,
        ),
    )
    colours = alt.Scale(
        domain=list(_STATES), range=[look.up, look.down, look.neutral, look.neutral]
    )
    legend = alt.Legend(title=None, orient="bottom", symbolSize=90, symbolOpacity=1)
    valued = frame.filter(pl.col("log2_fold_change").is_not_null())
    base = alt.Chart(source(valued, look))
    x_title = "log2 fold change with 95 % interval   (← lower in the first group   |   higher →)"
    intervals = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("ci_lower:Q", title=axis_title(x_title), axis=alt.Axis(tickCount=10)),
        x2="ci_upper:Q",
        y=y,
        color=alt.Color("state:N", legend=legend, scale=colours),
    )
    points = base.mark_point(filled=True, size=100, opacity=1).encode(
        x=alt.X("log2_fold_change:Q", title=axis_title(x_title), axis=alt.Axis(tickCount=10)),
        y=y,
        color=alt.Color("state:N", legend=legend, scale=colours),
        shape=alt.Shape(
            "state:N",
            scale=alt.Scale(domain=list(_STATES), range=["circle", "diamond", "square", "cross"]),
            legend=legend,
        ),
        tooltip=[
            alt.Tooltip("label:N", title="contrast"),
            alt.Tooltip("log2_fold_change:Q", title="log2 fold change", format=".3f"),
            alt.Tooltip("ci_lower:Q", title="95 % from", format=".3f"),
            alt.Tooltip("ci_upper:Q", title="to", format=".3f"),
            alt.Tooltip("padj:Q", title="adjusted p", format=".2e"),
            alt.Tooltip("state:N", title="call"),
            alt.Tooltip("remark:N", title="remark"),
            alt.Tooltip("direction_sentence:N", title="which way is up"),
        ],
    )
    layers = [rule(0.0, "x", look, dash=False)]
    layers += [rule(value, "x", look) for value in ((-lfc, lfc) if lfc > 0 else ())]
    if valued.height:
        layers += [intervals, points]
    silent = frame.filter(pl.col("log2_fold_change").is_null())
    if silent.height:
        layers.append(
            alt.Chart(source(silent.select("label", "remark"), look))
            .mark_text(align="left", dx=6, fontStyle="italic", color=look.neutral)
            .encode(x=alt.datum(0), y=y, text="remark:N")
        )
    return titled(
        alt.layer(*layers),
        f"{gene}: change in {frame.height} contrasts",
        f"Dashed: ±{lfc:g}; a cross was measured but not tested, and has no adjusted p-value",
        look,
        height_for(frame.height, _TWO_LINES),
    )
