"""Gene sets: what one contrast moves as a group, and what a list of one's own holds."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from analytics.own_list import FEWEST_GENES, over_representation
from analytics.running_sum import running_sum
from app.web.charts.base import Figure
from app.web.charts.gene_sets import running_sum_plot, set_scores
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.look import (
    NOT_TESTED_WORDS,
    Look,
    number,
    scientific,
    screen_look,
    short_labels,
    thousands,
)
from app.web.components.provenance import plain, source_menu
from app.web.components.tables import show_table
from app.web.components.tiles import tiles
from app.web.marts import gene_sets as marts
from app.web.marts.genes import resolve_many

_TEXT = st.column_config.TextColumn
_NUMBER = st.column_config.NumberColumn

METHODS = {
    "gsea": "ranked (GSEA)",
    "ora_up": "genes called up",
    "ora_down": "genes called down",
}
_DRAWN = 25


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Gene sets",
        "gene_sets",
        "Which groups of genes one contrast moves together. Only genes tested in the contrast take "
        "part, and they are the background of every test here.",
        reads=("contrast", "test", "library", "sets", "set", "genes"),
    ) as frame:
        contrasts = frame.reader.rows(marts.CONTRASTS)
        if not contrasts.height:
            nothing_loaded("gene set tested", "imid ingest gene-sets FILE.gmt")
            return
        contrast, method, libraries = _filters(frame, contrasts)
        about = contrasts.row(by_predicate=pl.col("contrast_id") == contrast, named=True)
        frame.mark_simulated(about["is_simulated"])
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**Which way is up:** {plain(about['direction_sentence'])}.", width="stretch"
            )
            source_menu(frame.reader, "fct_differential_expression", contrast, "sets_source")
        which: dict[str, Any] = {"all_libraries": not libraries, "libraries": libraries}
        sets = frame.reader.rows(
            marts.SETS, {"contrast": contrast, "method": method, **which}, height=480
        )
        with section():
            chosen = _sets(frame, sets, about, method, libraries)
        if chosen:
            with section():
                _one_set(frame, chosen, about, method)
        with section():
            _own_list(frame, about, which)


def _filters(frame: PageFrame, contrasts: pl.DataFrame) -> tuple[str, str, list[str]]:
    ids = contrasts["contrast_id"].to_list()
    labels = dict(zip(ids, contrasts["label"].to_list(), strict=True))
    with st.container(border=True):
        contrast = frame.state.choice("Contrast", "contrast", ids, labels=labels)
        method = frame.state.segment(
            "Test",
            "test",
            list(METHODS),
            labels=METHODS,
            help_text="Ranked: do the set's genes lie together in the ranking of all genes? "
            "Called: do the genes called hold more of the set than chance?",
        )
        libraries = frame.state.many(
            "Library", "library", frame.reader.rows(marts.LIBRARIES)["library"].to_list()
        )
    return contrast, method, libraries


def _sets(
    frame: PageFrame, sets: pl.DataFrame, about: dict[str, Any], method: str, libraries: list[str]
) -> dict[str, Any] | None:
    tested = sets.filter(pl.col("not_tested_reason").is_null())
    enriched = tested.filter(pl.col("is_enriched"))
    counted = (
        ("Sets tested", thousands(tested.height), f"of {thousands(sets.height)} in the library"),
        ("Enriched", thousands(enriched.height), "at the false-discovery rate of the build"),
        (
            "Background",
            thousands(sets["n_background"].max() if sets.height else None),  # type: ignore[arg-type]
            "genes tested in this contrast",
        ),
    )
    tiles(counted)
    if tested.height:
        _scores(frame, tested, about, method)
    listed_as = frame.state.segment("List", "sets", ["tested", "enriched", "not tested"])
    listed = {
        "tested": tested,
        "enriched": enriched,
        "not tested": sets.filter(pl.col("not_tested_reason").is_not_null()),
    }[listed_as]
    if not listed.height:
        filters = [f"list “{listed_as}”", f"test “{METHODS[method]}”"]
        filters += [f"library {', '.join(libraries)}"] if libraries else []
        nothing_left("sets", filters)
        if listed_as != "not tested" and not tested.height:
            st.caption(
                f"A set needs {FEWEST_GENES} genes tested in the contrast. “Not tested” says why "
                "each was not; `imid ingest gene-sets FILE.gmt` loads a library."
            )
    columns = ["gene_set", "library", "n_measured", "n_members"]
    columns += {
        "gsea": ["normalised_enrichment_score", "enrichment_score"],
    }.get(method, ["n_overlap", "odds_ratio"])
    columns += ["not_tested_reason"] if listed_as == "not tested" else ["p_value", "padj"]
    shown = listed.select(columns)
    rows = (
        show_table(
            shown,
            key="gene_sets_table",
            alt_text=f"Gene sets, {listed_as}, {METHODS[method]}",
            columns={
                "gene_set": _TEXT("Set", pinned=True, width="large"),
                "n_measured": _NUMBER("Genes tested"),
                "n_members": _NUMBER("Genes named"),
                "n_overlap": _NUMBER("Called in the set"),
                "odds_ratio": _NUMBER("Odds ratio", format="%.2f"),
                "enrichment_score": _NUMBER("Enrichment score", format="%.3f"),
                "normalised_enrichment_score": _NUMBER("Normalised score", format="%.3f"),
                "not_tested_reason": _TEXT("Not tested because", width="large"),
            },
            choose="single-row",
        )
        if listed.height
        else []
    )
    if listed.height:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{thousands(listed.height)} sets. Choose one for its genes.")
            frame.offer_table(shown, f"gene-sets-{method}", "gene_sets_download")
    return _chosen(frame, sets, tested, listed, rows)


def _chosen(
    frame: PageFrame,
    sets: pl.DataFrame,
    tested: pl.DataFrame,
    listed: pl.DataFrame,
    rows: list[int],
) -> dict[str, Any] | None:
    """Return the set to open: the row just chosen, else the link's, else the first tested."""
    known = dict(zip(sets["gene_set_id"], sets["gene_set"], strict=True))
    if not known:
        return None
    first = str(tested["gene_set_id"][0]) if tested.height else next(iter(known))
    picked = str(listed["gene_set_id"][rows[0]]) if rows else None
    if picked and st.session_state.get("gene_sets_picked") != picked:
        frame.state.put("set", picked)
    st.session_state["gene_sets_picked"] = picked
    chosen = frame.state.choice("Set shown below", "set", list(known), labels=known, default=first)
    return sets.row(by_predicate=pl.col("gene_set_id") == chosen, named=True)


def _scores(frame: PageFrame, tested: pl.DataFrame, about: dict[str, Any], method: str) -> None:
    ranked = method == "gsea"
    score = "normalised_enrichment_score" if ranked else "odds_ratio"
    drawn = (
        tested.filter(pl.col(score).is_not_null())
        .head(_DRAWN)
        .with_columns(score=pl.col(score) if ranked else pl.col(score).log1p() / pl.lit(2.0).log())
    )
    if not drawn.height:
        return
    drawn = drawn.select(
        pl.Series(
            "label", short_labels(drawn["gene_set"].to_list(), drawn["gene_set_id"].to_list())
        ),
        "score",
        "padj",
        "n_measured",
        "is_enriched",
    ).sort("score", descending=True)
    x_title = (
        "normalised score   (← lower in the first group   |   higher →)"
        if ranked
        else "log2 of the odds ratio plus 1"
    )

    def build(look: Look) -> Figure:
        return set_scores(
            drawn,
            x_title,
            f"Gene sets, {METHODS[method]}: {short_labels([about['label']])[0]}",
            f"The {drawn.height} sets of the smallest adjusted p; larger marks, more genes tested",
            look,
        )

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="set_scores",
        alt=f"Scores of {drawn.height} gene sets; the table below holds them all",
    )
    frame.offer_figure(build, f"gene-set-scores-{method}", "set_scores_figure")


def _one_set(frame: PageFrame, chosen: dict[str, Any], about: dict[str, Any], method: str) -> None:
    st.header(plain(chosen["gene_set"]), anchor=False)
    _said(chosen, method)
    members = frame.reader.rows(
        marts.MEMBERS,
        {
            "contrast": about["contrast_id"],
            "set": chosen["gene_set_id"],
            "leading": chosen["leading_gene_ids"],
        },
    )
    if not members.height:
        nothing_left("genes", [f"no gene of “{chosen['gene_set']}” is counted in this contrast"])
        return
    ranking = frame.reader.bulk(marts.RANKING, {"contrast": about["contrast_id"]}, height=400)
    corners = running_sum(ranking, members["gene_id"].to_list())
    if corners.height:
        _running_sum(frame, chosen, ranking, members, corners)
    lead = "leading edge" if method == "gsea" else "called"
    shown = members.select(
        "gene",
        "gene_id",
        pl.when("is_leading").then(pl.lit(lead)).otherwise(pl.lit("")).alias("part"),
        "log2_fold_change",
        "ci_lower",
        "ci_upper",
        pl.col("stat").alias("Wald statistic"),
        "padj",
        pl.col("call").str.replace_all("_", " "),
        pl.col("not_tested_reason").replace_strict(
            NOT_TESTED_WORDS, default=pl.col("not_tested_reason")
        ),
    )
    rows = show_table(
        shown,
        key="set_genes",
        alt_text=f"Genes of {chosen['gene_set']} in the contrast",
        columns={"part": _TEXT("Part"), "Wald statistic": _NUMBER(format="%.2f")},
        choose="multi-row",
    )
    st.session_state["gene_list"] = members["gene_id"].to_list()[:5000]
    st.session_state["gene_list_name"] = f"genes of {chosen['gene_set']}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{thousands(shown.height)} genes. Choose rows to open them.")
        for row in rows[:6]:
            gene = members.row(row, named=True)
            st.page_link(
                "views/gene.py",
                label=plain(gene["gene"]),
                icon=":material/genetics:",
                query_params={"gene": gene["gene_id"]},
            )
        frame.offer_table(
            shown,
            f"genes-of-{chosen['gene_set_id']}",
            "set_genes_download",
            filters=["contrast", "test", "set"],
        )


def _said(chosen: dict[str, Any], method: str) -> None:
    if chosen["not_tested_reason"]:
        st.markdown(f"Not tested: {plain(chosen['not_tested_reason'])}.")
    elif method == "gsea":
        st.markdown(
            f"Normalised enrichment score {number(chosen['normalised_enrichment_score'])}, "
            f"p {scientific(chosen['p_value'])}, adjusted p {scientific(chosen['padj'])}; "
            f"{chosen['n_overlap']} of {chosen['n_measured']} genes make the leading edge."
        )
    else:
        st.markdown(
            f"{chosen['n_overlap']} of its {chosen['n_measured']} genes are among the "
            f"{chosen['n_called']} {METHODS[method]} of {thousands(chosen['n_background'])} "
            f"tested: odds ratio {number(chosen['odds_ratio'])}, "
            f"adjusted p {scientific(chosen['padj'])}."
        )


def _running_sum(
    frame: PageFrame,
    chosen: dict[str, Any],
    ranking: pl.DataFrame,
    members: pl.DataFrame,
    corners: pl.DataFrame,
) -> None:
    placed = members.join(
        ranking.with_row_index("position", offset=1).select("gene_id", "position"), on="gene_id"
    ).select("gene", "position", "stat", "is_leading")

    def build(look: Look) -> Figure:
        return running_sum_plot(
            corners,
            placed,
            f"Running sum of {chosen['gene_set']}",
            f"{thousands(ranking.height)} genes ranked by the Wald statistic; a stroke is a gene "
            "of the set",
            "rank   (left: higher in the first group   |   right: lower)",
            look,
        )

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="running_sum",
        alt=f"Running enrichment sum of {chosen['gene_set']}; the table below lists its genes",
    )
    frame.offer_figure(
        build,
        f"running-sum-{chosen['gene_set_id']}",
        "running_sum_figure",
        filters=["contrast", "set"],
    )


def _own_list(frame: PageFrame, about: dict[str, Any], which: dict[str, Any]) -> None:
    st.header("A list of your own", anchor=False)
    pasted = frame.state.text(
        "Your genes",
        "genes",
        placeholder="Paste names or ids: IRF4, c-Myc, p21",
        help_text="Any name of a gene, separated by commas. Background: the genes tested in the "
        "contrast above.",
        max_chars=20_000,
    )
    if not pasted:
        st.caption(
            "Tested for over-representation by the hypergeometric test, against the genes tested "
            "in the contrast above as background."
        )
        return
    genes, unknown = resolve_many(frame.reader, pasted)
    background = frame.reader.bulk(marts.RANKING, {"contrast": about["contrast_id"]})["gene_id"]
    drawn = set(background.to_list()).intersection(genes)
    left_out = [name for gene, name in genes.items() if gene not in drawn]
    st.markdown(
        f"{len(drawn)} of your genes, against {thousands(background.len())} genes tested in "
        f"{plain(short_labels([about['label']])[0])}."
    )
    if unknown or left_out:
        parts = [f"{', '.join(unknown)} is no name of a gene here"] if unknown else []
        parts += [f"{', '.join(left_out)} was not tested in this contrast"] if left_out else []
        st.caption("Left out: " + plain("; ".join(parts)) + ".")
    members = frame.reader.bulk(marts.MEMBERSHIP, which)
    found = over_representation(sorted(drawn), members, background.to_list())
    if not found.height:
        nothing_left(
            "sets", [f"no set has {FEWEST_GENES} genes in the background, or the list has none"]
        )
        return
    names = frame.reader.rows(marts.NAMES)
    called = dict(genes)
    table = found.join(names, on="gene_set_id", how="left", maintain_order="left").select(
        "gene_set",
        "library",
        "n_overlap",
        "expected",
        "n_measured",
        "p_value",
        "padj",
        genes=pl.Series(
            [", ".join(called.get(g, g) for g in ids) for ids in found["overlap_gene_ids"]],
            dtype=pl.String,
        ),
    )
    show_table(
        table,
        key="own_list",
        alt_text="Gene sets over-represented in your list",
        columns={
            "gene_set": _TEXT("Set", pinned=True, width="medium"),
            "n_overlap": _NUMBER("In your list"),
            "expected": _NUMBER("Expected by chance", format="%.2f"),
            "n_measured": _NUMBER("In the background"),
            "genes": _TEXT("Genes", width="large"),
        },
    )
    frame.offer_table(
        table, "own-list", "own_list_download", filters=["contrast", "library", "genes"]
    )


render()
