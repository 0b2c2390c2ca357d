"""``imid ingest trial``: registry files, or NCT numbers fetched from the registry."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from app.cli.report import Reporter
from ingest.trials.fetch import fetch_record
from ingest.trials.load import KIND, ingest_trials
from ingest.trials.record import NCT_ID
from warehouse.connections import open_working, write_lock
from warehouse.errors import UsageError
from warehouse.home import Home


def ingest_trial_arguments(
    home: Home, given: Sequence[str], only: Sequence[str], refresh: bool, report: Reporter
) -> None:
    """Load what was named on the command line: files, folders and NCT numbers in any order.

    Records are fetched before the warehouse is locked, so that a slow registry holds nobody up.

    Raises
    ------
    UsageError
        If ``only`` holds something that is no NCT number.
    DataError
        If a record cannot be fetched or is refused.
    """
    wanted = [number.upper() for number in only]
    for number in wanted:
        if not NCT_ID.fullmatch(number):
            raise UsageError(f"--only takes NCT numbers such as NCT01234567, not {number!r}.")
    numbers = [text.upper() for text in given if re.fullmatch(r"(?i)nct\d{8}", text)]
    paths = [Path(text) for text in given if text.upper() not in numbers]
    with report.steps(len(numbers) + 1, "ingest trials"):
        fetched = []
        for number in numbers:
            path = fetch_record(home, number, report.doing, refresh=refresh)
            fetched.append(path)
            report.done(f"fetched   {number} ({path.stat().st_size / 1e3:,.0f} kB)", path=path)
        with write_lock(home, "ingest"), open_working(home) as con:
            for path in fetched:
                load_trials(con, [path], (), report)
            if paths:
                load_trials(con, paths, wanted, report)


def load_trials(
    con: duckdb.DuckDBPyConnection, paths: Sequence[Path], only: Sequence[str], report: Reporter
) -> None:
    """Load registry files and report each trial in them."""
    started = time.perf_counter()
    for trial in ingest_trials(con, paths, only):
        outcome = trial.outcome
        seconds, started = time.perf_counter() - started, time.perf_counter()
        counted = (
            ""
            if outcome.action == "unchanged"
            else f" ({outcome.rows_loaded:,} rows, {trial.events:,} adverse-event counts, "
            f"{seconds:.1f} s)"
        )
        report.done(
            f"{outcome.action:<9} {KIND} {trial.nct_id} {trial.title}{counted}",
            action=outcome.action,
            kind=KIND,
            nct_id=trial.nct_id,
            load_id=outcome.load_id,
            rows_loaded=outcome.rows_loaded,
            rows_refused=outcome.rows_refused,
            seconds=round(seconds, 3),
        )
        if outcome.rows_refused:
            report.note(f"warning: {outcome.rows_refused} rows refused; see ops.rejected_rows")
        for warning in outcome.warnings:
            report.note(f"warning: {trial.nct_id}: {warning.meaning}")
