"""Sets of called genes over several contrasts: their exclusive overlaps, and a heat map."""

from __future__ import annotations

import json

import altair as alt
import polars as pl

from app.web.charts.base import Figure, height_for, source, titled
from app.web.charts.ink import cell_colour, ink_on, middle
from app.web.components.look import Look

_ROW_SHARE = 0.11


def upset(frame: pl.DataFrame, names: list[str], title: str, subtitle: str, look: Look) -> Figure:
    """Draw how many genes are called in exactly each combination of contrasts.

    Parameters
    ----------
    frame
        ``rank, words, genes, members`` with the positions in ``names`` of the contrasts in it.
    names
        The contrasts, in the order of the dots from the top.
    """
    most = max(1, int(str(frame["genes"].max())))
    step = most * _ROW_SHARE
    dots = [
        {
            "rank": row["rank"],
            "y": -step * (position + 1),
            "is_in": position in row["members"],
            "words": row["words"],
            "genes": row["genes"],
        }
        for row in frame.iter_rows(named=True)
        for position in range(len(names))
    ]
    listed = json.dumps(names)
    ticks = sorted({round(most * share) for share in (0, 0.25, 0.5, 0.75, 1)})
    y_axis = alt.Axis(
        values=[*ticks, *(-step * (position + 1) for position in range(len(names)))],
        labelExpr=f"datum.value < 0 ? {listed}[round(-datum.value / {step}) - 1] : "
        "format(datum.value, ',')",
        labelLimit=330,
        labelOverlap=False,
        ticks=False,
        domain=False,
        grid=False,
    )
    y_scale = alt.Scale(domain=[-step * (len(names) + 0.7), most * 1.08], nice=False)
    x = alt.X("rank:O", title=None, axis=None)
    tooltip = [
        alt.Tooltip("words:N", title="called in exactly"),
        alt.Tooltip("genes:Q", title="genes", format=","),
    ]
    counted = alt.Chart(source(frame.drop("members"), look))
    bars = counted.mark_bar(color=look.series[0], size=22).encode(
        x=x,
        y=alt.Y("genes:Q", title="genes called in exactly these", scale=y_scale, axis=y_axis),
        y2=alt.datum(0),
        tooltip=tooltip,
    )
    figures = counted.mark_text(dy=-8, fontSize=11, color=look.text).encode(
        x=x, y=alt.Y("genes:Q", scale=y_scale, axis=y_axis), text=alt.Text("genes:Q", format=",")
    )
    spots = (
        alt.Chart(source(pl.DataFrame(dots), look))
        .mark_point(filled=True, opacity=1)
        .encode(
            x=x,
            y=alt.Y("y:Q", scale=y_scale, axis=y_axis),
            color=alt.condition("datum.is_in", alt.value(look.text), alt.value(look.faint)),
            size=alt.condition("datum.is_in", alt.value(130), alt.value(45)),
            tooltip=tooltip,
        )
    )
    ends = [
        {
            "rank": row["rank"],
            "y": -step * (min(row["members"]) + 1),
            "y2": -step * (max(row["members"]) + 1),
        }
        for row in frame.iter_rows(named=True)
    ]
    threads = (
        alt.Chart(source(pl.DataFrame(ends), look))
        .mark_rule(strokeWidth=2, color=look.text)
        .encode(x=x, y=alt.Y("y:Q", scale=y_scale, axis=y_axis), y2="y2:Q")
    )
    return titled(
        alt.layer(bars, figures, threads, spots), title, subtitle, look, 400 + 22 * len(names)
    )


def change_heatmap(
    frame: pl.DataFrame,
    genes: list[str],
    names: list[str],
    title: str,
    subtitle: str,
    look: Look,
) -> Figure:
    """Draw the change of some genes in some contrasts; a mark tells the calls without colour.

    Parameters
    ----------
    frame
        ``gene, contrast, log2_fold_change, padj, mark``.
    """
    # One extreme gene must not pale all others.
    sizes = frame["log2_fold_change"].drop_nulls().abs()
    limit = max(1.0, float(sizes.quantile(0.9, "higher") or 1.0))
    none = middle(look)
    inked = frame.with_columns(
        pl.Series(
            "ink",
            [
                ink_on(cell_colour(v, limit, look), look)
                for v in frame["log2_fold_change"].to_list()
            ],
            dtype=pl.String,
        )
    )
    x = alt.X(
        "contrast:N",
        sort=names,
        title=None,
        axis=alt.Axis(
            orient="top",
            labelAngle=0 if len(names) <= 4 else -18,
            labelLimit=230,
            ticks=False,
            domain=False,
        ),
    )
    y = alt.Y(
        "gene:N",
        sort=genes,
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelOverlap=False),
    )
    boxes = (
        alt.Chart(source(frame, look))
        .mark_rect(invalid=None)
        .encode(
            x=x,
            y=y,
            color=alt.condition(
                "isValid(datum.log2_fold_change)",
                alt.Color(
                    "log2_fold_change:Q",
                    title="log2 fold change",
                    scale=alt.Scale(
                        domain=[-limit, 0, limit],
                        range=[look.down, none, look.up],
                        interpolate="rgb",
                        clamp=True,
                    ),
                    legend=alt.Legend(orient="bottom", gradientLength=220, format="+.1f"),
                ),
                alt.value(none),
            ),
            tooltip=[
                alt.Tooltip("gene:N", title="gene"),
                alt.Tooltip("contrast:N", title="contrast"),
                alt.Tooltip("log2_fold_change:Q", title="log2 fold change", format=".3f"),
                alt.Tooltip("padj:Q", title="adjusted p", format=".2e"),
            ],
        )
    )
    marks = (
        alt.Chart(source(inked, look))
        .mark_text(fontSize=11)
        .encode(x=x, y=y, text="mark:N", color=alt.Color("ink:N", scale=None))
    )
    # The ink is a colour already; the scale of the cells is not its own.
    drawn = alt.layer(boxes, marks).resolve_scale(color="independent")
    return titled(drawn, title, subtitle, look, height_for(len(genes), 18) + 60)
