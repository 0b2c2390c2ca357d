"""Writing results for a person or a script."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from warehouse.errors import UsageError
from warehouse.home import Home


def write_frame(frame: pl.DataFrame, fmt: str, out: Path | None) -> None:
    """Write rows as ``table``, ``csv``, ``json`` or ``parquet`` to a file or standard output.

    Raises
    ------
    UsageError
        If Parquet is to go to a terminal.
    """
    if fmt == "table":
        text = format_table(frame)
    elif fmt == "csv":
        text = frame.write_csv()
    elif fmt == "json":
        text = json.dumps(frame.to_dicts(), default=str, ensure_ascii=False) + "\n"
    else:
        if out is None and sys.stdout.isatty():
            raise UsageError("Parquet is binary; name a file with --out or pipe it on.")
        frame.write_parquet(out if out is not None else sys.stdout.buffer)
        return
    if out is not None:
        out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


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


def print_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    json.dump(value, sys.stdout, default=str, indent=2)
    sys.stdout.write("\n")


def print_built(home: Home, release: Path) -> None:
    """Say what was built and where, and what to do next."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"warehouse {home.root}")
    console.print(f"release   {release} ({release.stat().st_size / 1e6:.1f} MB)")
    console.print("next      imid sql \"select * from mart_regimen_safety\"   or   imid app")


def print_status(report: dict[str, Any]) -> None:
    """Print what ``imid status`` found."""
    console = Console(highlight=False)
    console.print(f"warehouse {report['home']}")
    console.print(f"release   {report['release'] or 'none published yet'}")
    for title, rows in (
        ("loads", report["loads"]),
        ("builds", report["builds"]),
        ("checks that failed", report["failed_checks"]),
    ):
        console.print(f"\n{title}", style="bold")
        if not rows:
            console.print("  none")
            continue
        table = Table(box=None, pad_edge=False)
        for column in rows[0]:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*("" if v is None else str(v) for v in row.values()))
        console.print(table)
