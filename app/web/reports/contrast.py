"""The printable report of one contrast, from the queries and charts of its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.web.charts.base import Figure
from app.web.charts.genes import gene_scatter, p_value_histogram, volcano_axes
from app.web.components.frame import SIMULATED_NOTE
from app.web.components.look import Look, arms_in_words, short_labels, thousands
from app.web.components.methods import method_in_words, samples_in_words
from app.web.components.tables import genes_in_words
from app.web.marts import contrast as marts
from app.web.reader import Parameters, Reader
from app.web.reports.document import Column, Report, Section, sources_of

_GENES = (
    Column("gene", "Gene"),
    Column("gene_id", "Stable id"),
    Column("call", "Call"),
    Column("log2_fold_change", "log2 fold change", 3),
    Column("ci_lower", "95 % from", 3),
    Column("ci_upper", "95 % to", 3),
    Column("base_mean", "mean count", 1),
    Column("p_value", "p-value", is_p_value=True),
    Column("padj", "adjusted p", is_p_value=True),
)


def contrast_report(
    reader: Reader,
    about: dict[str, Any],
    values: Parameters,
    marked: Sequence[str],
    link: str,
) -> Report:
    """Return the report of a contrast at the page's thresholds.

    Parameters
    ----------
    about
        The contrast's row of ``marts.CONTRASTS``.
    values
        ``contrast, fdr, lfc``, as the page binds them.
    marked
        Stable ids of the genes labelled on the volcano.
    """
    fdr, lfc = float(str(values["fdr"])), float(str(values["lfc"]))
    positive, negative = arms_in_words(about["direction_sentence"])
    short = short_labels([str(about["label"])])[0]
    counts = reader.rows(marts.COUNTS, values).row(0, named=True)
    drawn = reader.bulk(marts.VOLCANO, {**values, "marked": list(marked)}).drop("gene_id")
    drawable = reader.rows(marts.DRAWABLE, values).row(0, named=True)["volcano"]
    bins = reader.rows(marts.P_VALUES, {"contrast": about["contrast_id"]})

    def volcano(look: Look) -> Figure:
        return gene_scatter(drawn, volcano_axes(short, positive, negative, fdr, lfc), look, None)

    def histogram(look: Look) -> Figure:
        return p_value_histogram(bins, short, look)

    sections = [
        Section(
            "Volcano plot",
            (
                f"{thousands(drawn.height)} of {thousands(drawable)} genes drawn: every "
                "significant or labelled gene, and one gene for each spot of the crowd.",
            ),
            volcano if drawn.height else None,
        ),
        Section("p-values", (), histogram if bins.height else None),
        Section(
            "Genes beyond both thresholds",
            () if counts["up"] + counts["down"] else ("No gene passes both thresholds.",),
            columns=_GENES,
            rows=genes_in_words(reader.bulk(marts.LISTS["significant"], values)),
        ),
    ]
    facts = (
        ("Which way is up", about["direction_sentence"]),
        ("Thresholds", f"adjusted p below {fdr:g}, log2 fold change beyond {lfc:g}"),
        ("Up", f"{thousands(counts['up'])} genes {positive}"),
        ("Down", f"{thousands(counts['down'])} genes {negative}"),
        ("Not significant", f"{thousands(counts['not_significant'])} genes"),
        ("Not tested", f"{thousands(counts['not_tested'])} genes, without an adjusted p-value"),
        ("Samples", samples_in_words(about)),
        ("Method", method_in_words(about)),
        ("Study", f"{about['study_title']} ({about['study_id']})"),
    )
    return Report(
        kind="Contrast",
        title=str(about["label"]),
        facts=facts,
        sections=sections,
        sources=sources_of(reader, "fct_differential_expression", [about["contrast_id"]]),
        marks=(SIMULATED_NOTE,) if about["is_simulated"] else (),
        link=link,
    )
