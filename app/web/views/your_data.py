"""Your data: an upload checked, analysed and held against the warehouse; gone with the session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from app.uploads.results import UploadResult
from app.uploads.run import Held, run_upload
from app.web.charts.base import Figure
from app.web.charts.compare import change_edges, change_scatter
from app.web.charts.edges import edge_sentence
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.look import VERDICT_WORDS, Look, number, screen_look, thousands
from app.web.components.potency import pair_names
from app.web.components.provenance import plain
from app.web.components.tables import genes_in_words, show_table
from app.web.components.tiles import tiles
from app.web.components.upload_form import Upload, counts_form, results_form
from app.web.components.uploads import (
    KEPT,
    SessionUpload,
    forget_upload,
    pair_reader,
    session_upload,
    upload_pairs,
)
from app.web.marts import uploads as marts
from app.web.marts.compare import CONTRASTS as COMPARED_CONTRASTS
from app.web.marts.compare import SCATTER
from warehouse.errors import DataError

KINDS = {"table": "a table of changes", "counts": "counts and a sample sheet"}
_TEXT = st.column_config.TextColumn
_NUMBER = st.column_config.NumberColumn


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Your data",
        "your_data",
        "Hold a result of your own against the warehouse. It is read and checked as `imid ingest` "
        "does, stays in this session, never reaches the warehouse and is gone when you leave.",
        reads=("have", "with"),
    ) as frame:
        drugs = frame.reader.rows(marts.DRUGS)
        if not drugs.height:
            nothing_loaded("drugs", "imid ingest drugs FILE")
            return
        with st.container(border=True):
            kind = frame.state.segment("You have", "have", list(KINDS), labels=KINDS)
            upload = results_form(drugs) if kind == "table" else counts_form()
            if (
                st.button(
                    "Check and compare", type="primary", key="upload_go", disabled=upload is None
                )
                and upload is not None
            ):
                st.session_state[KEPT] = _work(frame, upload)
        kept: UploadResult | str | None = st.session_state.get(KEPT)
        if kept is None:
            st.info("Nothing has been uploaded in this session.", icon=":material/info:")
        elif isinstance(kept, str):
            st.error(plain(kept), icon=":material/error:")
        else:
            _result(frame, kept)


def _work(frame: PageFrame, upload: Upload) -> UploadResult | str:
    """Do an upload and tell its steps; a refusal comes back as its sentence."""
    build = frame.build
    held = Held(
        Path(frame.reader.path), build.fdr if build else 0.05, build.abs_lfc if build else 1.0
    )
    with st.status("Working on the upload", expanded=True) as status:
        try:
            result = run_upload(
                upload.files, upload.definition, held, lambda words: status.write(plain(words))
            )
        except DataError as error:
            status.update(label="Refused", state="error", expanded=False)
            return str(error)
        status.update(label="Done", state="complete", expanded=False)
    return result


def _result(frame: PageFrame, result: UploadResult) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    if result.refusal is not None:
        left.error(f"Refused: {plain(result.refusal)}", icon=":material/error:")
    else:
        left.success(f"Taken as {plain(result.recognised or 'a study')}.", icon=":material/check:")
    right.button(
        "Forget it",
        icon=":material/delete:",
        key="upload_forget",
        on_click=forget_upload,
    )
    with frame.resting_on_upload(True):
        with section():
            _gate(frame, result)
        if not result.genes.height:
            return
        mine = result.contrasts.row(0, named=True)
        with section():
            _changes(frame, result.genes, mine)
        upload = session_upload(frame)
        if upload is not None:
            with section():
                _against_contrast(frame, upload)
        with section(), frame.resting_on():
            _against_literature(frame, result.verdicts)
        if upload is not None:
            st.page_link(
                "views/literature.py",
                label="Claim by claim, with the documents' words",
                icon=":material/menu_book:",
                query_params={"against": upload.contrast_id},
            )


def _gate(frame: PageFrame, result: UploadResult) -> None:
    checks = result.validations
    if checks.height:
        st.header("What the checks say", anchor=False)
        failed = checks.filter(~pl.col("is_success"))
        st.markdown(f"**{checks.height - failed.height} of {checks.height}** checks are met.")
        if failed.height:
            listed = failed.select(
                "severity", "meaning", "column_name", "observed", "unexpected_keys"
            )
            show_table(
                listed,
                key="upload_checks",
                alt_text="Checks of the quality gate that are not met",
                columns={
                    "severity": _TEXT("Weight", pinned=True),
                    "meaning": _TEXT("What was found", width="large"),
                    "column_name": _TEXT("Column"),
                    "observed": _TEXT("Values"),
                    "unexpected_keys": _TEXT("Rows"),
                },
            )
            frame.offer_table(listed, "upload-checks", "upload_checks_download", filters=())
    if result.rejected.height:
        st.markdown(f"**{thousands(result.rejected.height)} rows were left out**")
        show_table(result.rejected, key="upload_rejected", alt_text="Rows left out, with reasons")
        frame.offer_table(
            result.rejected, "upload-left-out", "upload_rejected_download", filters=()
        )
    if result.profiles.height:
        st.header("Quality of the samples", anchor=False)
        show_table(
            result.profiles,
            key="upload_profiles",
            alt_text="Library size and genes detected of each sample",
            columns={
                name: _NUMBER(name.replace("_", " ").capitalize(), format="localized")
                for name in ("genes", "genes_detected", "library_size", "max_count")
            },
        )
        frame.offer_table(result.profiles, "upload-samples", "upload_profiles_download", filters=())


def _changes(frame: PageFrame, genes: pl.DataFrame, mine: dict[str, Any]) -> None:
    st.header("Your contrast", anchor=False)
    st.markdown(f"**Which way is up:** {plain(mine['direction_sentence'])}.")
    counted = dict(genes.group_by("direction").len().iter_rows())
    words = {
        "up": "Up",
        "down": "Down",
        "not_significant": "Not significant",
        "not_tested": "Not tested",
    }
    tiles([(label, thousands(counted.get(code, 0)), "") for code, label in words.items()])
    table = genes_in_words(
        genes.select(
            pl.coalesce("symbol", "gene_id").alias("gene"),
            "gene_id",
            pl.col("direction").alias("call"),
            "log2_fold_change",
            "ci_lower",
            "ci_upper",
            "p_value",
            "padj",
            "not_tested_reason",
        )
    )
    show_table(table, key="upload_genes", alt_text="Genes of the uploaded contrast", height=320)
    frame.offer_table(table, "upload-genes", "upload_genes_download", filters=())


def _against_contrast(frame: PageFrame, upload: SessionUpload) -> None:
    st.header("Against a contrast of the warehouse", anchor=False)
    left_out = upload.result.contrasts_left_out
    if left_out:
        contrasts = frame.reader.rows(COMPARED_CONTRASTS).height
        st.warning(
            f"The time for comparing was up: {thousands(contrasts - left_out)} of "
            f"{thousands(contrasts)} contrasts were compared, in the order of their studies. The "
            f"other {thousands(left_out)} are not offered here nor on *Compare drugs*.",
            icon=":material/timer_off:",
        )
    pairs = upload_pairs(upload, frame.reader.rows(COMPARED_CONTRASTS))
    if not pairs.height:
        nothing_left("contrast to compare with", ["none shares ten tested genes with the upload"])
        return
    labels = dict(zip(pairs["contrast_id_b"], pairs["label_b"], strict=True))
    chosen = frame.state.choice("Contrast", "with", list(labels), labels=labels)
    pair = pairs.row(by_predicate=pl.col("contrast_id_b") == chosen, named=True)
    frame.mark_simulated(pair["is_simulated_a"], pair["is_simulated_b"])
    share = pair["sign_agreement"]
    tiles(
        [
            ("Genes tested in both", thousands(pair["n_tested"]), ""),
            ("Spearman", number(pair["spearman"], 3), ""),
            ("Same sign", "not known" if share is None else f"{100 * share:.1f} %", ""),
            ("Called alike", thousands(pair["n_significant_both_same"]), ""),
            ("Opposite", thousands(pair["n_significant_both_opposite"]), ""),
        ]
    )
    st.caption(f"Theirs: {plain(pair['sentence_b'])}. Yours: {plain(pair['sentence_a'])}.")
    reader = pair_reader(frame, upload, chosen)
    drawn = reader.rows(SCATTER, {"pair": pair["pair_id"]})

    def build(look: Look) -> Figure:
        subtitle = f"{labels[chosen]}. Dotted: equal change"
        genes = drawn.drop("gene_id")
        names = pair["drug_a"], pair["drug_b"]
        return change_scatter(genes, names, pair_names(pair), subtitle, look, over="")

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="upload_scatter",
        alt=f"log2 fold changes of the upload and of {labels[chosen]}; Compare drugs lists them",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{thousands(drawn.height)} of {thousands(pair['n_tested'])} genes drawn. "
            + edge_sentence(drawn, change_edges(drawn), "your change", "their change"),
            width="stretch",
        )
        st.page_link(
            "views/compare_drugs.py",
            label="Gene by gene on Compare drugs",
            icon=":material/compare_arrows:",
            query_params={"pair": pair["pair_id"]},
            width="content",
        )
        frame.offer_figure(build, "upload-comparison", "upload_figure")


def _against_literature(frame: PageFrame, verdicts: pl.DataFrame) -> None:
    st.header("Against the literature", anchor=False)
    if not verdicts.height:
        st.markdown(
            "No document claims anything of this comparison. Claims are of a drug over its vehicle "
            "or of two drugs; name them as the warehouse does."
        )
        return
    counted = dict(verdicts.group_by("verdict").len().iter_rows())
    shown_as = {code: words for code, words in VERDICT_WORDS.items() if code != "mixed"}
    tiles(
        [
            (words.capitalize(), thousands(counted.get(code, 0)), "")
            for code, words in shown_as.items()
        ]
    )
    st.caption("By the warehouse's own rules: the same models judge uploads and loaded studies.")
    order = {code: place for place, code in enumerate(shown_as)}
    table = verdicts.sort(pl.col("verdict").replace_strict(order, default=9)).select(
        pl.coalesce("target_name", "target_as_written").alias("target"),
        pl.col("drug_name").alias("drug"),
        pl.col("effect").alias("claim"),
        pl.col("verdict").replace_strict(shown_as, default=pl.col("verdict")),
        "reason",
        "log2_fold_change",
        "padj",
        "verbatim",
        pl.col("document_title").alias("document"),
    )
    show_table(
        table,
        key="upload_claims",
        alt_text="Claims of documents held against the upload",
        columns={
            "target": _TEXT("Gene or set", pinned=True),
            "reason": _TEXT("Because", width="large"),
            "verbatim": _TEXT("Words of the document", width="medium"),
        },
        height=360,
    )
    frame.offer_table(table, "upload-claims", "upload_claims_download", filters=())


render()
