"""Overview: what the warehouse holds, how it was built, and a search over all of it."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.literature import verdict_bars
from app.web.components.changes import release_changes_section
from app.web.components.empty import nothing_loaded
from app.web.components.frame import PageFrame, data_words, page_frame, section
from app.web.components.genepicker import gene_label
from app.web.components.look import VERDICT_WORDS, Look, screen_look, thousands
from app.web.components.provenance import plain, source_menu
from app.web.components.tables import show_table
from app.web.components.tiles import tiles
from app.web.marts import overview as marts
from app.web.marts.genes import resolve

_TEXT = st.column_config.TextColumn
_VERDICT_ORDER = ["agrees", "opposite", "not_significant", "not_testable"]


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Overview",
        "",
        "What the immunomodulatory drugs change in cells, what documents say they change, and what "
        "patients on them suffered. A change is always the first group over the second: positive "
        "means higher in the first.",
        reads=("q",),
    ) as frame:
        with section():
            _search(frame)
        studies = frame.reader.rows(marts.STUDIES)
        frame.mark_simulated(*studies["is_simulated"])
        with section():
            _holdings(frame)
        with section():
            _contrasts(frame)
        left, right = st.columns(2, gap="large")
        with left, section():
            _verdicts(frame)
        with right, section(), frame.resting_on():
            _build(frame)
        with section():
            release_changes_section(frame)
        with section(), frame.resting_on():
            _regimens(frame)
        with section():
            _studies(frame, studies)


def _search(frame: PageFrame) -> None:
    typed = frame.state.text(
        "Find a gene or a drug",
        "q",
        placeholder="CRBN, p21, c-Myc, ENSG00000185811, Revlimid",
        help_text="Any name will do: symbol, former symbol, other name, stable id; a drug's name.",
        max_chars=100,
    )
    if not typed:
        return
    drugs = frame.reader.rows(marts.DRUG_BY_NAME, {"name": typed}).to_dicts()
    for drug in drugs:
        _drug(frame, drug)
    found = resolve(frame.reader, typed)
    if found.gene is None and drugs:
        return
    with st.container(border=True):
        if found.gene is not None:
            st.markdown(plain(found.sentence))
            _gene_link(found.gene)
            return
        st.markdown(f"**{plain(found.sentence)}**")
        if not found.candidates and found.similar:
            st.caption("Names spelt alike:")
        for gene in (found.candidates or found.similar)[:12]:
            _gene_link(gene)


def _gene_link(gene: dict[str, Any]) -> None:
    st.page_link(
        "views/gene.py",
        label=gene_label(gene),
        icon=":material/genetics:",
        query_params={"gene": gene["gene_id"]},
    )


def _drug(frame: PageFrame, drug: dict[str, Any]) -> None:
    with st.container(border=True):
        also = f", also {drug['aliases'].replace('|', ', ')}" if drug["aliases"] else ""
        st.markdown(f"**{plain(drug['name'])}** ({plain(drug['drug_class'] + also)})")
        for row in frame.reader.rows(marts.DRUG_CONTRASTS, {"drug": drug["drug_id"]}).iter_rows(
            named=True
        ):
            st.page_link(
                "views/contrast.py",
                label=plain(row["label"]),
                icon=":material/scatter_plot:",
                query_params={"contrast": row["contrast_id"]},
            )
        claims = frame.reader.rows(marts.DRUG_CLAIMS, {"drug": drug["drug_id"]}).item()
        if claims:
            st.page_link(
                "views/literature.py",
                label=f"{claims} claims of documents",
                icon=":material/menu_book:",
                query_params={"drug": drug["name"]},
            )
        regimens = frame.reader.rows(marts.DRUG_REGIMENS, {"drug": drug["drug_id"]})
        if regimens.height:
            labels = regimens["label"].to_list()
            st.page_link(
                "views/adverse_events.py",
                label=f"Adverse events of {plain(', '.join(labels))}",
                icon=":material/monitor_heart:",
                query_params={"regimen": labels},
            )


def _holdings(frame: PageFrame) -> None:
    held = frame.reader.rows(marts.HOLDINGS).row(0, named=True)
    counted = (
        ("Studies", held["studies"], f"{thousands(held['samples'])} samples"),
        ("Genes", held["genes"], "under their stable ids"),
        ("Contrasts", held["contrasts"], f"{held['contrasts_analysed']} analysed"),
        ("Claims", held["claims"], f"from {held['documents']} documents"),
        (
            "Adverse-event cells",
            held["cells"],
            f"{held['cells_with_value']} with a figure, {held['arms']} arms",
        ),
    )
    tiles([(label, thousands(value), meaning) for label, value, meaning in counted])


def _contrasts(frame: PageFrame) -> None:
    st.header("Contrasts", anchor=False)
    contrasts = frame.reader.rows(marts.CONTRASTS, height=400)
    if not contrasts.height:
        nothing_loaded("contrast", "imid ingest study PATH/study.yaml")
        return
    table = contrasts.select(
        pl.format("{} vs {}", "numerator", "denominator").alias("comparison"),
        pl.col("numerator_doses").alias("dose"),
        pl.col("numerator_times").alias("time"),
        pl.col("numerator_cell_lines").alias("cells"),
        "n_numerator",
        "n_denominator",
        pl.col("n_up").alias("up"),
        pl.col("n_down").alias("down"),
        pl.col("n_not_tested").alias("not tested"),
        pl.col("study_id").alias("study"),
        data_words(),
        pl.col("direction_sentence").alias("which way is up"),
    )
    rows = show_table(
        table,
        key="overview_contrasts",
        alt_text="All contrasts with their sample and gene counts",
        columns={
            "comparison": _TEXT("Comparison", pinned=True),
            "n_numerator": st.column_config.NumberColumn("n first"),
            "n_denominator": st.column_config.NumberColumn("n second"),
            "which way is up": _TEXT("Which way is up", width="medium"),
        },
        choose="single-row",
    )
    thresholds = (
        f"Up and down at adjusted p < {frame.build.fdr:g} and log2 fold change beyond "
        f"{frame.build.abs_lfc:g}. "
        if frame.build
        else ""
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{thresholds}Choose a row to open it.")
        frame.offer_table(table, "contrasts", "contrasts_download", filters=())
        if rows:
            chosen = contrasts.row(rows[0], named=True)
            source_menu(
                frame.reader,
                "fct_differential_expression",
                chosen["contrast_id"],
                "overview_source",
            )
            if chosen["is_analysed"]:
                st.page_link(
                    "views/contrast.py",
                    label=f"Open {plain(chosen['label'])}",
                    icon=":material/scatter_plot:",
                    query_params={"contrast": chosen["contrast_id"]},
                )


def _verdicts(frame: PageFrame) -> None:
    st.header("Claims and verdicts", anchor=False)
    counts = frame.reader.rows(marts.VERDICTS, height=380)
    if not counts.height:
        nothing_loaded("claims", "imid ingest claims FILE")
        return
    shown = counts.with_columns(
        rank=pl.col("verdict").replace_strict(
            {verdict: rank for rank, verdict in enumerate(_VERDICT_ORDER)}, default=9
        ),
        verdict=pl.col("verdict").replace_strict(VERDICT_WORDS, default=pl.col("verdict")),
        pairs=pl.col("claims_by_contrast"),
    ).select("drug", "verdict", "pairs", "claims", "rank")

    def build(look: Look) -> Figure:
        return verdict_bars(shown, look)

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="overview_verdicts",
        alt="Claim and contrast pairs by drug and verdict",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("views/literature.py", label="All claims", icon=":material/menu_book:")
        frame.offer_figure(build, "verdicts", "verdicts_figure", filters=())
        frame.offer_table(shown.drop("rank"), "verdicts", "verdicts_download", filters=())


def _build(frame: PageFrame) -> None:
    st.header("Last build", anchor=False)
    if frame.build is None:
        st.markdown(f"Release `{frame.reader.release}`; its build is not in the ledger.")
        return
    build = frame.build
    st.markdown(
        f"`{build.build_id}` was published on {build.finished_at:%-d %B %Y at %H:%M} UTC by "
        f"imid-warehouse {build.version}: {build.models} models, **{build.tests_passed} tests "
        f"passed**, {build.tests_warned} warned, {build.tests_failed} failed."
    )
    findings = frame.reader.rows(marts.FINDINGS)
    if not findings.height:
        st.caption("No data-quality finding.")
        return
    st.markdown(f"**{findings['findings'].sum()} data-quality findings**")
    show_table(
        findings,
        key="overview_findings",
        alt_text="Data-quality findings by kind",
        columns={
            "severity": _TEXT("Severity"),
            "area": _TEXT("Area"),
            "what": _TEXT("What was found", width="large"),
            "findings": st.column_config.NumberColumn("Findings"),
        },
        height=250,
    )
    frame.offer_table(findings, "findings", "findings_download", filters=())


def _regimens(frame: PageFrame) -> None:
    st.header("Regimens", anchor=False)
    regimens = frame.reader.rows(marts.REGIMENS, height=400)
    if not regimens.height:
        nothing_loaded("regimens", "imid ingest regimens FILE")
        return
    table = regimens.select(
        "regimen",
        "drugs",
        "arm",
        "trial",
        "design",
        pl.col("n_at_risk").alias("patients"),
        pl.col("n_basis").alias("where that number comes from"),
        pl.col("cells").alias("adverse-event cells"),
    )
    rows = show_table(
        table,
        key="overview_regimens",
        alt_text="Regimens with their arms and trials",
        columns={
            "regimen": _TEXT("Regimen", pinned=True),
            "patients": st.column_config.NumberColumn("Patients at risk"),
            "where that number comes from": _TEXT(width="medium"),
        },
        choose="single-row",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        frame.offer_table(table, "regimens", "regimens_download", filters=())
        if rows:
            label = regimens.row(rows[0], named=True)["regimen"]
            st.page_link(
                "views/adverse_events.py",
                label=f"Adverse events of {plain(label)}",
                icon=":material/monitor_heart:",
                query_params={"regimen": label},
            )


def _studies(frame: PageFrame, studies: pl.DataFrame) -> None:
    st.header("Expression studies", anchor=False)
    if not studies.height:
        nothing_loaded("expression study", "imid ingest study PATH/study.yaml")
        return
    table = studies.select(
        pl.col("study_id").alias("study"),
        "title",
        "organism",
        "source",
        pl.col("n_samples").alias("samples"),
        pl.col("n_genes").alias("genes"),
        pl.col("n_genes_without_reference").alias("genes no reference knows"),
        data_words(),
        pl.col("simulation_note").alias("how it was simulated"),
    )
    show_table(
        table,
        key="overview_studies",
        alt_text="Expression studies",
        columns={"study": _TEXT("Study", pinned=True), "title": _TEXT("Title", width="large")},
    )
    frame.offer_table(table, "studies", "studies_download", filters=())


render()
