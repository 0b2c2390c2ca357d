"""A table as a file: CSV and Excel that no spreadsheet takes for formulas, and Parquet."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import polars as pl
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

# An Excel sheet ends at row 1,048,576; one is the header.
MOST_SHEET_ROWS: Final = 1_048_575

_LONGEST_CELL: Final = 32_767
_LARGEST_EXACT: Final = 2**53
_WIDEST_COLUMN: Final = 60
# What a spreadsheet takes for the begin of a formula, or skips before it looks for one.
_STARTS_FORMULA: Final = r"^[=+\-@\t\r\n]"


def table_bytes(frame: pl.DataFrame, ending: str, about: Mapping[str, str]) -> bytes:
    """Return a frame as ``csv``, ``parquet`` or ``xlsx``.

    Parameters
    ----------
    about
        What the second sheet of a workbook says of the table: release and filters.
    """
    if ending == "csv":
        return as_csv(frame)
    if ending == "xlsx":
        return as_workbook(frame, about)
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def as_csv(frame: pl.DataFrame) -> bytes:
    """Return a frame as CSV in which no text begins a formula.

    Text, and the name of a column, that begins with ``= + - @``, a tab or a line break gets an
    apostrophe before it; numbers stay numbers. `imid sql --format csv` writes for programs and
    leaves text as it is.
    """
    safe = flat(frame).with_columns(
        pl.when(pl.col(pl.String).str.contains(_STARTS_FORMULA))
        .then("'" + pl.col(pl.String))
        .otherwise(pl.col(pl.String))
        .name.keep()
    )
    safe.columns = [
        f"'{name}" if re.match(_STARTS_FORMULA, name) else name for name in safe.columns
    ]
    return safe.write_csv().encode()


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with lists, structures and bytes as text."""
    odd = [name for name, kind in frame.schema.items() if kind.is_nested() or kind == pl.Binary]
    return frame.with_columns(
        pl.Series(name, [None if cell is None else _words(cell) for cell in frame[name].to_list()])
        .cast(pl.String)
        for name in odd
    )  # fmt: skip


def _words(cell: object) -> str:
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def as_workbook(frame: pl.DataFrame, about: Mapping[str, str]) -> bytes:
    """Return a frame as an Excel workbook: text as text, numbers as numbers, nothing computed.

    Raises
    ------
    ValueError
        If it has more rows than a sheet.
    """
    if frame.height > MOST_SHEET_ROWS:
        raise ValueError(f"a sheet holds {MOST_SHEET_ROWS} rows, not {frame.height}")
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with Workbook(buffer, options) as book:
        # The format "text" keeps a gene name from becoming a date when its cell is edited.
        styles = {
            "text": book.add_format({"num_format": "@"}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "head": book.add_format({"bold": True, "num_format": "@", "bottom": 1}),
        }
        sheet = book.add_worksheet("Table")
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(flat(frame).iter_columns()):
            sheet.write_string(0, place, column.name[:_LONGEST_CELL], styles["head"])
            sheet.set_column(place, place, _width(column))
            for row, cell in enumerate(column.to_list(), start=1):
                _write_cell(sheet, row, place, cell, styles)
        if frame.width:
            sheet.autofilter(0, 0, frame.height, frame.width - 1)
        notes = book.add_worksheet("About")
        notes.set_column(0, 0, 24)
        notes.set_column(1, 1, 90)
        for row, (name, value) in enumerate(about.items()):
            notes.write_string(row, 0, name, styles["head"])
            notes.write_string(row, 1, value[:_LONGEST_CELL], styles["text"])
    return buffer.getvalue()


def _width(column: pl.Series) -> int:
    longest = column.head(200).cast(pl.String, strict=False).str.len_chars().max()
    return min(_WIDEST_COLUMN, max(8, len(column.name), int(str(longest or 0))) + 2)


def _write_cell(
    sheet: Worksheet, row: int, place: int, cell: object, styles: Mapping[str, Any]
) -> None:
    """Write one value by its type; what Excel has no exact number for is written as text."""
    match cell:
        case None:
            return
        case bool():
            sheet.write_boolean(row, place, cell)
        case int() if abs(cell) <= _LARGEST_EXACT:
            sheet.write_number(row, place, cell)
        case float() if math.isfinite(cell):
            sheet.write_number(row, place, cell)
        case Decimal() if cell.is_finite() and abs(cell) <= _LARGEST_EXACT:
            sheet.write_number(row, place, float(cell))
        case dt.datetime():
            sheet.write_datetime(row, place, cell.replace(tzinfo=None), styles["time"])
        case dt.date():
            sheet.write_datetime(row, place, cell)
        case _:
            sheet.write_string(row, place, str(cell)[:_LONGEST_CELL], styles["text"])
