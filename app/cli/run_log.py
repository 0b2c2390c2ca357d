"""A run as machines read it: JSON lines, a rotating log, the ledger's steps, a notification."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import Any, Final

import duckdb
import polars as pl

from app.cli.report import Reporter
from warehouse.connections import open_working, write_lock
from warehouse.errors import ImidError
from warehouse.faults import fault_sentence
from warehouse.frames import insert_frame
from warehouse.home import Home

LOG_NAME: Final = "imid.log"
_LOG_BYTES: Final = 5_000_000
_LOGS_KEPT: Final = 5
# Long enough for a slow mail relay, short enough for the next scheduled run.
HOOK_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True)
class RunStep:
    """One step as it is logged: what, how it ended, seconds since the step before, rows."""

    run_id: str
    step: str
    status: str
    seconds: float
    rows: int | None
    message: str
    finished_at: str


@dataclass
class RunReporter(Reporter):
    """Reports a run's steps and keeps them: in ``logs/imid.log`` at once, in ``ops`` when asked.

    ``step`` of a line is the phase (``ingest``, ``analyze``, ``build``, ``run``, ``notify``),
    ``message`` the sentence that a person reads.
    """

    home: Home = field(kw_only=True)
    run_id: str = field(default_factory=lambda: new_run_id())

    def __post_init__(self) -> None:
        super().__post_init__()
        self.run_steps: list[RunStep] = []
        self._last = self._started = time.perf_counter()
        self._log = _open_log(self.home)

    def done(self, text: str, **fields: object) -> None:
        """Report a finished step to the screen, the log and the ledger."""
        self._record(text, _status(text, fields), fields)

    def note(self, text: str) -> None:
        """Say and log something that is no step, such as a warning."""
        self._log.warning(json.dumps({**self._stamp(), "status": "warning", "message": text}))
        super().note(text)

    def finish(self, status: str, message: str) -> None:
        """Report the end of the run: the last step, with the seconds of the whole."""
        self.phase = "run"
        self._last = self._started
        self._record(message, status, {})

    def close(self) -> None:
        """Close the log file."""
        for handler in self._log.handlers:
            handler.close()

    def _stamp(self) -> dict[str, Any]:
        return {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "run_id": self.run_id,
            "step": self.phase,
        }

    def _record(self, text: str, status: str, fields: dict[str, object]) -> None:
        now = time.perf_counter()
        rows = fields.get("rows_loaded", fields.get("rows"))
        step = RunStep(
            run_id=self.run_id,
            step=self.phase,
            status=status,
            seconds=round(now - self._last, 3),
            rows=rows if isinstance(rows, int) else None,
            message=" ".join(text.split()),
            finished_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        self._last = now
        self.run_steps.append(step)
        line = {**fields, **asdict(step)}
        self._log.info(json.dumps({**self._stamp(), **line}, default=str))
        super().done(text, **line)


def new_run_id() -> str:
    """Return an id that sorts by time and that two runs of one moment do not share."""
    return f"run_{datetime.now(UTC):%Y%m%dT%H%M%SZ}_{uuid.uuid4().hex[:8]}"


def save_steps(report: RunReporter) -> None:
    """Keep the run's steps in ``ops.run_steps``, where ``imid status`` finds them.

    A warehouse that another process holds, or that cannot be opened, is no reason to fail a run
    that is over: the log file has the same steps.
    """
    frame = pl.DataFrame(
        {
            "run_id": [step.run_id for step in report.run_steps],
            "position": range(1, len(report.run_steps) + 1),
            "step": [step.step for step in report.run_steps],
            "status": [step.status for step in report.run_steps],
            "finished_at": [
                datetime.fromisoformat(step.finished_at).replace(tzinfo=None)
                for step in report.run_steps
            ],
            "duration_s": [step.seconds for step in report.run_steps],
            "rows_affected": [step.rows for step in report.run_steps],
            "message": [step.message for step in report.run_steps],
        },
        schema_overrides={"rows_affected": pl.Int64},
    )
    try:
        with write_lock(report.home, "run log", wait_s=10), open_working(report.home) as con:
            insert_frame(con, "ops.run_steps", frame)
    except ImidError as error:
        report.note(f"warning: the run's steps are in {LOG_NAME} only ({error})")
    except (OSError, duckdb.Error) as error:
        report.note(f"warning: the run's steps are in {LOG_NAME} only ({fault_sentence(error)})")


def notify(report: RunReporter, command: Sequence[str], step: str, status: str) -> None:
    """Run the project's notification command, without a shell; its failure is only reported.

    The environment says what happened: ``IMID_RUN_ID``, ``IMID_STATUS``, ``IMID_STEP``,
    ``IMID_MESSAGE``, ``IMID_HOME``.
    """
    if not command:
        return
    message = report.run_steps[-1].message if report.run_steps else ""
    environment = {
        **os.environ,
        "IMID_HOME": str(report.home.root),
        "IMID_RUN_ID": report.run_id,
        "IMID_STATUS": status,
        "IMID_STEP": step,
        "IMID_MESSAGE": message,
    }
    report.phase = "notify"
    try:
        outcome = subprocess.run(  # noqa: S603
            list(command),
            cwd=report.home.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=HOOK_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        problem = f"it took longer than {HOOK_TIMEOUT_S:g} s and was ended"
    except (OSError, ValueError) as error:
        problem = str(error)
    else:
        if outcome.returncode == 0:
            report.done(f"notified  {command[0]}")
            return
        last = (outcome.stderr.strip().splitlines() or ["no message"])[-1]
        problem = f"exit code {outcome.returncode}: {last[:300]}"
    report.done(f"failed    notification by {command[0]}: {problem}", error=problem)


def _status(text: str, fields: dict[str, object]) -> str:
    if "error" in fields:
        return "failed"
    if fields.get("action") == "unchanged" or text.startswith("unchanged"):
        return "unchanged"
    return "done"


class _LogFile(RotatingFileHandler):
    """A log file whose failing, on a full disk say, is no traceback and ends no run."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Leave the line out; what was to be said is on the screen."""


def _open_log(home: Home) -> logging.Logger:
    home.create()
    # A logger of its own for every run: one process may run two homes, as tests do.
    log = logging.Logger("imid.run", logging.INFO)
    handler = _LogFile(
        home.logs / LOG_NAME, maxBytes=_LOG_BYTES, backupCount=_LOGS_KEPT, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    return log
