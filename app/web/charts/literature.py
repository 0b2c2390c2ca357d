"""Gene by drug matrix of claims, and verdict counts."""

from __future__ import annotations

import altair as alt
import polars as pl

from app.web.charts.base import Figure, height_for, source, titled
from app.web.components.look import VERDICT_WORDS, VERDICTS, Look

_ROW_HEIGHT = 24
_COLUMN_HEADS = "split(replace(replace(datum.label, ' vs ', '¦vs '), ' (', '¦('), '¦')"


def verdict_colours(look: Look) -> list[str]:
    """Return one colour per verdict, in the order of the verdicts."""
    return [look.series[0], look.up, look.accent, look.neutral, look.faint]


def claim_matrix(frame: pl.DataFrame, look: Look) -> Figure:
    """Draw one mark per gene, drug and claimed direction: shape by claim, colour by verdict.

    Parameters
    ----------
    frame
        ``target, drug, effect, verdict, claims, tested``.
    """
    targets = frame["target"].unique(maintain_order=True).to_list()
    drugs = sorted(frame["drug"].unique().to_list(), key=lambda drug: (" vs " in drug, drug))
    verdicts = [VERDICT_WORDS[verdict] for verdict in VERDICTS]
    chart = (
        alt.Chart(source(frame, look))
        .mark_point(filled=True, size=170, opacity=1, stroke=look.muted, strokeWidth=0.7)
        .encode(
            x=alt.X(
                "drug:N",
                sort=drugs,
                title=None,
                axis=alt.Axis(
                    orient="top",
                    # Two drugs stand under each other, and lines part the columns.
                    labelExpr=_COLUMN_HEADS,
                    labelAngle=0,
                    labelOverlap=False,
                    labelLimit=130,
                    tickBand="extent",
                    ticks=False,
                    grid=True,
                ),
            ),
            xOffset=alt.XOffset(
                "effect:N", sort=["claimed up", "claimed down"], scale=alt.Scale(padding=0.4)
            ),
            y=alt.Y(
                "target:N",
                sort=targets,
                title=None,
                axis=alt.Axis(
                    grid=True, labelLimit=240, ticks=False, domain=False, labelOverlap=False
                ),
            ),
            color=alt.Color(
                "verdict:N",
                scale=alt.Scale(domain=verdicts, range=verdict_colours(look)),
                legend=alt.Legend(
                    title="Verdict of the data",
                    orient="top",
                    columns=2,
                    symbolType="square",
                    symbolStrokeWidth=0,
                    symbolSize=130,
                    symbolOpacity=1,
                ),
            ),
            shape=alt.Shape(
                "effect:N",
                scale=alt.Scale(
                    domain=[
                        "claimed up",
                        "claimed down",
                        "claimed variable",
                        "claimed none",
                        "direction not stated",
                    ],
                    range=["triangle-up", "triangle-down", "diamond", "circle", "cross"],
                ),
                legend=alt.Legend(
                    title="The documents say",
                    orient="top",
                    columns=2,
                    symbolStrokeWidth=0,
                    symbolFillColor=look.neutral,
                    symbolSize=130,
                    symbolOpacity=1,
                ),
            ),
            tooltip=[
                alt.Tooltip("target:N", title="gene or set"),
                alt.Tooltip("drug:N", title="drug"),
                alt.Tooltip("effect:N", title="claim"),
                alt.Tooltip("verdict:N", title="verdict"),
                alt.Tooltip("claims:Q", title="claims"),
                alt.Tooltip("tested:N", title="over contrasts"),
            ],
        )
    )
    return titled(
        chart,
        "What documents claim of each gene, and whether the data agree",
        "Shape: the direction claimed. Colour: the verdict over the contrasts chosen",
        look,
        height_for(len(targets), _ROW_HEIGHT) + 100,
    )


def verdict_bars(frame: pl.DataFrame, look: Look) -> Figure:
    """Draw how many claim and contrast pairs of each drug have each verdict.

    Parameters
    ----------
    frame
        ``drug, verdict, pairs``.
    """
    drugs = frame["drug"].unique(maintain_order=True).to_list()
    verdicts = [VERDICT_WORDS[verdict] for verdict in VERDICTS if verdict != "mixed"]
    colours = verdict_colours(look)
    chart = (
        alt.Chart(source(frame, look))
        .mark_bar(height=20)
        .encode(
            x=alt.X("pairs:Q", title="pairs of claim and contrast"),
            y=alt.Y(
                "drug:N",
                sort=drugs,
                title=None,
                axis=alt.Axis(ticks=False, domain=False, labelLimit=160),
            ),
            color=alt.Color(
                "verdict:N",
                scale=alt.Scale(domain=verdicts, range=[*colours[:2], *colours[3:]]),
                legend=alt.Legend(title=None, orient="bottom", columns=2),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("drug:N", title="drug"),
                alt.Tooltip("verdict:N", title="verdict"),
                alt.Tooltip("pairs:Q", title="pairs"),
            ],
        )
    )
    return titled(
        chart,
        "Verdicts on the claims of the documents",
        "Agrees and opposite rest on a change that passes both thresholds",
        look,
        height_for(len(drugs), 34) + 20,
    )
