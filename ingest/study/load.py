"""``imid ingest study``: files to raw tables in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from ingest.gate import refuse_errors, validate
from ingest.study.definition import StudyDefinition, read_definition
from ingest.study.design import PlannedContrast, plan_contrasts
from ingest.study.matrix import GENE, CountMatrix, read_count_matrix
from ingest.study.samples import SampleSheet, read_sample_sheet
from ingest.suites import CONTRASTS, SAMPLE_PROFILES, SAMPLE_SHEET
from warehouse.errors import DataError
from warehouse.frames import read_frame
from warehouse.home import Home
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    LoadWriter,
    SourceFile,
    Validation,
    content_hash,
    current_load,
    record_load,
)

KIND = "study"


@dataclass(frozen=True)
class StudyData:
    """A study as read and checked, ready to be written."""

    definition: StudyDefinition
    sheet: SampleSheet
    matrix: CountMatrix
    contrasts: list[PlannedContrast]
    profiles: pl.DataFrame


def ingest_study(con: duckdb.DuckDBPyConnection, home: Home, path: Path) -> LoadOutcome:
    """Load one study; the same content again is a no-op.

    Raises
    ------
    DataError
        If any of its files is not as it must be; the warehouse is then unchanged.
    """
    started = time.time()
    definition = read_definition(path)
    files = _source_files(path, definition)
    content = content_hash(files)
    earlier = current_load(con, KIND, definition.id)
    if earlier and earlier[1] == content:
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    study = read_study(path, definition)
    validations = gate_study(study)
    refuse_errors(validations, path)
    counts_file = next(f for f in files if f.role == "counts")
    landed = home.landed / f"{definition.id}-{counts_file.sha256[:16]}.parquet"
    _land(study.matrix.counts, landed)
    request = LoadRequest(
        kind=KIND,
        subject=definition.id,
        source_path=path.resolve(),
        files=files,
        content_sha256=content,
        rows_in=study.matrix.counts.height,
        recognised_as="delimited count matrix, genes in rows",
        validations=validations,
        started=started,
    )
    outcome = record_load(
        con, request, lambda writer: _write(con, writer, study, counts_file.sha256, landed)
    )
    for other in home.landed.glob(f"{definition.id}-*.parquet"):
        if other != landed:
            other.unlink()
    return outcome


def read_study(path: Path, definition: StudyDefinition) -> StudyData:
    """Read a study's files and check them against each other.

    Raises
    ------
    DataError
        Naming file, line and column of the first fault.
    """
    sheet = read_sample_sheet(path.parent / definition.samples, definition.sample_id_column)
    contrasts = plan_contrasts(path, definition, sheet)
    matrix = read_count_matrix(
        path.parent / definition.counts,
        sheet.ids,
        gene_id_column=definition.gene_id_column,
        ignore_columns=definition.ignore_columns,
    )
    return StudyData(definition, sheet, matrix, contrasts, profile_samples(matrix.counts))


def profile_samples(counts: pl.DataFrame) -> pl.DataFrame:
    """Sum a wide count matrix up to one row per sample.

    Returns
    -------
    polars.DataFrame
        ``sample_id, genes, genes_detected, library_size, max_count``.
    """
    samples = [c for c in counts.columns if c != GENE]
    return pl.DataFrame(
        {
            "sample_id": samples,
            "genes": [counts.height] * len(samples),
            "genes_detected": [int((counts[s] > 0).sum()) for s in samples],
            "library_size": [int(counts[s].sum()) for s in samples],
            "max_count": [counts[s].max() for s in samples],
        }
    )


def gate_study(study: StudyData) -> list[Validation]:
    """Validate profiles, sample sheet and contrasts with their suites."""
    arms = pl.DataFrame(
        {
            "contrast_id": [c.contrast_id for c in study.contrasts],
            "n_numerator": [_in_arm(c, "numerator") for c in study.contrasts],
            "n_denominator": [_in_arm(c, "denominator") for c in study.contrasts],
        }
    )
    return [
        *validate(study.profiles, SAMPLE_PROFILES),
        *validate(study.sheet.typed, SAMPLE_SHEET),
        *validate(arms, CONTRASTS),
    ]


def _in_arm(contrast: PlannedContrast, arm: str) -> int:
    return contrast.samples.filter(pl.col("arm") == arm).height


def _source_files(path: Path, definition: StudyDefinition) -> list[SourceFile]:
    files = []
    for role, file in (
        ("study", path),
        ("samples", path.parent / definition.samples),
        ("counts", path.parent / definition.counts),
    ):
        if not file.is_file():
            raise DataError(f"the {role} file of {path} is missing.", file)
        files.append(SourceFile.read(role, file))
    return files


def _land(counts: pl.DataFrame, target: Path) -> None:
    """Write the wide matrix, sorted by gene; content-addressed, so an existing file is right."""
    if target.exists():
        return
    part = target.with_suffix(".part")
    counts.sort(GENE).write_parquet(part)
    part.rename(target)


def _write(
    con: duckdb.DuckDBPyConnection,
    writer: LoadWriter,
    study: StudyData,
    counts_sha256: str,
    landed: Path,
) -> None:
    d = study.definition
    study_id = pl.lit(d.id).alias("study_id")
    writer.insert(
        "raw.studies",
        pl.DataFrame(
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
                "landed_file": landed.name,
                "definition": d.model_dump_json(),
            }
        ),
    )
    writer.insert("raw.samples", study.sheet.typed.with_columns(study_id))
    writer.insert("raw.sample_attributes", study.sheet.long().with_columns(study_id))
    writer.insert("raw.features", study.matrix.features.with_columns(study_id))
    writer.insert(
        "raw.contrasts",
        pl.DataFrame(
            [
                {
                    "study_id": d.id,
                    "contrast_id": c.contrast_id,
                    "contrast_position": position,
                    "factor": c.factor,
                    "numerator": c.numerator,
                    "denominator": c.denominator,
                    "design": c.design,
                    "subset": c.subset,
                }
                for position, c in enumerate(study.contrasts, start=1)
            ]
        ),
    )
    for c in study.contrasts:
        writer.insert(
            "raw.contrast_samples",
            c.samples.with_columns(study_id, pl.lit(c.contrast_id).alias("contrast_id")),
        )
    writer.insert_counts(d.id, study.matrix.counts, GENE)
    writer.insert(
        "raw.sample_profiles",
        study.profiles.rename({"library_size": "file_column_sum"})
        .with_columns(study_id)
        .join(_loaded_library_sizes(con, writer.load_id), on="sample_id", how="left"),
    )
    _require_equal_totals(con, writer.load_id, Path(d.counts))


def _loaded_library_sizes(con: duckdb.DuckDBPyConnection, load_id: str) -> pl.DataFrame:
    return read_frame(
        con,
        "select sample_id, cast(sum(count) as bigint) as library_size "
        "from raw.counts where load_id = $1 group by sample_id",
        [load_id],
    )


def _require_equal_totals(con: duckdb.DuckDBPyConnection, load_id: str, path: Path) -> None:
    """Refuse to commit unless what is in the table sums to what the file summed to."""
    differing = con.execute(
        "select sample_id, library_size, file_column_sum from raw.sample_profiles "
        "where load_id = $1 and library_size is distinct from file_column_sum",
        [load_id],
    ).fetchall()
    if differing:
        sample, loaded, in_file = differing[0]
        raise DataError(
            f"{loaded} reads were loaded but the file's column sums to {in_file}; nothing was "
            "kept. Please report this.",
            path,
            column=sample,
        )
