"""Samples and QC: how samples lie to each other, and each beside the protocols' limits."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.charts.samples import component_plot, distance_heatmap, sample_strip
from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.identity import unresolved_genes
from app.web.components.look import Look, screen_look, thousands
from app.web.components.provenance import plain, source_menu
from app.web.components.tables import show_table
from app.web.components.tiles import tiles
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
COLOURS = {
    "treatment": "treatment",
    "cell line": "cell_line",
    "batch": "batch",
    "replicate": "replicate",
    "hours": "time_h",
    "outlier": "outlier",
}
TRANSFORMATIONS = {
    "vst": "variance-stabilised counts",
    "log2": "log2 of normalised counts plus one",
}
PCA, DISTANCES = "PCA", "distances"
COMPONENTS = ["PC1", "PC2", "PC3", "PC4", "PC5"]
_MOST_IN_HEATMAP = 120


def render() -> None:
    """Draw the page."""
    with page_frame(
        "Samples and QC",
        "samples",
        "How samples lie to each other over all genes, and how good each is beside what the source "
        "protocols ask for. Higher is deeper, richer, more intact.",
        reads=("study", "figure", "colour", "pcx", "pcy"),
    ) as frame:
        studies = frame.reader.rows(marts.STUDIES)
        if not studies.height:
            nothing_loaded("expression study", "imid ingest study PATH/study.yaml")
            return
        with st.container(border=True):
            study = frame.state.choice("Study", "study", studies["study_id"].to_list())
            samples = frame.reader.rows(marts.SAMPLES, {"study": study}, height=560).with_columns(
                outlier=pl.when("is_outlier").then(pl.lit("outlier")).otherwise(pl.lit("usual"))
            )
            figure = frame.state.segment("Figure", "figure", [PCA, DISTANCES, *FIGURES])
            given = [name for name in COLOURS if samples[COLOURS[name]].is_not_null().any()]
            colour = frame.state.segment("Colour by", "colour", given or list(COLOURS)[:1])
            pair = _component_pair(frame, samples, figure)
        about = studies.row(by_predicate=pl.col("study_id") == study, named=True)
        frame.mark_simulated(about["is_simulated"])
        with section():
            _summary(frame, samples, study)
        with section():
            if figure == PCA:
                _components(frame, samples, study, colour, pair)
            elif figure == DISTANCES:
                _distances(frame, samples, study)
            else:
                _strip(frame, samples, study, figure, COLOURS[colour])
        with section():
            _outliers(samples)
        with section():
            _table(frame, samples, study)


def _component_pair(frame: PageFrame, samples: pl.DataFrame, figure: str) -> tuple[str, str]:
    known = [name for name in COMPONENTS if samples[name.lower()].is_not_null().any()]
    if figure != PCA or len(known) < 2:
        if figure != PCA:
            frame.state.set_aside("pcx", "pcy")
        return "PC1", "PC2"
    left, right = st.columns(2)
    with left:
        across = frame.state.choice("Across", "pcx", known)
    with right:
        up = frame.state.choice("Upwards", "pcy", known, default=known[1])
    return across, up


def _summary(frame: PageFrame, samples: pl.DataFrame, study: str) -> None:
    outside = samples.filter(pl.col("outside").is_not_null()).height
    outliers = samples.filter(pl.col("is_outlier"))
    same = int(samples["equals_file"].sum() or 0)
    counted = (
        ("Samples", thousands(samples.height), study),
        ("Outside a limit", thousands(outside), "of the source protocols, named in the table"),
        ("Outliers", thousands(outliers.height), "lie far from the others of their group"),
        (
            "Totals equal the file",
            f"{same} of {samples.height}",
            "library size in the warehouse against the file's own column sum",
        ),
    )
    tiles(counted)
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
        frame.marked_figure(build)(screen_look()),
        key="sample_strip",
        alt=f"{figure} of each sample; the table below holds the same figures",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if drawn.height < samples.height:
            st.caption(
                f"{samples.height - drawn.height} samples have no such figure.", width="stretch"
            )
        frame.offer_figure(build, figure.replace("/", "-"), "strip_figure")


def _components(
    frame: PageFrame, samples: pl.DataFrame, study: str, colour: str, pair: tuple[str, str]
) -> None:
    first, second = (name.lower() for name in pair)
    drawn = samples.select(
        "sample_id",
        pl.col(first).alias("x"),
        pl.col(second).alias("y"),
        pl.col(COLOURS[colour]).cast(pl.String).fill_null("not given").alias("group"),
        pl.col("is_outlier").fill_null(value=False),
        "outlier_reason",
    ).drop_nulls(["x", "y"])
    if not drawn.height:
        nothing_left("samples", [f"{study} has no principal components; imid analyze makes them"])
        return
    across, up = (
        f"{name}, {100 * float(samples[f'{name.lower()}_share'].drop_nulls()[0]):.1f} % of variance"
        for name in pair
    )
    how = TRANSFORMATIONS.get(code := str(samples["transformation"].drop_nulls()[0]), code)

    def build(look: Look) -> Figure:
        return component_plot(
            drawn,
            (across, up),
            f"Principal components of the samples of {study}",
            f"Over all genes, {how}; no gene was chosen for its change. A ring: outlier",
            colour,
            look,
        )

    st.altair_chart(
        frame.marked_figure(build)(screen_look()),
        key="sample_components",
        alt=f"{pair[0]} and {pair[1]} of each sample of {study}, coloured by {colour}; "
        "the table below holds the components",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{drawn.height} samples.", width="stretch")
        frame.offer_figure(build, f"pca-{pair[0]}-{pair[1]}", "pca_figure")


def _distances(frame: PageFrame, samples: pl.DataFrame, study: str) -> None:
    pairs = frame.reader.rows(marts.DISTANCES, {"study": study}, height=780)
    if not pairs.height:
        nothing_left("pairs of samples", [f"{study} has no distances; imid analyze makes them"])
        return
    ordered = samples.sort("sample_group", "sample_id", nulls_last=True)["sample_id"].to_list()
    if len(ordered) <= _MOST_IN_HEATMAP:
        one_way = pairs.rename({"sample_id_a": "a", "sample_id_b": "b"})
        both = pl.concat(
            [one_way, one_way.select(a="b", b="a", distance="distance", correlation="correlation")]
        )

        def build(look: Look) -> Figure:
            return distance_heatmap(
                both,
                ordered,
                f"Distances between the samples of {study}",
                "Over all genes; darker is closer. Samples treated alike stand together. "
                "The diagonal is a sample and itself: distance 0, as dark as the closest pair",
                look,
            )

        st.altair_chart(
            frame.marked_figure(build)(screen_look()),
            key="sample_distances",
            alt=f"Distance of each pair of samples of {study}; the table holds the same figures",
        )
        frame.offer_figure(build, "sample-distances", "distance_figure", filters=["study"])
    else:
        st.caption(
            f"{len(ordered)} samples are too many to tell apart in a heat map; "
            "the table below lists every pair."
        )
    with st.expander("The same as a table", expanded=False):
        show_table(
            pairs,
            key="distance_table",
            alt_text=f"Distance and correlation of each pair of samples of {study}",
            columns={
                "sample_id_a": "Sample",
                "sample_id_b": "and",
                "distance": st.column_config.NumberColumn("Distance, log2 units", format="%.2f"),
                "correlation": st.column_config.NumberColumn("Correlation", format="%.4f"),
            },
        )
    frame.offer_table(pairs, "sample-distances", "distance_download", filters=["study"])


def _outliers(samples: pl.DataFrame) -> None:
    found = samples.filter(pl.col("is_outlier"))
    if not found.height:
        return
    with st.container(border=True):
        st.markdown(f"**{found.height} of {samples.height} samples are outliers**")
        for row in found.iter_rows(named=True):
            st.markdown(f"- {plain(row['sample_id'])}: {plain(row['outlier_reason'])}")


def _table(frame: PageFrame, samples: pl.DataFrame, study: str) -> None:
    st.header("Every sample", anchor=False)
    whole = st.column_config.NumberColumn(format="localized")
    table = samples.select(
        "sample_id",
        "treatment",
        "cell_line",
        "batch",
        "replicate",
        "outside",
        "outlier_reason",
        "library_size",
        "genes_detected",
        "n_genes",
        "reads",
        "rin",
        "a260_280",
        "size_factor",
        *[name.lower() for name in COMPONENTS],
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
            "outlier_reason": st.column_config.TextColumn("Outlier because", width="medium"),
            "size_factor": st.column_config.NumberColumn("Size factor", format="%.3f"),
            **{
                name.lower(): st.column_config.NumberColumn(name, format="%.2f")
                for name in COMPONENTS
            },
            "outside": st.column_config.TextColumn("Outside the protocol", width="large"),
        },
    )
    frame.offer_table(table, "samples", "sample_download", filters=["study"])
    unresolved_genes(frame, study)
    findings = frame.reader.rows(marts.FINDINGS, {"study": study})
    if findings.height:
        st.header("Findings of the checks", anchor=False)
        show_table(
            findings,
            key="sample_findings",
            alt_text=f"Data-quality findings of {study}",
            columns={"what": st.column_config.TextColumn("What was found", width="large")},
        )
        frame.offer_table(findings, "findings", "sample_findings_download", filters=["study"])


render()
