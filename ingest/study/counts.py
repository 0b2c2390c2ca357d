"""Numbers in a count table: exact whole numbers, stated estimates, or a refusal of the cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import polars as pl

from ingest.table import Table
from warehouse.errors import DataError

# No library has that many reads; above it sums of counts could overflow.
LARGEST_COUNT: Final = 10**12

_INTEGER: Final = r"^[+-]?\d+$"
_TRAILING_ZEROS: Final = r"^[+-]?\d+\.0*$"
_EXPONENT: Final = r"^[+-]?\d+(\.\d*)?[eE][+-]?\d{1,3}$"
# 1.000 is one with three decimals or a thousand with a separator; see _refuse_thousands.
_ONE_OR_THOUSAND: Final = r"^[+-]?[1-9]\d{0,2}\.000$"
_SURELY_DECIMALS: Final = r"^[+-]?(0|\d{4,})\.000$"
_MISSING: Final = frozenset({"NA", "NAN", "NULL", "N/A", "#N/A"})


def exact_counts(table: Table, columns: Sequence[str]) -> list[pl.Series]:
    """Return columns as whole numbers of at least 0, however written (``12.0``, ``1e+05``).

    Raises
    ------
    DataError
        For the first cell, by line, that is empty, negative, fractional or no number, or that
        can be read in two ways.
    """
    numbers = {column: _whole(table.frame[column]) for column in columns}
    _refuse_first_null(table, numbers, "a whole number of at least 0")
    _refuse_thousands(table, columns)
    return list(numbers.values())


def estimated_counts(table: Table, columns: Sequence[str]) -> list[pl.Series]:
    """Return columns as finite numbers of at least 0, fractions allowed.

    Raises
    ------
    DataError
        For the first cell, by line, that is anything else.
    """
    numbers = {}
    for column in columns:
        text = table.frame[column].cast(pl.String).str.strip_chars()
        value = text.cast(pl.Float64, strict=False)
        is_fit = value.is_finite() & (value >= 0) & (value <= LARGEST_COUNT)
        numbers[column] = value.to_frame().select(pl.when(is_fit).then(value)).to_series()
    _refuse_first_null(table, numbers, "a number of at least 0")
    return [number.alias(column) for column, number in numbers.items()]


def rounded_half_even(values: pl.Series) -> pl.Series:
    """Return estimates as whole numbers, halves to the even neighbour."""
    return values.round(0, mode="half_to_even").cast(pl.Int64)


def _whole(cells: pl.Series) -> pl.Series:
    """Return what is a whole number from 0 to ``LARGEST_COUNT``, null elsewhere."""
    if cells.dtype == pl.Int64:
        value = cells
    else:
        text = cells.str.strip_chars()
        value = text.str.replace(r"\.0*$", "").set(~_matches(text, _TRAILING_ZEROS), None)
        value = value.cast(pl.Int64, strict=False)
        integer = text.set(~_matches(text, _INTEGER), None).cast(pl.Int64, strict=False)
        value = integer.zip_with(integer.is_not_null(), value)
        powers = text.filter(_matches(text, _EXPONENT)).unique()
        if powers.len():
            exact = {p: _integral(p) for p in powers}
            by_power = text.replace_strict(exact, default=None, return_dtype=pl.Int64)
            value = value.zip_with(value.is_not_null(), by_power)
    is_fit = (value >= 0) & (value <= LARGEST_COUNT)
    return (
        value.to_frame("value")
        .select(pl.when(is_fit).then(pl.col("value")))
        .to_series()
        .alias(cells.name)
    )


def _matches(text: pl.Series, pattern: str) -> pl.Series:
    return text.str.contains(pattern).fill_null(value=False)


def _integral(text: str) -> int | None:
    value = Decimal(text)
    if abs(value) > LARGEST_COUNT or value != value.to_integral_value():
        return None
    return int(value)


def _refuse_first_null(table: Table, numbers: dict[str, pl.Series], expected: str) -> None:
    faults = [
        (number.is_null().arg_max() or 0, position, column)
        for position, (column, number) in enumerate(numbers.items())
        if number.null_count()
    ]
    if faults:
        row, _, column = min(faults)
        problem = _problem(table.frame[column].cast(pl.String)[row], expected)
        raise DataError(problem, table.path, table.lines[row], column)


def _problem(cell: str | None, expected: str) -> str:
    shown = (cell or "").strip()
    if not shown:
        return f"the count is empty; {expected} was expected."
    if shown.upper() in _MISSING:
        return f"the count is {shown}; {expected} was expected."
    try:
        value = Decimal(shown)
    except ArithmeticError:
        kind = "not a number"
        if re.fullmatch(r"\d{1,3}([,.' ]\d{3})+", shown):
            kind = "written with a thousands separator"
    else:
        if not value.is_finite():
            kind = "not a finite number"
        elif value < 0:
            kind = "negative"
        elif value > LARGEST_COUNT:
            kind = "too large to be a number of reads"
        else:
            kind = "not a whole number"
    return f"the count {shown!r} is {kind}; {expected} was expected."


def _refuse_thousands(table: Table, columns: Sequence[str]) -> None:
    """Refuse ``1.000`` unless another cell, such as ``0.000``, shows that the point is decimal."""
    texts = [table.frame[c].str.strip_chars() for c in columns if table.frame[c].dtype == pl.String]
    doubtful = [text for text in texts if _matches(text, _ONE_OR_THOUSAND).any()]
    if not doubtful or any(_matches(text, _SURELY_DECIMALS).any() for text in texts):
        return
    rows = [(_matches(text, _ONE_OR_THOUSAND).arg_max() or 0, text) for text in doubtful]
    row, text = min(rows, key=lambda found: found[0])
    raise DataError(
        f"{text[row]!r} may mean one or a thousand; write counts without a separator.",
        table.path,
        table.lines[row],
        text.name,
    )
