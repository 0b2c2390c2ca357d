"""Several contrasts at once: exclusive overlaps, a heat map, and lists such as in A, not in C."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.overlap import change_heatmap, upset
from app.web.components.empty import nothing_left
from app.web.components.frame import PageFrame, section
from app.web.components.look import (
    Look,
    screen_look,
    short_labels,
    thousands,
    without_shared_end,
)
from app.web.components.provenance import plain
from app.web.components.tables import show_table
from app.web.components.uploads import (
    calls_reader,
    mark_upload,
    note_absent_upload,
    offer_upload,
    session_upload,
    with_upload,
)
from app.web.marts import compare as marts
from app.web.reader import Reader

SIDES = {"either": "up or down", "up": "up", "down": "down"}
MOST_CONTRASTS = 6
_MOST_BARS = 24
_LISTED = 5000


def several_contrasts(frame: PageFrame, contrasts: pl.DataFrame) -> None:
    """Draw the part of a page that compares the called genes of two to six contrasts."""
    upload = session_upload(frame)
    usual = usual_contrasts(contrasts)
    if upload is not None:
        contrasts = with_upload(contrasts, upload)
    offered = contrasts["contrast_id"].to_list()
    asked = {key: st.query_params.get_all(key) for key in ("contrasts", "in", "out")}
    with st.container(border=True):
        picked = frame.state.many(
            "Contrasts",
            "contrasts",
            offered,
            placeholder="The first study's drugs over their vehicle",
            help_text=f"Two to {MOST_CONTRASTS}; the first {MOST_CONTRASTS} are taken.",
        )
        side = frame.state.segment("Called", "side", list(SIDES), labels=SIDES)
    for key, values in asked.items():
        note_absent_upload(frame.state, key, "Contrasts", values, offered, "it is left out")
    ids = (picked or usual)[:MOST_CONTRASTS]
    if len(ids) < 2:
        nothing_left("comparison", ["it needs two contrasts or more"])
        return
    chosen = contrasts.filter(pl.col("contrast_id").is_in(ids))
    chosen = chosen.sort(pl.col("contrast_id").replace_strict({c: i for i, c in enumerate(ids)}))
    frame.mark_simulated(*chosen["is_simulated"])
    short, shared = without_shared_end(short_labels(chosen["label"].to_list(), ids))
    names = dict(zip(ids, short, strict=True))
    if shared:
        st.caption(f"All of them {plain(shared)}.")
    reader: Reader = frame.reader
    is_mine = upload is not None and upload.contrast_id in ids
    if upload is not None and is_mine:
        mark_upload(frame, upload)
        reader = calls_reader(frame, upload, ids)
    else:
        offer_upload(upload, "Contrasts")
    called = reader.bulk(
        marts.PATTERNS,
        {"contrasts": ids, "up": side != "down", "down": side != "up"},
        height=480,
    )
    if not called.height:
        nothing_left("genes", [f"none is called {SIDES[side]} in any of these contrasts"])
        return
    with frame.resting_on_upload(is_mine):
        with section():
            exclusive = _overlaps(frame, called, ids, names, side)
        with section():
            _list(frame, reader, called, ids, names, exclusive)


def usual_contrasts(contrasts: pl.DataFrame) -> list[str]:
    """Return the drugs over their vehicle of the first study, in its first set of samples."""
    drugs = contrasts.filter(pl.col("is_drug_vs_vehicle") & pl.col("has_imid_numerator"))
    drugs = drugs if drugs.height > 1 else contrasts
    first = drugs.row(0, named=True)
    alike = drugs.filter(
        (pl.col("study_id") == first["study_id"]) & pl.col("subset").eq_missing(first["subset"])
    )
    return [str(contrast) for contrast in (alike if alike.height > 1 else drugs)["contrast_id"]]


def overlap_table(called: pl.DataFrame, ids: Sequence[str], names: dict[str, str]) -> pl.DataFrame:
    """Return how many genes are called in exactly each combination, the largest first.

    Parameters
    ----------
    called
        ``gene_id, pattern``: the contrasts a gene is called in, separated by a bar.
    """
    counted = called.group_by("pattern").len("genes").sort(["genes", "pattern"], descending=True)
    members = [[ids.index(one) for one in p.split("|")] for p in counted["pattern"].to_list()]
    return counted.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("rank"),
        pl.Series("members", members, dtype=pl.List(pl.Int64)),
        pl.Series("words", [" and ".join(names[ids[one]] for one in group) for group in members]),
    )


def _overlaps(
    frame: PageFrame, called: pl.DataFrame, ids: list[str], names: dict[str, str], side: str
) -> str | None:
    table = overlap_table(called, ids, names)
    drawn = table.head(_MOST_BARS)
    listed = list(names.values())

    def build(look: Look) -> Figure:
        return upset(
            drawn.select("rank", "words", "genes", "members"),
            listed,
            f"Genes called {SIDES[side]}, by the contrasts they are called in",
            "Exclusive: a gene counts once, in the one bar of exactly its contrasts",
            look,
        )

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="overlap_upset",
        alt="Number of genes called in exactly each combination of contrasts; the table below "
        "holds the same figures",
    )
    shown = table.select(pl.col("words").alias("called in exactly"), "genes")
    rows = show_table(
        shown,
        key="overlap_table",
        alt_text="Genes called in exactly each combination of contrasts",
        columns={
            "called in exactly": st.column_config.TextColumn(width="large"),
            "genes": st.column_config.NumberColumn("Genes"),
        },
        choose="single-row",
        height=240,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        more = table.height - drawn.height
        hidden = f"{more} smaller combinations are only in the table. " if more > 0 else ""
        either = "A gene may be up in one and down in another. " if side == "either" else ""
        st.caption(f"{hidden}{either}Choose a row to list its genes.", width="stretch")
        frame.offer_figure(build, "overlap", "overlap_figure")
        frame.offer_table(shown, "overlap", "overlap_download")
    return str(table["pattern"][rows[0]]) if rows else None


def _list(
    frame: PageFrame,
    reader: Reader,
    called: pl.DataFrame,
    ids: list[str],
    names: dict[str, str],
    exclusive: str | None,
) -> None:
    st.header("Genes in some, not in others", anchor=False)
    left, right = st.columns(2)
    with left:
        wanted = frame.state.many("Called in all of", "in", ids, placeholder="Any")
    with right:
        unwanted = frame.state.many("and in none of", "out", ids, placeholder="No exclusion")
    groups = pl.col("pattern").str.split("|")
    if exclusive is not None:
        kept = called.filter(pl.col("pattern") == exclusive)
        said = "called in exactly " + " and ".join(names[one] for one in exclusive.split("|"))
    else:
        kept = called
        for one in wanted:
            kept = kept.filter(groups.list.contains(one))
        for one in unwanted:
            kept = kept.filter(~groups.list.contains(one))
        said = "called in " + (" and ".join(names[one] for one in wanted) or "any of them")
        said += (", not in " + " nor in ".join(names[one] for one in unwanted)) if unwanted else ""
    if not kept.height:
        nothing_left("genes", [said])
        return
    kept = kept.head(_LISTED)
    changes = reader.bulk(
        marts.CHANGES, {"contrasts": ids, "genes": kept["gene_id"].to_list()}, height=900
    )
    _heatmap(frame, kept, changes, ids, names, said)
    wide = kept.select("gene", "gene_id")
    settings = {}
    for one in ids:
        part = changes.filter(pl.col("contrast_id") == one).select(
            "gene_id",
            pl.col("log2_fold_change").alias(f"log2 FC {names[one]}"),
            pl.col("padj").alias(f"adjusted p {names[one]}"),
        )
        wide = wide.join(part, on="gene_id", how="left", maintain_order="left")
        number = st.column_config.NumberColumn
        settings[f"log2 FC {names[one]}"] = number(format="%.3f")
        settings[f"adjusted p {names[one]}"] = number(format="scientific")
    wide = frame.marked_table(wide)
    rows = show_table(
        wide,
        key="overlap_genes",
        alt_text=f"Genes {said}",
        columns=settings,
        height=380,
        choose="multi-row",
    )
    st.session_state["gene_list"] = kept["gene_id"].to_list()
    st.session_state["gene_list_name"] = f"genes {said}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{thousands(kept.height)} genes {plain(said)}. Choose rows to open them.",
            width="stretch",
        )
        for row in rows[:6]:
            gene = kept.row(row, named=True)
            st.page_link(
                "views/gene.py",
                label=plain(gene["gene"]),
                icon=":material/genetics:",
                query_params={"gene": gene["gene_id"]},
            )
        frame.offer_table(
            wide,
            "genes-in-some",
            "overlap_genes_download",
            filters=["contrasts", "side", *(["in", "out"] if exclusive is None else [])],
        )


def _heatmap(
    frame: PageFrame,
    kept: pl.DataFrame,
    changes: pl.DataFrame,
    ids: list[str],
    names: dict[str, str],
    said: str,
) -> None:
    top = kept.head(40)
    drawn = (
        changes.join(top.select("gene_id", "gene"), on="gene_id")
        .with_columns(
            contrast=pl.col("contrast_id").replace_strict(names),
            mark=pl.col("direction").replace_strict({"up": "▲", "down": "▼"}, default=""),
        )
        .select("gene", "contrast", "log2_fold_change", "padj", "mark")
    )

    def build(look: Look) -> Figure:
        return change_heatmap(
            drawn,
            top["gene"].to_list(),
            [names[one] for one in ids],
            f"The {top.height} genes with the largest change",
            "▲ called up, ▼ called down; no mark: not called. The strongest colours stand for more",
            look,
        )

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="overlap_heatmap",
        alt=f"Heat map of the changes of {top.height} genes {said}; the table below lists them",
    )
    frame.offer_figure(build, "heatmap", "overlap_heatmap_figure")
