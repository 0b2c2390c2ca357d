"""Loading sources: one that is named, or all that the warehouse's project lists."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

import duckdb

from app.cli.project import ASSAY, CTCAE, GENES, STUDY, TRIAL, Project, Source, source_path
from app.cli.report import Reporter
from app.cli.trials import load_trials
from ingest.assay.load import ingest_assay
from ingest.ctcae import ingest_ctcae
from ingest.curated.kinds import KINDS
from ingest.curated.load import ingest_curated
from ingest.gene_sets import GENE_SETS, ingest_gene_sets
from ingest.genes import ingest_genes
from ingest.remove import remove
from ingest.study.identity import unknown_genes
from ingest.study.load import ingest_study
from ingest.subjects import LoadedFor
from ingest.yamlfile import read_yaml_mapping
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import Home
from warehouse.ledger import LoadOutcome


def ingest_one(home: Home, kind: str, path: Path, report: Reporter) -> LoadOutcome:
    """Load one source of any kind.

    Raises
    ------
    DataError
        If it is refused; the warehouse is then as it was.
    """
    with write_lock(home, "ingest"), open_working(home) as con:
        return _ingest(con, home, kind, path, report)


def _ingest(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    kind: str,
    path: Path,
    report: Reporter,
    listed: Collection[Path] | None = None,
) -> LoadOutcome:
    started = time.perf_counter()
    loaded_for = LoadedFor(home, listed)
    if kind == STUDY:
        outcome = ingest_study(con, home, path)
    elif kind == GENES:
        outcome = ingest_genes(con, path, loaded_for)
    elif kind == GENE_SETS:
        outcome = ingest_gene_sets(con, path, loaded_for)
    elif kind == CTCAE:
        outcome = ingest_ctcae(con, path)
    elif kind == ASSAY:
        outcome = ingest_assay(con, path)
    else:
        outcome = ingest_curated(con, KINDS[kind], path, loaded_for)
    seconds = time.perf_counter() - started
    counted = "unchanged" if outcome.action == "unchanged" else f"{outcome.rows_loaded:,} rows"
    report.done(
        f"{outcome.action:<9} {kind} {path.parent.name}/{path.name}"
        + (f" ({counted}, {seconds:.1f} s)" if outcome.action != "unchanged" else "")
        + (
            f": {outcome.recognised_as}" if kind in {STUDY, ASSAY} and outcome.recognised_as else ""
        ),
        action=outcome.action,
        kind=kind,
        path=path,
        load_id=outcome.load_id,
        rows_loaded=outcome.rows_loaded,
        rows_refused=outcome.rows_refused,
        recognised_as=outcome.recognised_as,
        seconds=round(seconds, 3),
    )
    if outcome.rows_refused:
        many = "1 row" if outcome.rows_refused == 1 else f"{outcome.rows_refused:,} rows"
        report.note(f"note: {many} refused; ops.rejected_rows says why")
    for warning in outcome.warnings:
        where = f" ({warning.unexpected_keys})" if warning.unexpected_keys else ""
        report.note(f"warning: {warning.meaning}{where}")
    unknown = unknown_genes(con, outcome.load_id) if kind == STUDY else None
    if unknown is not None:
        report.note(f"note: {unknown.sentence}")
    return outcome


def remove_one(home: Home, kind: str, subject: str, report: Reporter) -> None:
    """Take one load out.

    Raises
    ------
    DataError
        If nothing of that kind and subject is loaded.
    """
    with write_lock(home, "ingest remove"), open_working(home) as con:
        load_id = remove(con, home, kind, subject)
    report.done(f"removed   {kind} {subject}", action="removed", kind=kind, load_id=load_id)


def ingest_listed(
    home: Home, project: Project, report: Reporter, studies: Collection[str] = ()
) -> None:
    """Load every source that ``imid.yaml`` lists and that changed, or only some of its studies.

    Raises
    ------
    DataError
        If a source is refused, or a study that was asked for is not listed.
    """
    sources = _of_studies(home, project, studies) if studies else project.sources
    with (
        write_lock(home, "ingest"),
        open_working(home) as con,
        report.steps(len(sources), "ingest"),
    ):
        for source in sources:
            path = source_path(home, source)
            report.doing(f"ingest {source.kind} {path.name}")
            if source.kind == TRIAL:
                load_trials(con, [path], (), report)
            else:
                listed = [source_path(home, s) for s in project.sources if s.kind == source.kind]
                _ingest(con, home, source.kind, path, report, listed)


def _of_studies(home: Home, project: Project, studies: Collection[str]) -> list[Source]:
    listed = {
        _study_id(source_path(home, source)): source
        for source in project.sources
        if source.kind == STUDY
    }
    for study in studies:
        if study not in listed:
            names = ", ".join(filter(None, listed)) or "none"
            raise DataError(f"imid.yaml lists no study {study!r}; it lists {names}.")
    return [listed[study] for study in studies]


def _study_id(path: Path) -> str | None:
    """Return the id in a study.yaml, None where it cannot be read: loading it says why."""
    try:
        study = read_yaml_mapping(path, "study.yaml", "id").get("id")
    except (DataError, OSError):
        return None
    return study if isinstance(study, str) else None
