"""Sample sheets: every column kept, the known ones typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from ingest.messages import near_miss
from ingest.textfiles import read_records
from warehouse.errors import DataError

_TEXT: Final = ("drug", "cell_line", "replicate", "batch")
_NUMBERS: Final = ("concentration_um", "time_h", "rin", "a260_280")
_WHOLE: Final = ("reads",)


@dataclass(frozen=True)
class SampleSheet:
    """A sample sheet as read.

    Attributes
    ----------
    path
        The file, for messages about it.
    attributes
        Every column as text, in the file's order, with ``sample_id`` first and ``line`` last;
        an empty cell is null.
    typed
        ``sample_id``, ``sample_position`` and the known columns that the sheet has, typed:
        ``drug, concentration_um, time_h, cell_line, replicate, batch, rin, a260_280, reads``.
    """

    path: Path
    attributes: pl.DataFrame
    typed: pl.DataFrame

    @property
    def ids(self) -> list[str]:
        """The sample ids in the sheet's order."""
        return self.attributes["sample_id"].to_list()

    @property
    def columns(self) -> list[str]:
        """The sheet's columns, the id aside."""
        return [c for c in self.attributes.columns if c not in {"sample_id", "line"}]

    def long(self) -> pl.DataFrame:
        """Return one row per sample and attribute: ``sample_id, attribute, value``."""
        return self.attributes.drop("line").unpivot(
            index="sample_id", variable_name="attribute", value_name="value"
        )


def read_sample_sheet(path: Path, sample_id_column: str = "sample_id") -> SampleSheet:
    """Read a sample sheet.

    Raises
    ------
    DataError
        If the id column is missing, an id is empty or stands twice, or a known numeric column
        holds something else than a number.
    """
    header, records = read_records(path)
    if sample_id_column not in header:
        raise DataError(
            f"there is no column {sample_id_column}; the columns are {', '.join(header)}. Name "
            f"the one with the sample ids as sample_id_column in study.yaml."
            f"{near_miss(sample_id_column, header)}",
            path,
            1,
        )
    seen: dict[str, int] = {}
    for line, record in records:
        sample = record[sample_id_column]
        if not sample:
            raise DataError("the sample id is empty.", path, line, sample_id_column)
        if sample in seen:
            raise DataError(
                f"sample {sample} stands twice (first on line {seen[sample]}).",
                path,
                line,
                sample_id_column,
            )
        seen[sample] = line
    others = [c for c in header if c != sample_id_column]
    attributes = pl.DataFrame(
        {
            "sample_id": list(seen),
            **{c: [record[c] or None for _, record in records] for c in others},
            "line": list(seen.values()),
        },
        schema_overrides=dict.fromkeys(["sample_id", *others], pl.String),
    )
    return SampleSheet(path, attributes, _typed(path, attributes))


def _typed(path: Path, attributes: pl.DataFrame) -> pl.DataFrame:
    columns = [
        attributes["sample_id"],
        pl.Series("sample_position", range(1, attributes.height + 1), dtype=pl.Int32),
    ]
    lower = {c.lower(): c for c in attributes.columns}
    columns += [attributes[lower[name]].alias(name) for name in _TEXT if name in lower]
    for name in (*_NUMBERS, *_WHOLE):
        if name in lower:
            kind = pl.Int64 if name in _WHOLE else pl.Float64
            columns.append(_number(path, attributes, lower[name], kind).alias(name))
    return pl.DataFrame(columns)


def _number(
    path: Path, attributes: pl.DataFrame, column: str, kind: type[pl.DataType]
) -> pl.Series:
    text = attributes[column]
    number = text.cast(kind, strict=False)
    bad = number.is_null() & text.is_not_null()
    if bad.any():
        row = bad.arg_max() or 0
        expected = "a whole number" if kind is pl.Int64 else "a number"
        raise DataError(f"{text[row]!r} is not {expected}.", path, attributes["line"][row], column)
    return number
