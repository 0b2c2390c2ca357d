"""Samples and QC: every sample of a study beside the limits of the protocols."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.samples import sample_strip
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.identity import unresolved_genes
from app.web.components.look import Look, screen_look, thousands
from app.web.components.provenance import source_menu
from app.web.components.tables import show_table
from app.web.marts import samples as marts

# Figure: column, unit, limits of the source protocols, and what they ask for.
FIGURES: dict[str, tuple[str, str, tuple[float, ...], str]] = {
    "library size": (
        "library_size",
        "counts in the sample",
        (20e6, 30e6),
        "Dashed: the 20 to 30 million reads the source protocols ask for",
    ),
    "genes detected": (
        "genes_detected",
        "genes with at least one count",
        (),
        "The protocols state no limit",
    ),
    "RIN": ("rin", "RNA integrity number", (8.0,), "Dashed: the protocols ask for more than 8"),
    "A260/280": (
        "a260_280",
        "absorbance ratio 260/280 nm",
        (1.8, 2.2),
        "Dashed: about 2.0, taken as 1.8 to 2.2",
    ),
}
COLOURS = {"treatment": "treatment", "cell line": "cell_line", "batch": "batch"}


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Samples and QC",
        "samples",
        "How good each sample is: depth, genes seen, RNA integrity and purity, beside what the "
        "source protocols ask for. Higher is deeper, richer, more intact.",
    ) as frame:
        studies = frame.reader.rows(marts.STUDIES)
        if not studies.height:
            nothing_loaded("expression study", "imid ingest study PATH/study.yaml")
            return
        with st.container(border=True):
            left, middle, right = st.columns([3, 3, 2])
            with left:
                study = frame.state.choice("Study", "study", studies["study_id"].to_list())
            with middle:
                figure = frame.state.segment("Figure", "figure", list(FIGURES))
            with right:
                colour = frame.state.segment("Colour by", "colour", list(COLOURS))
        about = studies.row(by_predicate=pl.col("study_id") == study, named=True)
        frame.mark_simulated(about["is_simulated"])
        samples = frame.reader.rows(marts.SAMPLES, {"study": study})
        with section():
            _summary(frame, samples, study)
        with section():
            _strip(frame, samples, study, figure, COLOURS[colour])
        with section():
            _table(frame, samples, study)


def _summary(frame: PageFrame, samples: pl.DataFrame, study: str) -> None:
    outside = samples.filter(pl.col("outside") != "").height
    same = int(samples["equals_file"].sum() or 0)
    tiles = (
        ("Samples", thousands(samples.height), study),
        ("Outside a limit", thousands(outside), "of the source protocols, named in the table"),
        (
            "Totals equal the file",
            f"{same} of {samples.height}",
            "library size in the warehouse against the file's own column sum",
        ),
    )
    for place, (label, value, meaning) in zip(st.columns(len(tiles)), tiles, strict=True):
        place.metric(label, value, border=True)
        place.caption(meaning)
    source_menu(frame.reader, "dim_study", study, "samples_source")


def _strip(frame: PageFrame, samples: pl.DataFrame, study: str, figure: str, colour: str) -> None:
    column, unit, limits, note = FIGURES[figure]
    drawn = samples.select(
        "sample_id",
        pl.col(column).cast(pl.Float64).alias("value"),
        pl.col(colour).fill_null("not given").alias("group"),
    ).filter(pl.col("value").is_not_null())
    if not drawn.height:
        nothing_left("samples", [f"figure “{figure}” is given for no sample of {study}"])
        return

    def build(look: Look) -> Figure:
        title = f"{figure[:1].upper()}{figure[1:]} of each sample of {study}"
        return sample_strip(drawn, title, unit, limits, note, look)

    st.altair_chart(
        build(screen_look()),
        key="sample_strip",
        alt=f"{figure} of each sample; the table below holds the same figures",
    )
    said, offered = st.columns([5, 1], vertical_alignment="center")
    if drawn.height < samples.height:
        said.caption(f"{samples.height - drawn.height} samples have no such figure.")
    with offered:
        frame.offer_figure(build, figure.replace("/", "-"), "strip_figure")


def _table(frame: PageFrame, samples: pl.DataFrame, study: str) -> None:
    st.subheader("Every sample", anchor=False)
    whole = st.column_config.NumberColumn(format="localized")
    table = samples.drop("equals_file", "file_column_sum").with_columns(
        pl.col("outside").replace("", None)
    )
    show_table(
        table,
        key="sample_table",
        alt_text=f"Samples of {study} with their quality figures",
        columns={
            "sample_id": st.column_config.TextColumn("Sample", pinned=True),
            "library_size": st.column_config.NumberColumn("Library size", format="localized"),
            "genes_detected": st.column_config.NumberColumn("Genes detected", format="localized"),
            "n_genes": st.column_config.NumberColumn("Genes counted", format="localized"),
            "rin": "RIN",
            "a260_280": "A260/280",
            "reads": whole,
            "outside": st.column_config.TextColumn("Outside the protocol", width="large"),
        },
    )
    frame.offer_table(table, "samples", "sample_download")
    unresolved_genes(frame, study)
    findings = frame.reader.rows(marts.FINDINGS, {"study": study})
    if findings.height:
        st.subheader("Findings of the checks", anchor=False)
        show_table(
            findings,
            key="sample_findings",
            alt_text=f"Data-quality findings of {study}",
            columns={"what": st.column_config.TextColumn("What was found", width="large")},
        )
        frame.offer_table(findings, "findings", "sample_findings_download")


render()
