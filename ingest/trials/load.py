"""``imid ingest trial``: registry records to raw tables, one load per trial."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from ingest.gate import refuse_errors, validate
from ingest.trials.files import FoundRecord, read_records_of
from ingest.trials.frames import record_profile, record_rows
from ingest.trials.record import one_line
from ingest.trials.suite import REGISTRY_RECORDS
from warehouse.errors import DataError
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    LoadWriter,
    SourceFile,
    Validation,
    current_load,
    record_load,
)

KIND: Final = "trial"
# As many records as the gate names when they fail are judged at once.
_BATCH: Final = 20
_PROFILE: Final = {
    "nct_id": pl.String,
    "event_groups": pl.Int64,
    "events": pl.Int64,
    "events_without_count": pl.Int64,
    "groups_with_several_denominators": pl.Int64,
    "groups_without_deaths": pl.Int64,
    "threshold_pct": pl.Float64,
    "has_threshold_or_no_other_events": pl.Int64,
    "remarks": pl.Int64,
}


@dataclass(frozen=True)
class LoadedTrial:
    """What became of one record."""

    nct_id: str
    title: str
    events: int
    outcome: LoadOutcome


def ingest_trials(
    con: duckdb.DuckDBPyConnection, paths: Sequence[Path], only: Collection[str] = ()
) -> Iterator[LoadedTrial]:
    """Load the trials of registry files one by one; a record that is loaded already is skipped.

    Each trial is a load of its own, so a newer record replaces that trial's rows and no others,
    whichever form it comes in.

    Raises
    ------
    DataError
        If a file is no registry record or a record cannot be true. Trials yielded before stay
        loaded.
    """
    hashed: dict[Path, SourceFile] = {}
    records = read_records_of(paths, only)
    found_any = False
    for batch in _batches(records, _BATCH):
        found_any = True
        started = time.time()
        pending = []
        for found in batch:
            earlier = current_load(con, KIND, found.record.nct_id)
            if earlier and earlier[1] == found.record.content_sha256():
                yield _loaded(found, LoadOutcome(earlier[0], "unchanged", 0, 0))
            else:
                pending.append(found)
        if not pending:
            continue
        profiles = pl.DataFrame([record_profile(f.record) for f in pending], schema=_PROFILE)
        validations = validate(profiles, REGISTRY_RECORDS)
        refuse_errors(validations, pending[0].path)
        for found in pending:
            if found.path not in hashed:
                hashed[found.path] = SourceFile.read(KIND, found.path)
            own = [_of_record(v, found.record.nct_id) for v in validations]
            yield _loaded(found, _load(con, found, hashed[found.path], own, started))
    if not found_any:
        raise DataError("no record asked for is in these files.", paths[0])


def _batches(records: Iterator[FoundRecord], size: int) -> Iterable[list[FoundRecord]]:
    while batch := list(islice(records, size)):
        yield batch


def _loaded(found: FoundRecord, outcome: LoadOutcome) -> LoadedTrial:
    record = found.record
    title = one_line(record.acronym or record.brief_title)
    return LoadedTrial(record.nct_id, title, len(record.events), outcome)


def _of_record(validation: Validation, nct_id: str) -> Validation:
    """Return a batch's outcome as that of one of its records."""
    if validation.is_success or nct_id in (validation.unexpected_keys or ""):
        return replace(validation, unexpected_keys=None if validation.is_success else nct_id)
    return replace(validation, is_success=True, observed=None, unexpected_keys=None)


def _load(
    con: duckdb.DuckDBPyConnection,
    found: FoundRecord,
    file: SourceFile,
    validations: Sequence[Validation],
    started: float,
) -> LoadOutcome:
    rows = record_rows(found.record, found.path)
    request = LoadRequest(
        kind=KIND,
        subject=found.record.nct_id,
        source_path=found.path.resolve(),
        files=[file],
        content_sha256=found.record.content_sha256(),
        rows_in=rows.rows_in,
        recognised_as=found.record.form,
        validations=validations,
        rejected=rows.rejected,
        started=started,
    )

    def write(writer: LoadWriter) -> None:
        for table, frame in rows.frames.items():
            writer.insert(table, frame)

    return record_load(con, request, write)
