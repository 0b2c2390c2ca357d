"""Sample sheets: every column kept, the known ones typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.messages import near_miss
from ingest.study.geo_samples import read_geo_samples
from ingest.study.matrix import GENE
from ingest.study.sample_columns import typed_columns
from ingest.textfiles import read_records
from warehouse.errors import DataError
from warehouse.ledger import Validation


@dataclass(frozen=True)
class SampleSheet:
    """A sample sheet as read.

    Attributes
    ----------
    path
        The file, for messages about it.
    attributes
        Every column as text, in the file's order, with ``sample_id`` first; an empty cell is null.
    lines
        The line of each sample in the file.
    typed
        ``sample_id``, ``sample_position`` and the known columns that the sheet has, typed:
        ``drug, concentration_um, time_h, cell_line, replicate, batch, rin, a260_280, reads``.
    warnings
        Amounts that could not be typed because their unit is not given or not known.
    """

    path: Path
    attributes: pl.DataFrame
    lines: Mapping[str, int]
    typed: pl.DataFrame
    warnings: tuple[Validation, ...] = ()

    @property
    def ids(self) -> list[str]:
        """The sample ids in the sheet's order."""
        return self.attributes["sample_id"].to_list()

    @property
    def columns(self) -> list[str]:
        """The sheet's columns, the id aside."""
        return [c for c in self.attributes.columns if c != "sample_id"]

    def long(self) -> pl.DataFrame:
        """Return one row per sample and attribute: ``sample_id, attribute, value``."""
        return self.attributes.unpivot(
            index="sample_id", variable_name="attribute", value_name="value"
        )


def read_sample_sheet(path: Path, sample_id_column: str = "sample_id") -> SampleSheet:
    """Read a sample sheet: a delimited table, or GEO's series matrix or SOFT file.

    Raises
    ------
    DataError
        If the id column is missing, an id is empty or stands twice, or a known numeric column
        holds something else than a number.
    """
    header, records = read_geo_samples(path) or read_records(path)
    if sample_id_column not in header:
        raise DataError(
            f"there is no column {sample_id_column}; the columns are {', '.join(header)}. Name "
            f"the one with the sample ids as sample_id_column in study.yaml."
            f"{near_miss(sample_id_column, header)}",
            path,
            1,
        )
    others = [c for c in header if c != sample_id_column]
    if "sample_id" in others:
        raise DataError(
            f"the ids are in {sample_id_column}, so this column needs another name.",
            path,
            1,
            "sample_id",
        )
    lines = _lines_by_sample(path, records, sample_id_column)
    attributes = pl.DataFrame(
        {
            "sample_id": list(lines),
            **{c: [record[c] or None for _, record in records] for c in others},
        },
        schema_overrides=dict.fromkeys(["sample_id", *others], pl.String),
    )
    typed, warnings = typed_columns(path, attributes, lines)
    return SampleSheet(path, attributes, lines, typed, warnings)


def _lines_by_sample(
    path: Path, records: Sequence[tuple[int, Mapping[str, str]]], column: str
) -> dict[str, int]:
    lines: dict[str, int] = {}
    # DuckDB's column names know no case, so ids that differ in nothing else would be confused.
    folded: dict[str, str] = {GENE: GENE}
    for line, record in records:
        sample = record[column]
        if not sample:
            raise DataError("the sample id is empty.", path, line, column)
        if sample in lines:
            raise DataError(
                f"sample {sample} stands twice (first on line {lines[sample]}).", path, line, column
            )
        other = folded.setdefault(sample.casefold(), sample)
        if other != sample or sample == GENE:
            raise DataError(
                f"the sample id {sample} differs from {other} in case only; rename one."
                if other != GENE
                else f"no sample can be called {sample}; rename it.",
                path,
                line,
                column,
            )
        lines[sample] = line
    return lines
