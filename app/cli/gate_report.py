"""``imid ingest --report``: the gate's results as HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.cli.loading import ingest_one
from app.cli.report import Reporter
from ingest.gate import GateError
from ingest.report import GateReport, read_reports, write_report
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError, UsageError
from warehouse.home import Home

_INDEX: Final = "index.html"
_TITLE: Final = "What the quality gate said"


def report_loads(home: Home, folder: Path, report: Reporter) -> None:
    """Write a page on every load that stands.

    Raises
    ------
    UsageError
        If the folder's name is that of a file.
    DataError
        If nothing is loaded.
    """
    if folder.is_file():
        raise UsageError(f"a folder was expected, but {folder} is a file.")
    loads = _read(home)
    if not loads:
        raise DataError(f"nothing is loaded in {home.root} yet.")
    write_report(folder / _INDEX, _TITLE, loads)
    report.done(f"reported  {folder / _INDEX} ({len(loads)} loads)", path=folder / _INDEX)


def ingest_with_report(home: Home, kind: str, path: Path, target: Path, report: Reporter) -> None:
    """Load one source and write a page on it, also if the gate refuses it.

    Raises
    ------
    UsageError
        If the page's name is that of a folder.
    DataError
        If the source is refused; the warehouse is then as it was.
    """
    if target.is_dir():
        raise UsageError(f"a file was expected, but {target} is a folder.")
    try:
        outcome = ingest_one(home, kind, path, report)
    except GateError as refusal:
        about = f"Refused, and the warehouse is as it was: {refusal}"
        refused = GateReport(f"{kind} {path.parent.name}/{path.name}", about, refusal.validations)
        write_report(target, _TITLE, [refused])
        report.done(f"reported  {target}", path=target)
        raise
    write_report(target, _TITLE, _read(home, outcome.load_id))
    report.done(f"reported  {target}", path=target)


def _read(home: Home, load_id: str | None = None) -> list[GateReport]:
    with write_lock(home, "report"), open_working(home) as con:
        return read_reports(con, load_id)
