"""``imid run`` as a scheduler calls it: recorded from start to end, and told about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from typing import Final

import duckdb
import polars as pl

from app.cli import steps
from app.cli.project import read_project
from app.cli.run_log import RunReporter, notify, save_steps
from app.cli.steps import PHASES, Built
from warehouse.errors import DataError, ImidError, UsageError
from warehouse.faults import fault_sentence
from warehouse.home import Home

_ENDS: Final = {"done": "on_success", "failed": "on_failure"}


def chosen_phases(text: str | None) -> frozenset[str]:
    """Return the phases that ``--only`` names, all of them by default.

    Raises
    ------
    UsageError
        If it names something else.
    """
    if text is None:
        return frozenset(PHASES)
    phases = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [phase for phase in phases if phase not in PHASES]
    if unknown or not phases:
        named = ", ".join(unknown) or "nothing"
        raise UsageError(f"--only takes {', '.join(PHASES)}, separated by commas, not {named}.")
    return frozenset(phases)


def run_scheduled(
    home: Home,
    *,
    as_json: bool,
    phases: Collection[str],
    studies: Sequence[str] = (),
    workers: int | None = None,
) -> Built | None:
    """Run the chosen phases; log every step, keep them in ``ops`` and call the project's hook.

    Raises
    ------
    ImidError
        What stopped the run, after the hook has been told.
    """
    report = RunReporter(as_json, home=home)
    status, message, built = "failed", "stopped before it was done", None
    try:
        built = steps.run(home, report, workers, phases, studies)
        status, message = "done", "run done"
    except ImidError as error:
        message = str(error)
        raise
    except (OSError, duckdb.Error, pl.exceptions.PolarsError) as error:
        message = fault_sentence(error)
        raise
    except KeyboardInterrupt:
        message = "interrupted"
        raise
    finally:
        phase = (report.phase or "run") if status == "failed" else "run"
        # Each is done even if one before it fails.
        with ExitStack() as ends:
            ends.callback(report.close)
            ends.callback(save_steps, report)
            ends.callback(notify, report, _hook(home, status), phase, status)
            report.finish(status, message)
    return built


def _hook(home: Home, status: str) -> Sequence[str]:
    try:
        project = read_project(home)
    except DataError:
        # An imid.yaml that cannot be read names no command; the run has said what is wrong.
        return ()
    return project.on_success if _ENDS[status] == "on_success" else project.on_failure
