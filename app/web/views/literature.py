"""Literature: what documents claim, held against the data."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app.uploads.results import STUDY_ID
from app.web.charts.base import Figure
from app.web.charts.literature import claim_matrix
from app.web.components.claims import claim_table
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import (
    SESSION_COLUMN,
    SESSION_MARK,
    PageFrame,
    page_frame,
    section,
)
from app.web.components.look import VERDICT_WORDS, Look, screen_look, thousands, words
from app.web.components.standing import conflict_section, potency_section, standing_section
from app.web.components.tiles import tiles
from app.web.components.uploads import (
    SessionUpload,
    mark_upload,
    note_absent_upload,
    offer_upload,
    session_upload,
    verdict_reader,
)
from app.web.marts import literature as marts

ALL_CONTRASTS = "all"
WITH_UPLOAD = f"{STUDY_ID}.and_all"
AGAINST = "Held against"
FILTERS = ["drug", "verdict", "level", "document", "against"]
VERDICTS = ["agrees", "opposite", "not_significant", "not_testable"]


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Literature",
        "literature",
        "What the documents say a drug does to a gene, in their own words, and whether the data "
        "agree. Up means higher after the drug than after the vehicle.",
        reads=("drug", "verdict", "level", "document", "against", "matrix"),
    ) as frame:
        options = frame.reader.rows(marts.OPTIONS)
        if not options.height:
            nothing_loaded("claims", "imid ingest claims FILE")
            return
        upload = session_upload(frame)
        chosen = _filters(frame, options, upload)
        is_mine = upload is not None and chosen["against"] in {upload.contrast_id, WITH_UPLOAD}
        if upload is not None and is_mine:
            mark_upload(frame, upload)
        else:
            offer_upload(upload, AGAINST)
        asked = _parameters(chosen)
        claims = _claims(frame, chosen["against"], asked, upload if is_mine else None)
        if not claims.height:
            nothing_left("claims", _in_words(frame, chosen))
            return
        frame.mark_simulated(*claims["is_simulated"])
        with frame.resting_on_upload(is_mine):
            with section():
                _summary(claims)
            with section():
                _matrix(frame, claims)
            with section():
                st.header("Claim by claim", anchor=False)
                claim_table(frame, claims, "literature_claims", "claims", FILTERS)
        if is_mine:
            st.caption("What follows is of the warehouse alone, without your upload.")
            asked["contrast"] = ""
        with section():
            standing_section(frame, asked)
        with section():
            potency_section(frame, asked)
        with section():
            conflict_section(frame, asked)


def _claims(
    frame: PageFrame, against: str, asked: dict[str, Any], upload: SessionUpload | None
) -> pl.DataFrame:
    """Return the claims asked for, those held against the upload marked in a column."""
    if upload is None:
        return frame.reader.rows(marts.CLAIMS, asked, height=900)
    reader = verdict_reader(frame, upload, with_warehouse=against == WITH_UPLOAD)
    return reader.rows(marts.CLAIMS, asked).with_columns(
        pl.when(pl.col("contrast_id") == upload.contrast_id)
        .then(pl.lit(SESSION_MARK))
        .otherwise(pl.lit("the warehouse"))
        .alias(SESSION_COLUMN)
    )


def _filters(
    frame: PageFrame, options: pl.DataFrame, upload: SessionUpload | None
) -> dict[str, Any]:
    contrasts = frame.reader.rows(marts.CONTRASTS)
    labels = {ALL_CONTRASTS: "all contrasts of the drug"} | dict(
        zip(contrasts["contrast_id"], contrasts["contrast_label"], strict=True)
    )
    if upload is not None:
        labels[upload.contrast_id] = f"{SESSION_MARK}: {upload.label}"
        labels[WITH_UPLOAD] = f"all contrasts of the drug, and {SESSION_MARK}"
    asked = st.query_params.get_all("against")
    level_words = {level: words(level) for level in _sorted(options, "level")}
    frame.state.take_words_for("level", level_words)
    with st.container(border=True):
        left, middle, right = st.columns(3)
        with left:
            drugs = frame.state.many("Drug", "drug", _sorted(options, "drug"))
        with middle:
            verdicts = frame.state.many(
                "Verdict", "verdict", [VERDICT_WORDS[verdict] for verdict in VERDICTS]
            )
        with right:
            levels = frame.state.many(
                "Molecular level",
                "level",
                list(level_words.values()),
                help_text="A claim is tested only at the level that was measured.",
            )
        left, right = st.columns(2)
        with left:
            documents = frame.state.many("Document", "document", _sorted(options, "document"))
        with right:
            against = frame.state.choice(
                AGAINST, "against", list(labels), labels=labels, default=ALL_CONTRASTS
            )
    instead = f"“{labels[against]}” is shown instead"
    note_absent_upload(frame.state, "against", AGAINST, asked, list(labels), instead)
    codes = {VERDICT_WORDS[verdict]: verdict for verdict in VERDICTS}
    level_codes = {said: level for level, said in level_words.items()}
    return {
        "drugs": drugs,
        "verdicts": [codes[verdict] for verdict in verdicts if verdict in codes],
        "levels": [level_codes[level] for level in levels if level in level_codes],
        "documents": documents,
        "contrast": "" if against in {ALL_CONTRASTS, WITH_UPLOAD} else against,
        "against": against,
    }


def _sorted(options: pl.DataFrame, column: str) -> list[str]:
    return sorted(options[column].drop_nulls().unique().to_list())


def _parameters(chosen: dict[str, Any]) -> dict[str, Any]:
    lists = ("drugs", "verdicts", "levels", "documents")
    asked = {name: chosen[name] for name in (*lists, "contrast")}
    return asked | {f"all_{name}": not chosen[name] for name in lists}


def _in_words(frame: PageFrame, chosen: dict[str, Any]) -> list[str]:
    names = {
        "drugs": "drug",
        "verdicts": "verdict",
        "levels": "molecular level",
        "documents": "document",
    }
    written = VERDICT_WORDS | {level: words(level) for level in chosen["levels"]}
    said = [
        f"{name} {', '.join(written.get(value, value) for value in chosen[key])}"
        for key, name in names.items()
        if chosen[key]
    ]
    if chosen["contrast"]:
        said.append(f"held against {frame.state.values['against'][0]}")
    return said


def _summary(claims: pl.DataFrame) -> None:
    counted = dict(claims.group_by("verdict").len().iter_rows())
    tiles(
        [
            ("Claims", thousands(claims["claim_id"].n_unique()), ""),
            *(
                (VERDICT_WORDS[verdict].capitalize(), thousands(counted.get(verdict, 0)), "")
                for verdict in VERDICTS
            ),
        ]
    )
    st.caption(
        "Verdicts are counted over pairs of claim and contrast. A verdict is about these data: "
        "real data may well contradict a claim."
    )


def _matrix(frame: PageFrame, all_claims: pl.DataFrame) -> None:
    kind = frame.state.segment("Matrix of", "matrix", ["genes", "sets and phenotypes", "all"])
    is_gene = pl.col("target_type") == "gene"
    claims = {
        "genes": all_claims.filter(is_gene),
        "sets and phenotypes": all_claims.filter(~is_gene),
        "all": all_claims,
    }[kind]
    if not claims.height:
        nothing_left("claims in the matrix", [f"matrix of {kind}; the table below lists all"])
        return
    has = {verdict: (pl.col("verdict") == verdict).any() for verdict in VERDICTS}
    verdict = (
        pl.when(has["agrees"] & has["opposite"])
        .then(pl.lit("mixed"))
        .when(has["agrees"])
        .then(pl.lit("agrees"))
        .when(has["opposite"])
        .then(pl.lit("opposite"))
        .when(has["not_significant"])
        .then(pl.lit("not_significant"))
        .otherwise(pl.lit("not_testable"))
    )
    matrix = (
        claims.with_columns(
            drug=pl.when(pl.col("compared_with").is_not_null())
            .then(pl.col("drug") + " vs " + pl.col("compared_with"))
            .otherwise(pl.col("drug")),
            effect=pl.when(pl.col("effect") == "direction_not_stated")
            .then(pl.lit("direction not stated"))
            .otherwise(pl.lit("claimed ") + pl.col("effect")),
            target=pl.coalesce("target", "target_as_written"),
        )
        .group_by("target", "drug", "effect", maintain_order=True)
        .agg(
            verdict=verdict.replace_strict(VERDICT_WORDS),
            claims=pl.col("claim_id").n_unique(),
            tested=pl.format(
                "{} agree, {} opposite, {} not significant, {} not testable",
                *[(pl.col("verdict") == one).sum() for one in VERDICTS],
            ),
        )
        .sort("target")
    )

    def build(look: Look) -> Figure:
        return claim_matrix(matrix, look)

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="claim_matrix",
        alt="Claims by gene and drug with the verdict of the data; the table below lists them",
    )
    frame.offer_figure(build, "claim-matrix", "matrix_figure")


render()
