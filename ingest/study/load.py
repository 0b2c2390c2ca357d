"""``imid ingest study``: files to raw tables in one transaction."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from ingest.gate import import_ahead, refuse_errors, validate
from ingest.study.definition import StudyDefinition, read_definition
from ingest.study.design import PlannedContrast, plan_contrasts
from ingest.study.forms import companions_of, form_called, recognise
from ingest.study.forms.base import Reading
from ingest.study.matrix import GENE
from ingest.study.results import READING, DeResults, read_results
from ingest.study.samples import read_sample_sheet
from ingest.study.sources import CountFiles, count_files, counts_hash, source_files
from ingest.study.write import StudyData, write_study
from ingest.suites import CONTRASTS, DE_RESULT_SETS, FEATURES, SAMPLE_PROFILES, SAMPLE_SHEET
from warehouse.errors import DataError
from warehouse.home import Home
from warehouse.landed import land, landed_counts, landed_files, landed_names, lengths_beside
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    Validation,
    content_hash,
    current_load,
    record_load,
)

KIND: Final = "study"


def ingest_study(con: duckdb.DuckDBPyConnection, home: Home, path: Path) -> LoadOutcome:
    """Load one study; the same content again is a no-op.

    Raises
    ------
    DataError
        If any of its files is not as it must be; the warehouse is then unchanged.
    """
    started = time.time()
    definition = read_definition(path)
    counts = count_files(path, definition)
    files = source_files(path, definition, counts, companions_of(counts.paths))
    content = content_hash(files, *([READING] if definition.de_results else []))
    earlier = current_load(con, KIND, definition.id)
    if earlier and earlier[1] == content and _is_landed(con, home, earlier[0]):
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    study = read_study(path, definition, counts)
    validations = gate_study(study)
    refuse_errors(validations, path)
    landed = landed_counts(home, definition.id, content)
    if study.reading.matrix is not None:
        land(study.reading.matrix.counts, landed)
    if study.reading.lengths is not None:
        land(study.reading.lengths, lengths_beside(landed))
    request = LoadRequest(
        kind=KIND,
        subject=definition.id,
        source_path=path.resolve(),
        files=files,
        content_sha256=content,
        rows_in=study.rows + len(study.rejected),
        recognised_as=study.recognised,
        validations=validations,
        rejected=study.rejected,
        started=started,
    )
    digest = counts_hash(files, definition)
    outcome = record_load(
        con, request, lambda writer: write_study(con, writer, study, digest, landed)
    )
    for other in landed_files(home, definition.id):
        if other not in {landed, lengths_beside(landed)}:
            other.unlink()
    return outcome


def _is_landed(con: duckdb.DuckDBPyConnection, home: Home, load_id: str) -> bool:
    """Return whether the matrix of a load is where fits read it; else it is landed again."""
    names = landed_names(con, load_id)
    return all((home.landed / name).exists() for _, name in names)


def read_study(path: Path, definition: StudyDefinition, counts: CountFiles) -> StudyData:
    """Read a study's files and check them against each other.

    Raises
    ------
    DataError
        Naming file, line and column of the first fault.
    """
    results = _read_results(path, definition)
    if definition.samples is None:
        _require_lengths(path, definition, Reading())
        return StudyData(definition, None, Reading(), [], pl.DataFrame(), results)
    sheet = read_sample_sheet(path.parent / definition.samples, definition.sample_id_column)
    contrasts = plan_contrasts(path, definition, sheet)
    if not counts.paths:
        _require_lengths(path, definition, Reading())
        return StudyData(definition, sheet, Reading(), [], pl.DataFrame(), results)
    import_ahead()
    form = (
        form_called(definition.format, path)
        if definition.format
        else recognise(counts.paths, sheet.ids)
    )
    reading = form.read(counts.paths, sheet.ids, counts.options)
    if reading.matrix is not None:
        reading = reading.by_gene()
    _require_lengths(path, definition, reading)
    profiles = profile_samples(reading)
    if reading.abundance is not None:
        reason = (
            f"the files hold {reading.abundance.unit}, not counts; differential expression needs "
            "the counts that it was computed from"
        )
        return StudyData(definition, sheet, reading, [], profiles, results, reason)
    undecided = None if contrasts else "study.yaml states no contrasts yet"
    return StudyData(definition, sheet, reading, contrasts, profiles, results, undecided)


def _read_results(path: Path, definition: StudyDefinition) -> list[DeResults]:
    slugs = [c.slug() for c in definition.contrasts]
    slugs += [results.slug() for results in definition.de_results]
    twice = next((slug for slug in slugs if slugs.count(slug) > 1), None)
    if definition.de_results and twice:
        raise DataError(
            f"two contrasts are called {definition.id}.{twice}; give one a name.",
            path,
            column="de_results",
        )
    return [read_results(path, results) for results in definition.de_results]


def _require_lengths(path: Path, definition: StudyDefinition, reading: Reading) -> None:
    """Refuse normalisation by lengths that are not there, or that are in the counts already."""
    if definition.normalisation != "lengths":
        return
    if definition.engine == "pydeseq2":
        problem = "unaltered pydeseq2 has size factors only; leave out engine: pydeseq2."
    elif definition.transcript_counts != "sum":
        problem = (
            "the counts are scaled by transcript lengths already (transcript_counts: "
            f"{definition.transcript_counts}), and must not be corrected for them again."
        )
    elif reading.lengths is None:
        problem = (
            "the count files state no transcript lengths; salmon's, kallisto's and RSEM's own "
            "files do."
        )
    else:
        return
    raise DataError(f"lengths cannot normalise this study: {problem}", path, column="normalisation")


def profile_samples(reading: Reading) -> pl.DataFrame:
    """Sum a wide count matrix up to one row per sample.

    Returns
    -------
    polars.DataFrame
        ``sample_id, genes, genes_detected, library_size, max_count``; no rows without counts.
    """
    if reading.matrix is None:
        return pl.DataFrame()
    counts = reading.matrix.counts
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
    """Validate profiles, gene names, sample sheet and contrasts with their suites."""
    arms = pl.DataFrame(
        {
            "contrast_id": [c.contrast_id for c in study.contrasts],
            "n_numerator": [_in_arm(c, "numerator") for c in study.contrasts],
            "n_denominator": [_in_arm(c, "denominator") for c in study.contrasts],
        }
    )
    sets = pl.DataFrame(
        [
            {
                "contrast_id": f"{study.definition.id}.{r.definition.slug()}",
                "result_rows": r.rows.height,
                "has_padj": "padj" in r.rows.columns,
                "is_excerpt": r.definition.excerpt,
                "rows_refused": len(r.rejected),
            }
            for r in study.results
        ]
    )
    return [
        *validate(sets, DE_RESULT_SETS),
        *validate(study.profiles, SAMPLE_PROFILES),
        *validate(study.reading.features, FEATURES),
        *(validate(study.sheet.typed, SAMPLE_SHEET) if study.sheet is not None else ()),
        *(study.sheet.warnings if study.sheet is not None else ()),
        *validate(arms, CONTRASTS),
        *_not_analysed(study),
    ]


def _not_analysed(study: StudyData) -> list[Validation]:
    """Return the warning that a study is visible but not compared, where that is so."""
    if study.not_analysed_reason is None:
        return []
    reason = study.not_analysed_reason
    return [
        Validation(
            suite="quantity",
            suite_version=1,
            expectation=(
                "counts_for_differential_expression"
                if study.reading.matrix is None
                else "contrasts_stated"
            ),
            column_name=None,
            severity="warning",
            is_success=False,
            observed=study.reading.recognised,
            unexpected_keys=None,
            meaning=f"No contrast is computed: {reason}.",
        )
    ]


def _in_arm(contrast: PlannedContrast, arm: str) -> int:
    return contrast.samples.filter(pl.col("arm") == arm).height
