"""Compare drugs: two drugs gene by gene, or the called genes of several contrasts."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.compare import (
    CLASSES,
    change_edges,
    change_scatter,
    class_words,
    difference_words,
)
from app.web.charts.edges import edge_sentence
from app.web.components.clicks import open_clicked_gene
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import SESSION_MARK, PageFrame, page_frame, section
from app.web.components.look import Look, number, screen_look, thousands
from app.web.components.overlap import several_contrasts
from app.web.components.potency import dose_words, dosed, pair_names, slope_words
from app.web.components.provenance import plain, source_menu
from app.web.components.tables import show_table
from app.web.components.tiles import tiles
from app.web.components.uploads import (
    SessionUpload,
    mark_upload,
    note_absent_upload,
    offer_upload,
    pair_reader,
    session_upload,
    upload_pairs,
)
from app.web.marts import compare as marts
from app.web.reader import Reader

_NUMBER = st.column_config.NumberColumn
_TEXT = st.column_config.TextColumn
METHOD_WORDS = {
    "wald_within_fit": "one model, shared vehicle accounted for",
    "z_across_fits": "two independent fits",
    "direct_contrast": "direct contrast of the study",
}
PAIR = "Pair of drugs"
VIEWS = {"two": "two drugs", "several": "several contrasts"}


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Compare drugs",
        "compare_drugs",
        "What several drugs change and what only one does, and which of two changes more. "
        "Positive means higher after the drug.",
        reads=("compare", "pair", "class", "difference", "contrasts", "side", "in", "out"),
    ) as frame:
        view = frame.state.segment("View", "compare", list(VIEWS), labels=VIEWS)
        if view == "several":
            frame.state.set_aside("pair", "difference")
            contrasts = frame.reader.rows(marts.CONTRASTS)
            if not contrasts.height:
                nothing_loaded("contrast", "imid ingest study PATH/study.yaml")
                return
            several_contrasts(frame, contrasts)
            return
        pairs = frame.reader.rows(marts.PAIRS)
        upload = session_upload(frame)
        if upload is not None:
            mine = upload_pairs(upload, frame.reader.rows(marts.CONTRASTS))
            pairs = pl.concat([pairs, mine], how="diagonal_relaxed")
        if not pairs.height:
            with st.container(border=True):
                st.header("No pair of drugs in this release", anchor=False)
                st.markdown(
                    "A pair needs two immunomodulatory drugs over their vehicle, in one study or "
                    "in two of the same kind of cells. Load such a study with `imid ingest study "
                    "PATH/study.yaml`."
                )
            return
        pair = _pick(frame, pairs, upload)
        frame.mark_simulated(pair["is_simulated_a"], pair["is_simulated_b"])
        is_mine = upload is not None and pair["contrast_id_a"] == upload.contrast_id
        reader: Reader = frame.reader
        if upload is not None and is_mine:
            mark_upload(frame, upload)
            reader = pair_reader(frame, upload, pair["contrast_id_b"])
        else:
            offer_upload(upload, PAIR)
        with frame.resting_on_upload(is_mine):
            with section():
                _agreement(frame, pair, is_mine=is_mine)
            with section():
                _scatter(frame, reader, pair, is_mine=is_mine)
            with section():
                _genes(frame, reader, pair)


def _pick(frame: PageFrame, pairs: pl.DataFrame, upload: SessionUpload | None) -> dict[str, Any]:
    ids = pairs["pair_id"].to_list()
    labels = {
        row["pair_id"]: f"{dosed(row['drug_a'], row['doses_a'])} and "
        f"{dosed(row['drug_b'], row['doses_b'])} in {row['cells'] or 'all cells'} "
        f"({row['study_id']})"
        if upload is None or row["contrast_id_a"] != upload.contrast_id
        else f"{SESSION_MARK}: {row['label_a']}, and {row['label_b']}"
        for row in pairs.iter_rows(named=True)
    }
    asked = st.query_params.get_all("pair")
    with st.container(border=True):
        chosen = frame.state.choice(PAIR, "pair", ids, labels=labels)
    instead = f"“{labels[chosen]}” is shown instead"
    note_absent_upload(frame.state, "pair", PAIR, asked, ids, instead)
    return pairs.row(by_predicate=pl.col("pair_id") == chosen, named=True)


def _agreement(frame: PageFrame, pair: dict[str, Any], *, is_mine: bool) -> None:
    st.markdown(f"**Concentrations:** {plain(dose_words(pair))}")
    share = pair["sign_agreement"]
    counted = (
        ("Genes tested in both", thousands(pair["n_tested"]), "the ground of all figures here"),
        (
            "Same sign",
            "not known" if share is None else f"{100 * share:.1f} %",
            _interval(pair)
            + f" of {thousands(pair['n_significant_either'])} genes called in either",
        ),
        (
            "Spearman",
            number(pair["spearman"], 3),
            f"Pearson {number(pair['pearson'], 3)}, over all genes tested in both",
        ),
        (
            f"Slope of {pair['drug_b']}",
            number(pair["responsive_slope"]),
            slope_words(pair),
        ),
        (
            "Overlap (Jaccard)",
            number(pair["jaccard"], 3),
            f"{thousands(pair['n_significant_both_same'])} called the same way in both, "
            f"{thousands(pair['n_significant_both_opposite'])} opposite",
        ),
    )
    tiles(counted)
    with st.container(horizontal=True, vertical_alignment="center"):
        if is_mine:
            st.caption(
                "No source is kept of your upload. A tested difference takes it for a fit of "
                "samples that the warehouse does not hold.",
                width="content",
            )
        else:
            source_menu(
                frame.reader,
                "fct_differential_expression",
                pair["contrast_id_a"],
                "source_a",
                f"Source of {pair['drug_a']}",
            )
        source_menu(
            frame.reader,
            "fct_differential_expression",
            pair["contrast_id_b"],
            "source_b",
            f"Source of {pair['drug_b']}",
        )


def _interval(pair: dict[str, Any]) -> str:
    if pair["sign_agreement_lower"] is None:
        return "no interval"
    low, high = 100 * pair["sign_agreement_lower"], 100 * pair["sign_agreement_upper"]
    return f"95 % {low:.1f} to {high:.1f} %,"


def _scatter(frame: PageFrame, reader: Reader, pair: dict[str, Any], *, is_mine: bool) -> None:
    drawn = reader.bulk(marts.SCATTER, {"pair": pair["pair_id"]}, height=640)
    if not drawn.height:
        nothing_left("genes", ["none was tested in both contrasts"])
        return
    subtitle = (
        f"{pair['cells'] or 'all cells'}, {pair['study_id']}. Dotted: equal change. "
        f"Classes at the thresholds of the build. {dose_words(pair)}"
    )
    name_a, name_b = pair_names(pair)

    over = "" if is_mine else " over the vehicle"

    def build(look: Look) -> Figure:
        return change_scatter(
            drawn.drop("gene_id"),
            (pair["drug_a"], pair["drug_b"]),
            (name_a, name_b),
            subtitle,
            look,
            over,
        )

    event = st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="compare_scatter",
        on_select="rerun",
        alt=f"log2 fold changes of {name_a} and {name_b} by gene; "
        "the table below lists them by class",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{thousands(drawn.height)} of {thousands(pair['n_tested'])} genes drawn: every gene "
            "called in either, and one for each spot of the crowd. Click a gene to open its page. "
            + edge_sentence(drawn, change_edges(drawn), name_a, name_b),
            width="stretch",
        )
        frame.offer_figure(build, "drug-comparison", "compare_figure")
    open_clicked_gene(event, drawn, "compare_opened")


def _genes(frame: PageFrame, reader: Reader, pair: dict[str, Any]) -> None:
    st.header("Genes by class", anchor=False)
    words = class_words(pair["drug_a"], pair["drug_b"])
    counts = dict(reader.rows(marts.CLASSES, {"pair": pair["pair_id"]}).iter_rows())
    chosen = frame.state.segment("Class", "class", [*CLASSES, "not_tested"], labels=words)
    st.caption(" · ".join(f"{words[name]}: {thousands(counts.get(name, 0))}" for name in words))
    name_a, name_b = pair_names(pair)
    judged = {"any": "any"} | difference_words(name_a, name_b)
    kept = frame.state.choice(
        "By the test of the difference", "difference", list(judged), labels=judged
    )
    listed = reader.bulk(
        marts.GENES,
        {"pair": pair["pair_id"], "class": chosen, "difference": kept},
        height=380,
    )
    if not listed.height:
        asked = [f"class “{words[chosen]}”"]
        nothing_left("genes", asked if kept == "any" else [*asked, f"“{judged[kept]}”"])
        return
    zeros = {
        "a": f"change after {name_a}",
        "b": f"change after {name_b}",
        "both": "both changes and the difference",
        "difference": "difference",
        None: None,
    }
    shown = listed.with_columns(
        pl.lit(words[chosen]).alias("class"),
        pl.col("difference_class").replace_strict(judged),
        pl.col("difference_method").replace(METHOD_WORDS),
        pl.col("set_to_zero").replace_strict(zeros),
    )
    shown = frame.marked_table(shown)
    rows = show_table(
        shown,
        key="compare_genes",
        alt_text=f"Genes {words[chosen]}",
        columns={
            "log2_fold_change_a": _NUMBER(f"log2 FC {pair['drug_a']}", format="%.3f"),
            "padj_a": _NUMBER(f"adjusted p {pair['drug_a']}", format="scientific"),
            "log2_fold_change_b": _NUMBER(f"log2 FC {pair['drug_b']}", format="%.3f"),
            "padj_b": _NUMBER(f"adjusted p {pair['drug_b']}", format="scientific"),
            "difference": _NUMBER(
                "difference",
                format="%.3f",
                help=f"Change of {name_a} over {name_b}. Not the one change minus the other where "
                "one of them is 0 by rule.",
            ),
            "difference_ci_lower": _NUMBER("95 % from", format="%.3f"),
            "difference_ci_upper": _NUMBER("95 % to", format="%.3f"),
            "difference_padj": _NUMBER("adjusted p, difference", format="scientific"),
            "difference_class": _TEXT("by the tested difference"),
            "difference_method": _TEXT("difference from"),
            "set_to_zero": _TEXT(
                "0 by rule", help="No sample of the two groups has a count of the gene."
            ),
        },
        height=380,
        choose="multi-row",
    )
    st.session_state["gene_list"] = listed["gene_id"].to_list()[:5000]
    st.session_state["gene_list_name"] = f"genes {words[chosen]}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{thousands(shown.height)} genes. Choose rows to open them.")
        for row in rows[:6]:
            gene = listed.row(row, named=True)
            st.page_link(
                "views/gene.py",
                label=plain(gene["gene"]),
                icon=":material/genetics:",
                query_params={"gene": gene["gene_id"]},
            )
        frame.offer_table(shown, f"genes-{chosen}", "compare_download")


render()
