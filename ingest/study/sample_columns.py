"""The columns of a sample sheet that have a type, whatever a person calls them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from ingest.study.units import HOURS, MICROMOLAR, in_unit, number_of_reads
from warehouse.errors import DataError
from warehouse.ledger import Validation

_TEXT: Final = {
    "drug": ("drug", "compound"),
    "cell_line": ("cell_line", "cellline"),
    "replicate": ("replicate", "rep", "biological_replicate"),
    "batch": ("batch",),
}
_NUMBERS: Final = {
    "rin": ("rin", "rna_integrity_number"),
    "a260_280": ("a260_280", "a260_a280", "260_280", "od260_280"),
}


@dataclass(frozen=True)
class _Amount:
    """A typed column with a unit.

    Attributes
    ----------
    strict
        Names that state the unit themselves; a cell there must be a number.
    free
        Names of columns whose cells, or a column beside them, state the unit.
    """

    column: str
    strict: str
    free: tuple[str, ...]
    factors: Mapping[str, Decimal]
    unit: str


_AMOUNTS: Final = (
    _Amount(
        "concentration_um",
        "concentration_um",
        ("concentration", "conc", "dose"),
        MICROMOLAR,
        "micromolar",
    ),
    _Amount("time_h", "time_h", ("time", "timepoint", "time_point", "duration"), HOURS, "hours"),
)


def typed_columns(
    path: Path, attributes: pl.DataFrame, lines: Mapping[str, int]
) -> tuple[pl.DataFrame, tuple[Validation, ...]]:
    """Return the known columns of a sheet with their types, and what could not be typed.

    Raises
    ------
    DataError
        If a column that must hold numbers holds something else.
    """
    by_name = {_plain(c): c for c in reversed(attributes.columns)}
    columns = [
        attributes["sample_id"],
        pl.Series("sample_position", range(1, attributes.height + 1), dtype=pl.Int32),
    ]
    for name, spellings in _TEXT.items():
        if column := _first(by_name, spellings):
            columns.append(attributes[column].alias(name))
    for name, spellings in _NUMBERS.items():
        if column := _first(by_name, spellings):
            columns.append(_numbers(path, attributes, lines, column).alias(name))
    if column := _first(by_name, ("reads", "read_count", "total_reads")):
        reads = _each(attributes[column], number_of_reads, pl.Int64)
        _refuse_unread(path, attributes, lines, column, reads, "a whole number of reads")
        columns.append(reads.alias("reads"))
    warnings = []
    for amount in _AMOUNTS:
        if amount.strict in by_name:
            column = by_name[amount.strict]
            columns.append(_numbers(path, attributes, lines, column).alias(amount.column))
        elif found := _free_column(by_name, amount):
            typed, warning = _amounts(attributes, amount, *found)
            columns.append(typed)
            warnings += [warning] if warning else []
    return pl.DataFrame(columns), tuple(warnings)


def _plain(name: str) -> str:
    """Return a column's name in lower case, with underscores for what is no letter or digit."""
    return re.sub(r"[^a-z0-9µμ]+", "_", name.lower()).strip("_")


def _first(by_name: Mapping[str, str], spellings: Sequence[str]) -> str | None:
    return next((by_name[s] for s in spellings if s in by_name), None)


def _free_column(
    by_name: Mapping[str, str], amount: _Amount
) -> tuple[str, str | None, str | None] | None:
    """Return a column of amounts, the unit in its name, and the column of units beside it."""
    for free in amount.free:
        if free in by_name:
            beside = _first(by_name, (f"{free}_unit", f"{free}_units", "unit", "units"))
            return by_name[free], None, beside
        for plain, column in by_name.items():
            unit = plain.removeprefix(f"{free}_")
            if plain.startswith(f"{free}_") and unit in amount.factors:
                return column, unit, None
    return None


def _amounts(
    attributes: pl.DataFrame, amount: _Amount, column: str, unit: str | None, beside: str | None
) -> tuple[pl.Series, Validation | None]:
    units = attributes[beside].to_list() if beside else [unit] * attributes.height
    typed = pl.Series(
        amount.column,
        [
            None if text is None else in_unit(text, amount.factors, given)
            for text, given in zip(attributes[column], units, strict=True)
        ],
        dtype=pl.Float64,
    )
    unread = attributes.filter(typed.is_null() & attributes[column].is_not_null())
    if not unread.height:
        return typed, None
    return typed, Validation(
        suite="sample_sheet_units",
        suite_version=1,
        expectation="amount_with_known_unit",
        column_name=column,
        severity="warning",
        is_success=False,
        observed=", ".join(unread[column].unique(maintain_order=True).head(5)),
        unexpected_keys=", ".join(unread["sample_id"].head(20)),
        meaning=f"An amount is a number with a unit that can be turned into {amount.unit}; "
        "these are kept as text only.",
    )


def _numbers(
    path: Path, attributes: pl.DataFrame, lines: Mapping[str, int], column: str
) -> pl.Series:
    number = attributes[column].cast(pl.Float64, strict=False)
    number = number.set(~number.is_finite().fill_null(value=True), None)
    _refuse_unread(path, attributes, lines, column, number, "a number")
    return number


def _each(
    texts: pl.Series, read: Callable[[str], int | None], kind: type[pl.DataType]
) -> pl.Series:
    return pl.Series([None if t is None else read(t) for t in texts], dtype=kind)


def _refuse_unread(
    path: Path,
    attributes: pl.DataFrame,
    lines: Mapping[str, int],
    column: str,
    typed: pl.Series,
    expected: str,
) -> None:
    text = attributes[column]
    bad = typed.is_null() & text.is_not_null()
    if bad.any():
        row = bad.arg_max() or 0
        line = lines[attributes["sample_id"][row]]
        raise DataError(f"{text[row]!r} is not {expected}.", path, line, column)
