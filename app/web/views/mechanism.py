"""Mechanism: the documents' map from cereblon to IRF4 and MYC, coloured by one contrast."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.genes import CLICK
from app.web.charts.mechanism import mechanism_map
from app.web.components.clicks import open_clicked_gene
from app.web.components.empty import nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.look import Look, screen_look, short_labels, words
from app.web.components.mechanism import DRUG, RELATION_WORDS, edge_table, node_table, places
from app.web.components.provenance import plain, source_menu, source_text
from app.web.components.tables import show_table
from app.web.marts import mechanism as marts

_TEXT = st.column_config.TextColumn


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Mechanism",
        "mechanism",
        "How the documents say these drugs work, from cereblon to IRF4 and MYC, with what one "
        "contrast measured. Orange and ▲ mean more mRNA in the first group, blue and ▼ less.",
        reads=("contrast",),
    ) as frame:
        contrasts = frame.reader.rows(marts.CONTRASTS)
        if not contrasts.height:
            nothing_loaded("contrast", "imid ingest study PATH/study.yaml")
            return
        ids = contrasts["contrast_id"].to_list()
        labels = dict(zip(ids, contrasts["label"].to_list(), strict=True))
        with st.container(border=True):
            chosen = frame.state.choice("Contrast", "contrast", ids, labels=labels)
        about = contrasts.row(by_predicate=pl.col("contrast_id") == chosen, named=True)
        frame.mark_simulated(about["is_simulated"])
        claims = frame.reader.rows(marts.EDGES, {"contrast": chosen}, height=540)
        if not claims.height:
            nothing_loaded("map of the mechanism", "imid ingest mechanism-edges FILE")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**Which way is up:** {plain(about['direction_sentence'])}.", width="stretch"
            )
            source_menu(frame.reader, "fct_differential_expression", chosen, "mechanism_source")
        drug = about["drug"] or about["numerator"]
        edges = edge_table(claims, about["numerator_drug_id"])
        nodes = _nodes(frame, claims, edges, chosen, drug)
        with section():
            _map(frame, nodes, edges, about, drug)
        with section():
            _node_table(frame, nodes)
        with section():
            _arrows(frame, edges, claims, drug)


def _nodes(
    frame: PageFrame, claims: pl.DataFrame, edges: pl.DataFrame, contrast: str, drug: str
) -> pl.DataFrame:
    genes = {*claims["source_gene_id"].to_list(), *claims["target_gene_id"].to_list()} - {None}
    changes = frame.reader.rows(marts.CHANGES, {"contrast": contrast, "genes": sorted(genes)})
    placed = places(edges.select("source", "target").rows())
    return node_table(claims, changes, drug, placed).with_row_index("i")


def _map(
    frame: PageFrame, nodes: pl.DataFrame, edges: pl.DataFrame, about: dict[str, Any], drug: str
) -> None:
    name = short_labels([about["label"]])[0]
    drawn = edges.with_columns(pl.col("source").replace(DRUG, drug))

    def build(look: Look) -> Figure:
        return mechanism_map(
            nodes.drop("gene_id"),
            drawn,
            f"The documents' mechanism: {name}",
            "Box: log2 fold change of the gene's mRNA, orange higher, blue lower; thick: called",
            look,
        )

    said = "; ".join(
        f"{row['node']}: {row['said']}" for row in nodes.iter_rows(named=True) if row["gene_id"]
    )
    event = st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="mechanism_map",
        on_select="rerun",
        selection_mode=[CLICK],
        alt=f"Map from {drug} over cereblon to its targets. mRNA changes: {said}. The tables "
        "below hold every node and every arrow with its claims.",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Called at adjusted p < {about['fdr_threshold']:g} and beyond "
            f"{about['abs_lfc_threshold']:g} log2 units; ● is not called. Binding and the loss of "
            "protein are said of proteins: no measurement of mRNA can test those arrows, and the "
            "mRNA of IKZF1 or IKZF3 need not change when their protein goes. Click a gene to open "
            "its page.",
            width="stretch",
        )
        frame.offer_figure(build, "mechanism", "mechanism_figure")
    open_clicked_gene(event, nodes.filter(pl.col("gene_id").is_not_null()), "mechanism_opened")


def _node_table(frame: PageFrame, nodes: pl.DataFrame) -> None:
    st.header("The genes of the map", anchor=False)
    genes = nodes.filter(pl.col("gene_id").is_not_null())
    table = genes.select(
        pl.col("node").alias("gene"),
        "gene_id",
        "log2_fold_change",
        "ci_lower",
        "ci_upper",
        "padj",
        "call",
    )
    rows = show_table(
        table,
        key="mechanism_nodes",
        alt_text="Genes of the map with their change of mRNA in the contrast",
        choose="single-row",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Choose a gene to open it.")
        for row in rows[:1]:
            gene = genes.row(row, named=True)
            st.page_link(
                "views/gene.py",
                label=plain(gene["node"]),
                icon=":material/genetics:",
                query_params={"gene": gene["gene_id"]},
            )
        frame.offer_table(table, "mechanism-genes", "mechanism_nodes_download")


def _arrows(frame: PageFrame, edges: pl.DataFrame, claims: pl.DataFrame, drug: str) -> None:
    st.header("The arrows and the claims they rest on", anchor=False)
    table = edges.select(
        pl.col("source").replace(DRUG, "the drug").alias("from"),
        pl.col("relation").replace_strict(RELATION_WORDS).alias("the documents say"),
        pl.col("target").alias("to"),
        pl.col("state").alias("the data of this contrast"),
        "claims",
        "documents",
        pl.col("drugs").alias("said of"),
    )
    rows = show_table(
        table,
        key="mechanism_edges",
        alt_text="Arrows of the map with the verdict of the data and their claims",
        columns={
            "from": _TEXT("From", pinned=True),
            "said of": _TEXT("Said of", width="medium"),
        },
        choose="single-row",
    )
    listed = claims.select(
        pl.coalesce("source_symbol", pl.lit("the drug")).alias("from"),
        pl.col("relation").replace_strict(RELATION_WORDS).alias("relation"),
        pl.col("target_symbol").alias("to"),
        pl.col("molecular_level").map_elements(words, pl.String).alias("level"),
        "drug",
        "verbatim",
        "document",
        "place",
        "reference",
        pl.col("verdict").str.replace_all("_", " "),
        pl.col("reason").alias("because"),
        "note",
        "claim_id",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{edges.height} arrows, {claims.height} claims. Choose an arrow for its words; the "
            "download holds every claim."
        )
        frame.offer_table(listed, "mechanism-claims", "mechanism_edges_download")
    if not rows:
        return
    edge = edges.row(rows[0], named=True)
    with st.container(border=True):
        st.markdown(
            f"**{plain(edge['source'] or drug)} → {plain(edge['target'])}**: "
            f"{RELATION_WORDS[edge['relation']]}. Data of this contrast: {edge['state']}."
        )
        for claim in claims.filter(pl.col("edge_id") == edge["edge_id"]).iter_rows(named=True):
            _claim(frame, claim)


def _claim(frame: PageFrame, claim: dict[str, Any]) -> None:
    st.markdown(f"> {plain(claim['verbatim'])}")
    verdict = f" Verdict here: {plain(claim['reason'])}." if claim["reason"] else ""
    st.caption(
        f"Of {plain(claim['drug'])}, in {plain(claim['document'])}, {plain(claim['place'])}. "
        f"Reference: {plain(claim['reference'])}.{verdict}"
    )
    with st.popover(f"Source of {plain(claim['claim_id'])}", icon=":material/account_tree:"):
        source_text(frame.reader, "fct_literature_claim", claim["claim_id"])


render()
