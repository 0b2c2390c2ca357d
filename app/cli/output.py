"""Writing results for a person or a script."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from app.cli.freshness import freshness_words
from warehouse.home import Home


def format_table(frame: pl.DataFrame) -> str:
    """Return rows as an aligned text table that shows every row and full numbers."""
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_formatting="UTF8_BORDERS_ONLY",
        tbl_hide_column_data_types=True,
        tbl_hide_dataframe_shape=True,
        fmt_str_lengths=200,
        tbl_width_chars=-1,
        float_precision=None,
    ):
        rows = "row" if frame.height == 1 else "rows"
        return f"{frame}\n{frame.height} {rows}\n"


def print_lines(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    for line in lines:
        sys.stdout.write(f"{line}\n")


def print_built(home: Home, release: Path) -> None:
    """Say what was built and where, and what to do next."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"warehouse {home.root}")
    console.print(f"release   {release} ({release.stat().st_size / 1e6:.1f} MB)")
    console.print('next      imid sql "select * from mart_regimen_safety"   or   imid app')


def print_status(report: dict[str, Any]) -> None:
    """Print what ``imid status`` found, a line per load, build and failed check."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"warehouse {report['home']}")
    age = f", {report['release_age_days']:.1f} days old" if report["release_age_days"] else ""
    console.print(f"release   {report['release'] or 'none published yet'}{age}")
    console.print(f"health    {report['health']}")
    if report["busy"]:
        console.print(f"busy      {report['busy']} What follows is of the release.")
    _print_section(
        console,
        "freshness",
        [
            f"{row['state']}: {freshness_words(row)}"
            for row in report["freshness"]
            if row["state"] != "ok" or row["warn_days"] or row["error_days"]
        ],
    )
    if report["last_run"]:
        run = report["last_run"]
        _print_section(
            console,
            "last run",
            [f"{run['run_id']} {run['status']} in {run['seconds']:,.1f} s: {run['message']}"]
            + [f"  {s['seconds']:>8,.1f} s  {s['step']}: {s['message']}" for s in run["steps"]],
        )
    _print_section(
        console,
        "loads",
        [
            f"{r['loaded_at_utc']} UTC  {r['kind']} {r['subject']}: {r['rows']:,} rows"
            + (f", {r['refused']:,} refused" if r["refused"] else "")
            for r in report["loads"]
        ],
    )
    _print_section(
        console,
        "builds, newest first",
        [
            f"{r['build_id']}  {r['status']} in {r['seconds']} s: {r['models']} models, tests "
            f"{r['tests_passed']} passed, {r['tests_warned']} warned, {r['tests_failed']} failed"
            for r in report["builds"]
        ],
    )
    _print_section(
        console,
        "checks not met",
        [
            f"{r['severity']}: {r['kind']} {r['subject']}: {r['meaning']}"
            + (f" ({r['unexpected_keys']})" if r["unexpected_keys"] else "")
            for r in report["failed_checks"]
        ],
    )
    _print_section(
        console,
        "names that lead to no single gene, as last built",
        [
            f"{r['study']}: {r['genes']:,} {r['reason']}, such as {r['first']}"
            for r in report["unresolved_genes"]
        ],
    )


def _print_section(console: Console, title: str, lines: list[str]) -> None:
    console.print(f"\n{title}", style="bold")
    for line in lines or ["none"]:
        console.print(f"  {line}", markup=False)
