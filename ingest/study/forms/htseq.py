"""htseq-count and other two-column counts: one file per sample, id first, count last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from ingest.headings import ID_NAMES, SYMBOL_NAMES
from ingest.study.counts import exact_counts
from ingest.study.forms.base import (
    CountForm,
    FormOptions,
    Head,
    Reading,
    counted,
    statistics_frame,
)
from ingest.study.forms.names import files_by_sample
from ingest.study.forms.per_sample import SampleColumn, whole_matrix
from ingest.study.matrix import build_features
from ingest.table import OpenedTable, Table, open_table
from warehouse.errors import DataError

_MOST_COLUMNS: Final = 6
_DIGITS: Final = re.compile(r"\d")
_LETTER: Final = re.compile(r"[^\W\d_]")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_STATISTIC: Final = r"^__"


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _is_header(first: Sequence[str], second: Sequence[str]) -> bool:
    """Return whether a first row without a count names columns, and is no damaged row of a gene."""
    if first[0].lower() in {"", *ID_NAMES, *SYMBOL_NAMES}:
        return True
    of_one_kind = _DIGITS.split(first[0])[0] == _DIGITS.split(second[0])[0]
    return _LETTER.search(first[-1]) is not None and not of_one_kind


def _recognise(head: Head) -> bool:
    if head.is_binary or not head.rows or head.samples & set(head.header):
        return False
    width = len(head.header)
    body = [row for row in head.rows[1:] or head.rows if not row[0].startswith("__")]
    return (
        1 < width <= _MOST_COLUMNS
        and all(len(row) == width and _is_number(row[-1]) for row in body)
        and not any(_is_number(field) for row in body for field in row[:-1])
    )


def _open(path: Path) -> OpenedTable:
    """Open with the file's header, or with names where its first row is data already."""
    rows = Head.read(path, ()).rows
    first = rows[0] if rows else []
    if not first or not _is_number(first[-1]):
        if len(rows) > 1 and not _is_header(first, rows[1]):
            raise DataError(
                f"{first[-1]!r} is not the count of {first[0]}; a whole number was expected.", path
            )
        return open_table(path)
    extra = [f"attribute_{i}" for i in range(1, len(first) - 1)]
    return open_table(path, ["gene_id", *extra, "count"])


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    by_sample = files_by_sample(paths, samples, options.sample_files, options.sample_names)
    columns, statistics = {}, []
    for sample, path in by_sample.items():
        opened = _open(path)
        gene, *attributes, count = opened.header
        table = opened.parse([count])
        counts = exact_counts(table, [count])[0]
        ids = table.frame[gene].str.strip_chars()
        is_statistic = ids.str.contains(_STATISTIC).fill_null(value=False)
        statistics += [
            (sample, "htseq-count", name, reads)
            for name, reads in zip(
                ids.filter(is_statistic), counts.filter(is_statistic), strict=True
            )
        ]
        lines = pl.Series(table.lines, dtype=pl.Int64).filter(~is_statistic).to_list()
        genes = Table(path, table.frame.filter(~is_statistic), lines)
        symbol = next((a for a in attributes if a.lower() in SYMBOL_NAMES), None)
        columns[sample] = SampleColumn(
            path, build_features(genes, gene, symbol), counts.filter(~is_statistic)
        )
    has_trailer = "with" if statistics else "without"
    return Reading(
        f"htseq-count, {counted(len(columns))}, {has_trailer} assignment statistics",
        matrix=whole_matrix(columns),
        statistics=statistics_frame(statistics),
    )


HTSEQ: Final = CountForm("htseq", "htseq-count table", _recognise, _read)
