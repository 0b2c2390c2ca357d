"""A checked study into the raw tables, and the proof that nothing was lost on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from ingest.study.definition import StudyDefinition
from ingest.study.design import PlannedContrast
from ingest.study.forms.base import Abundance, Reading
from ingest.study.matrix import GENE
from ingest.study.results import DeResults
from ingest.study.samples import SampleSheet
from warehouse.errors import DataError
from warehouse.frames import read_frame
from warehouse.landed import lengths_beside
from warehouse.ledger import LoadWriter, RejectedRow, SourceFile


@dataclass(frozen=True)
class StudyData:
    """A study as read and checked, ready to be written.

    Attributes
    ----------
    contrasts
        What can be fitted; none where ``not_analysed_reason`` says why.
    profiles
        ``sample_id, genes, genes_detected, library_size, max_count``; no rows without counts.
    """

    definition: StudyDefinition
    sheet: SampleSheet | None
    reading: Reading
    contrasts: list[PlannedContrast]
    profiles: pl.DataFrame
    results: list[DeResults]
    not_analysed_reason: str | None = None

    @property
    def rejected(self) -> list[RejectedRow]:
        """Rows of its files that are not loaded."""
        return [*self.reading.rejected, *(r for table in self.results for r in table.rejected)]

    @property
    def rows(self) -> int:
        """Genes of its counts and rows of its results that are loaded."""
        return self.reading.features.height + sum(r.rows.height for r in self.results)

    @property
    def recognised(self) -> str:
        """What its files are, in words."""
        results = [f"{r.path.name}: {r.form}" for r in self.results]
        return "; ".join(
            [*([self.reading.recognised] if self.reading.recognised else []), *results]
        )


def write_study(
    con: duckdb.DuckDBPyConnection,
    writer: LoadWriter,
    study: StudyData,
    counts_sha256: str,
    landed: Path,
) -> None:
    """Write a study's rows inside the transaction of its load.

    Raises
    ------
    DataError
        If what is in the tables does not sum to what the files summed to.
    """
    study_id = pl.lit(study.definition.id).alias("study_id")
    writer.insert("raw.studies", _study_row(study, counts_sha256, landed))
    if study.sheet is not None:
        writer.insert("raw.samples", study.sheet.typed.with_columns(study_id))
        writer.insert("raw.sample_attributes", study.sheet.long().with_columns(study_id))
    _write_contrasts(writer, study)
    for results in study.results:
        _write_results(writer, study.definition.id, results)
    if study.reading.statistics is not None:
        writer.insert("ops.assignment_statistics", study.reading.statistics.with_columns(study_id))
    if study.reading.abundance is not None:
        _write_abundance(writer, study.definition.id, study.reading.abundance)
    if study.reading.matrix is not None:
        matrix = study.reading.matrix
        writer.insert_counts(study.definition.id, matrix.features, matrix.counts, GENE)
        _write_profiles(con, writer, study)


def _study_row(study: StudyData, counts_sha256: str, landed: Path) -> pl.DataFrame:
    d = study.definition
    return pl.DataFrame(
        {
            "study_id": d.id,
            "title": d.title,
            "organism": d.organism,
            "source": d.source,
            "url": d.url,
            "is_simulated": d.simulated,
            "simulation_note": d.simulation_note,
            "cell_context": d.cell_context,
            "design": d.design,
            "counts_sha256": counts_sha256,
            "landed_file": landed.name if study.reading.matrix is not None else "",
            "landed_lengths_file": lengths_beside(landed).name
            if study.reading.lengths is not None
            else None,
            "definition": d.model_dump_json(),
            "quantity": study.reading.quantity,
            "recognised_as": study.recognised,
            "not_analysed_reason": study.not_analysed_reason,
        },
        schema_overrides={"landed_lengths_file": pl.String},
    )


def _write_contrasts(writer: LoadWriter, study: StudyData) -> None:
    study_id = pl.lit(study.definition.id).alias("study_id")
    for position, c in enumerate(study.contrasts, start=1):
        contrast_id = pl.lit(c.contrast_id).alias("contrast_id")
        writer.insert(
            "raw.contrasts",
            pl.DataFrame(
                {
                    "study_id": study.definition.id,
                    "contrast_id": c.contrast_id,
                    "contrast_position": position,
                    "factor": c.factor,
                    "numerator": c.numerator,
                    "denominator": c.denominator,
                    "design": c.design,
                    "subset": c.subset,
                }
            ),
        )
        writer.insert("raw.contrast_samples", c.samples.with_columns(study_id, contrast_id))


def _write_results(writer: LoadWriter, study_id: str, results: DeResults) -> None:
    d = results.definition
    contrast_id = f"{study_id}.{d.slug()}"
    writer.insert(
        "raw.de_result_sets",
        pl.DataFrame(
            {
                "study_id": study_id,
                "contrast_id": contrast_id,
                "factor": d.factor,
                "numerator": d.numerator,
                "denominator": d.denominator,
                "form": results.form,
                "test": results.test,
                "correction": results.correction,
                "direction_as_given": d.direction,
                "is_excerpt": d.excerpt,
                "note": d.note,
                "path": str(results.path),
                "sha256": SourceFile.read("results", results.path).sha256,
                "has_p_value": "p_value" in results.rows.columns,
                "has_padj": "padj" in results.rows.columns,
                "result_rows": results.rows.height,
            }
        ),
    )
    writer.insert(
        "raw.de_results",
        results.rows.sort(GENE).with_columns(
            pl.lit(study_id).alias("study_id"), pl.lit(contrast_id).alias("contrast_id")
        ),
    )


def _write_abundance(writer: LoadWriter, study_id: str, abundance: Abundance) -> None:
    study = pl.lit(study_id).alias("study_id")
    writer.insert_features(study_id, abundance.features)
    long = abundance.values.sort(GENE).unpivot(
        index=GENE, variable_name="sample_id", value_name="value"
    )
    writer.insert(
        "raw.abundances",
        long.with_columns(study, pl.lit(abundance.unit).alias("unit")).sort(GENE),
    )


def _write_profiles(con: duckdb.DuckDBPyConnection, writer: LoadWriter, study: StudyData) -> None:
    profiles = study.profiles.rename({"library_size": "file_column_sum"}).with_columns(
        pl.lit(study.definition.id).alias("study_id")
    )
    if study.reading.estimated_totals is not None:
        profiles = profiles.join(study.reading.estimated_totals, on="sample_id", how="left")
    loaded = read_frame(
        con,
        "select sample_id, cast(sum(count) as bigint) as library_size "
        "from raw.counts where load_id = $1 group by sample_id",
        [writer.load_id],
    )
    writer.insert("raw.sample_profiles", profiles.join(loaded, on="sample_id", how="left"))
    _require_equal_totals(con, writer.load_id)


def _require_equal_totals(con: duckdb.DuckDBPyConnection, load_id: str) -> None:
    """Refuse to commit unless what is in the table sums to what the file summed to."""
    differing = con.execute(
        "select sample_id, library_size, file_column_sum from raw.sample_profiles "
        "where load_id = $1 and library_size is distinct from file_column_sum",
        [load_id],
    ).fetchall()
    if differing:
        sample, loaded, in_file = differing[0]
        raise DataError(
            f"{loaded} reads of sample {sample} were loaded but its counts sum to {in_file}; "
            "nothing was kept. Please report this."
        )
