"""Values of rows as JSON and CSV can hold them."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Final

import polars as pl

# Whole numbers of 64 bits, and digits that a floating-point number keeps.
_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1
_DIGITS: Final = 15
_TIMES: Final = {pl.Time: "%H:%M:%S%.f", pl.Datetime: "%Y-%m-%d %H:%M:%S%.f"}


def json_objects(frame: pl.DataFrame) -> str:
    """Return rows as JSON objects with commas between them.

    A number that is not finite is null, a whole number beyond 64 bits and a decimal of more than
    15 digits are text, so are dates and times; bytes are hexadecimal.
    """
    columns = [_json_values(column) for column in frame.iter_columns()]
    rows = [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]
    return _json(rows)[1:-1]


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows without what CSV cannot hold: nested values as JSON, bytes as hexadecimal."""
    odd = {name: kind for name, kind in frame.schema.items() if _is_odd(kind)}
    return frame.with_columns(
        frame[name].bin.encode("hex")
        if kind == pl.Binary
        else pl.Series(
            name,
            [None if cell is None else _json(_json_value(cell)) for cell in frame[name].to_list()],
            pl.String,
        )
        for name, kind in odd.items()
    )


def _is_odd(kind: pl.DataType) -> bool:
    return kind == pl.Binary or kind.is_nested()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _json_values(column: pl.Series) -> list[object]:
    kind = column.dtype
    if kind.is_float():
        return column.set(~column.is_finite(), None).to_list()
    if isinstance(kind, pl.Time | pl.Datetime):
        zone = "%:z" if getattr(kind, "time_zone", None) else ""
        return column.dt.to_string(_TIMES[type(kind)] + zone).to_list()
    if kind == pl.String or kind == pl.Boolean or (kind.is_integer() and kind != pl.UInt64):
        return column.to_list()
    return [_json_value(cell) for cell in column.to_list()]


def _json_value(value: object) -> object:
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if _LEAST <= value <= _MOST else str(value)
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return _json_decimal(value)
        case bytes():
            return value.hex()
        case dict():
            return {str(name): _json_value(part) for name, part in value.items()}
        case list() | tuple():
            return [_json_value(part) for part in value]
        case _:
            return str(value)


def _json_decimal(value: Decimal) -> object:
    _, digits, exponent = value.as_tuple()
    if isinstance(exponent, int) and exponent >= 0:
        return _json_value(int(value))
    return float(value) if len(digits) <= _DIGITS else format(value, "f")
