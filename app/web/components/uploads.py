"""The upload of this session as one more contrast on the pages that hold results together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import streamlit as st

from app.uploads.overlay import drug_comparison
from app.uploads.results import STUDY_ID, UploadResult
from app.web.components.frame import SESSION_MARK, PageFrame
from app.web.components.look import short_labels
from app.web.components.provenance import plain
from app.web.components.state import UrlState
from app.web.marts import uploads as marts
from app.web.overlay import SessionReader

# Where a session keeps its upload, and the comparison it last looked at.
KEPT: Final = "upload_result"
_PAIR: Final = "upload_pair"

_LONGEST_NAME: Final = 40
_AMID: Final = re.compile(r"[^\w .+,/-]+")


@dataclass(frozen=True)
class SessionUpload:
    """The contrast that this session uploaded; no other session sees it.

    Attributes
    ----------
    about
        Its row of ``dim_contrast``.
    """

    result: UploadResult
    about: Mapping[str, Any]

    @property
    def contrast_id(self) -> str:
        """Its id, which no contrast of the warehouse has."""
        return str(self.about["contrast_id"])

    @property
    def label(self) -> str:
        """What is compared, without the study that an upload has not."""
        return short_labels([str(self.about["label"])])[0]

    @property
    def name(self) -> str:
        """A short name for charts and labels."""
        return f"your {short_name(str(self.about['numerator']))}"


def short_name(text: str) -> str:
    """Return a name short enough for a label, of characters that no markup reads."""
    kept = " ".join(_AMID.sub(" ", text).split()).strip("_ ")
    return (kept if len(kept) <= _LONGEST_NAME else f"{kept[: _LONGEST_NAME - 1]}…") or "unnamed"


def session_upload(frame: PageFrame) -> SessionUpload | None:
    """Return this session's contrast; None without one, or where the release has moved on."""
    kept = st.session_state.get(KEPT)
    if not isinstance(kept, UploadResult) or not kept.genes.height:
        return None
    if kept.release != frame.reader.release:
        frame.marks.info(
            f"Your upload was held against release {kept.release}, which is no longer the one "
            "shown. Check it again on *Your data* to see it here.",
            icon=":material/upload_file:",
        )
        return None
    return SessionUpload(kept, kept.contrasts.row(0, named=True))


def offer_upload(upload: SessionUpload | None, where: str) -> None:
    """Say where on a page the upload of this session can be chosen."""
    if upload is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Your upload ({plain(upload.label)}) can be chosen under “{where}”. It stays in this "
            "session.",
            width="stretch",
        )
        st.page_link(
            "views/your_data.py",
            label="Your upload",
            icon=":material/upload_file:",
            width="content",
        )


def mark_upload(frame: PageFrame, upload: SessionUpload) -> None:
    """Mark the page where what it shows rests on the upload."""
    frame.marks.info(
        f"**{SESSION_MARK[:1].upper()}{SESSION_MARK[1:]}:** {plain(upload.label)}, "
        f"{plain(str(upload.about['direction_sentence']))}. Nobody else sees it; a link to this "
        "view leads others to the view without it.",
        icon=":material/upload_file:",
    )


def note_absent_upload(
    state: UrlState,
    key: str,
    label: str,
    asked: Sequence[str],
    offered: Sequence[str],
    instead: str,
) -> None:
    """Say in the banner that a link names an upload which this session does not have.

    Parameters
    ----------
    asked
        What the URL held before the filter was drawn.
    offered
        What the filter offers in this session.
    """
    for value in asked:
        if value.startswith(f"{STUDY_ID}.") and value not in offered:
            state.note_refused(
                key,
                label,
                value,
                "it names an upload, which only the session that made it can see; " + instead,
            )


def upload_pairs(upload: SessionUpload, contrasts: pl.DataFrame) -> pl.DataFrame:
    """Return the upload beside each contrast of the warehouse, as ``compare.PAIRS`` gives pairs.

    Parameters
    ----------
    contrasts
        Rows of ``compare.CONTRASTS``.
    """
    theirs = contrasts.select(
        pl.col("contrast_id").alias("contrast_id_b"),
        pl.col("label").alias("label_b"),
        "study_id",
        "numerator",
        "cells",
        pl.col("doses").alias("doses_b"),
        pl.col("direction_sentence").alias("sentence_b"),
        pl.col("is_simulated").alias("is_simulated_b"),
    )
    measured = upload.result.concordance.filter(pl.col("contrast_id_a") == upload.contrast_id)
    paired = measured.join(theirs, on="contrast_id_b", how="inner", maintain_order="left")
    return paired.with_columns(
        pl.lit(upload.about["numerator_doses"], pl.String).alias("doses_a")
    ).select(
        pl.format("{} | {}", "contrast_id_a", "contrast_id_b").alias("pair_id"),
        "contrast_id_a",
        "contrast_id_b",
        "study_id",
        pl.lit(upload.name).alias("drug_a"),
        pl.format(
            "{} of {}", pl.col("numerator").map_elements(short_name, pl.String), "study_id"
        ).alias("drug_b"),
        pl.lit(upload.label).alias("label_a"),
        "label_b",
        "cells",
        pl.lit(upload.about["direction_sentence"]).alias("sentence_a"),
        "sentence_b",
        "n_tested",
        "n_significant_either",
        "n_significant_both_same",
        "n_significant_both_opposite",
        "sign_agreement",
        "sign_agreement_lower",
        "sign_agreement_upper",
        "jaccard",
        "pearson",
        "spearman",
        "doses_a",
        "doses_b",
        _dose_sentence(),
        pl.col("slope_all").alias("slope"),
        pl.col("n_significant_either").alias("n_responsive"),
        pl.col("slope").alias("responsive_slope"),
        pl.col("slope_lower").alias("responsive_slope_lower"),
        pl.col("slope_upper").alias("responsive_slope_upper"),
        pl.lit(False).alias("is_simulated_a"),
        "is_simulated_b",
    )


def _dose_sentence() -> pl.Expr:
    """Say what ``doses_a`` and ``doses_b`` are, and what comparing at them is worth."""
    return (
        pl.when(pl.col("doses_a").is_null() | pl.col("doses_b").is_null())
        .then(
            pl.lit(
                "the concentrations are not given for both, so this says nothing of potency at "
                "equal concentration"
            )
        )
        .when(pl.col("doses_a") == pl.col("doses_b"))
        .then(pl.format("both at {}", "doses_a"))
        .otherwise(
            pl.format(
                "yours at {}, theirs at {}: the concentrations are unequal, so this compares the "
                "doses as much as the drugs",
                "doses_a",
                "doses_b",
            )
        )
        .alias("dose_sentence")
    )


def pair_reader(frame: PageFrame, upload: SessionUpload, contrast: str) -> SessionReader:
    """Return a reader of ``mart_drug_comparison`` that holds the upload and one contrast."""
    held: tuple[UploadResult, str, pl.DataFrame] | None = st.session_state.get(_PAIR)
    if held is None or held[0] is not upload.result or held[1] != contrast:
        rows = drug_comparison(
            upload.result,
            frame.reader.rows(marts.CONTRAST, {"contrast": contrast}),
            frame.reader.bulk(marts.CHANGES, {"contrast": contrast}),
            frame.reader.rows(marts.FEATURES, {"contrast": contrast}),
        )
        held = (upload.result, contrast, rows)
        st.session_state[_PAIR] = held
    return SessionReader(frame.reader.release, frame.reader.path, {"mart_drug_comparison": held[2]})


def forget_upload() -> None:
    """Drop the upload of this session and all that was made of it."""
    for key in (KEPT, _PAIR):
        st.session_state.pop(key, None)


def with_upload(contrasts: pl.DataFrame, upload: SessionUpload) -> pl.DataFrame:
    """Return rows of ``compare.CONTRASTS`` with the upload as the last of them."""
    row = pl.DataFrame(
        {
            "contrast_id": [upload.contrast_id],
            "label": [f"your upload: {upload.label}"],
            "study_id": [STUDY_ID],
            "is_simulated": [False],
        }
    )
    return pl.concat([contrasts, row], how="diagonal_relaxed")


def calls_reader(
    frame: PageFrame, upload: SessionUpload, contrasts: Sequence[str]
) -> SessionReader:
    """Return a reader of ``fct_differential_expression`` with the upload among some contrasts."""
    theirs = frame.reader.bulk(marts.CALLS, {"contrasts": list(contrasts)})
    calls = pl.concat([theirs, upload.result.genes.select(theirs.columns)], how="vertical_relaxed")
    return SessionReader(
        frame.reader.release, frame.reader.path, {"fct_differential_expression": calls}
    )


def verdict_reader(
    frame: PageFrame, upload: SessionUpload, *, with_warehouse: bool
) -> SessionReader:
    """Return a reader of verdicts on the upload, and on the warehouse's contrasts if asked."""
    theirs = frame.reader.rows(marts.VERDICTS)
    mine = upload.result.verdicts.select(theirs.columns)
    parts = [theirs, mine] if with_warehouse else [mine]
    return SessionReader(
        frame.reader.release,
        frame.reader.path,
        {
            "mart_literature_concordance": pl.concat(parts, how="vertical_relaxed"),
            "fct_literature_claim": frame.reader.rows(marts.CLAIMS),
        },
    )
