"""Count matrices: exact integers or a clear refusal."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from ingest.textfiles import (
    check_header,
    delimiter_of,
    first_line_of,
    read_text,
    rows_with_lines,
)
from warehouse.errors import DataError

GENE: Final = "gene_id"
SYMBOL: Final = "symbol"
LINE: Final = "line"

_SYMBOL_NAMES: Final = ("symbol", "gene_symbol", "gene_name", "genename", "hgnc_symbol")
_ANNOTATION_NAMES: Final = frozenset(
    {
        *_SYMBOL_NAMES,
        "description",
        "biotype",
        "gene_biotype",
        "gene_type",
        "chr",
        "chromosome",
        "start",
        "end",
        "strand",
        "length",
        "entrez",
        "entrez_id",
    }
)
_VERSIONED_ENSEMBL: Final = r"^(ENS[A-Z]*[GTPR]\d{11})\.\d+(_PAR_Y)?$"
_BLANK_LINES: Final = re.compile(rb"(?:\r?\n){2,}")
_LARGEST_EXACT: Final = 2**53


@dataclass(frozen=True)
class CountMatrix:
    """A count matrix as read.

    Attributes
    ----------
    features
        One row per gene: ``gene_id`` (version removed), ``gene_id_as_given``,
        ``symbol_as_given`` (may be null), ``line`` (in the file).
    counts
        One row per gene in the order of ``features``: ``gene_id`` and one ``Int64`` column per
        sample, in the order of the sample sheet.
    """

    features: pl.DataFrame
    counts: pl.DataFrame


@dataclass(frozen=True)
class _Layout:
    header: list[str]
    delimiter: str
    gene: str
    symbol: str | None
    samples: list[str]


def read_count_matrix(
    path: Path,
    samples: Sequence[str],
    *,
    gene_id_column: str | None = None,
    ignore_columns: Sequence[str] = (),
) -> CountMatrix:
    """Read a delimited matrix, genes in rows and samples in columns.

    Parameters
    ----------
    samples
        The sample sheet's ids; the matrix must hold exactly these.
    gene_id_column
        The column of gene ids; by default the first column that is no sample.
    ignore_columns
        Columns that are neither samples nor gene annotation.

    Raises
    ------
    DataError
        Naming line and column of the first count that is negative, fractional, empty or not a
        number, of the first repeated gene, or of a sample that is missing or unknown.
    """
    data = read_text(path)
    layout = _layout(path, data, samples, gene_id_column, ignore_columns)
    table = _parse_counts(path, data, layout)
    features = _features(path, data, layout, table)
    return CountMatrix(features, features.select(GENE).hstack(table.select(layout.samples)))


def _layout(
    path: Path,
    data: bytes,
    samples: Sequence[str],
    gene_id_column: str | None,
    ignore_columns: Sequence[str],
) -> _Layout:
    delimiter = delimiter_of(first_line_of(data))
    rows = rows_with_lines(data, delimiter)
    try:
        line, header = next(rows)
        second = next(rows, None)
    except csv.Error as error:
        raise DataError(f"this is not a delimited table ({error}).", path) from error
    if second is None:
        raise DataError("the matrix has a header but no genes.", path)
    header = [name.strip() for name in header]
    # R's write.table leaves the row names' column without a header.
    if len(second[1]) == len(header) + 1:
        header = [GENE, *header]
    elif header[0] == "":
        header = [GENE, *header[1:]]
    check_header(path, line, header)
    wanted = set(samples)
    gene = gene_id_column or next((h for h in header if h not in wanted), None)
    if gene is None or gene not in header:
        raise DataError(
            f"there is no gene id column{f' {gene}' if gene else ''}; "
            f"the columns are {_listed(header)}.",
            path,
            line,
        )
    missing = [s for s in samples if s not in header]
    if missing:
        raise DataError(
            f"the sample sheet's {_listed(missing)} has no column in the matrix; "
            f"its columns are {_listed(header)}.",
            path,
            line,
            missing[0],
        )
    known = {*wanted, gene, *ignore_columns}
    unknown = [h for h in header if h not in known and h.lower() not in _ANNOTATION_NAMES]
    if unknown:
        raise DataError(
            "this column is neither in the sample sheet nor gene annotation; add the sample to "
            "the sheet or name the column under ignore_columns in study.yaml.",
            path,
            line,
            unknown[0],
        )
    symbol = next((h for h in header if h.lower() in _SYMBOL_NAMES and h != gene), None)
    return _Layout(header, delimiter, gene, symbol, list(samples))


def _parse(data: bytes, layout: _Layout, count_type: type[pl.DataType]) -> pl.DataFrame:
    """Parse the ids and the samples' columns; raises ``PolarsError`` where a cell does not fit."""
    return pl.read_csv(
        _BLANK_LINES.sub(b"\n", data),
        separator=layout.delimiter,
        has_header=False,
        skip_rows=1,
        schema={c: count_type if c in layout.samples else pl.String for c in layout.header},
        extra_columns="raise",
        missing_columns="raise",
    )


def _parse_counts(path: Path, data: bytes, layout: _Layout) -> pl.DataFrame:
    """Parse as integers at once; only where that fails read text and judge each cell."""
    samples = layout.samples
    try:
        table = _parse(data, layout, pl.Int64)
    except pl.exceptions.PolarsError:
        table = None
    if table is not None and not any(
        table[s].null_count() or (table[s] < 0).any() for s in samples
    ):
        return table
    try:
        texts = _parse(data, layout, pl.String)
    except pl.exceptions.PolarsError as error:
        _refuse_ragged_row(path, data, layout)
        raise DataError(f"this is not a delimited table ({error}).", path) from error
    return texts.with_columns(_whole_numbers(path, data, layout, texts))


def _refuse_ragged_row(path: Path, data: bytes, layout: _Layout) -> None:
    rows = rows_with_lines(data, layout.delimiter)
    next(rows)
    try:
        for line, fields in rows:
            if len(fields) != len(layout.header):
                raise DataError(
                    f"{len(fields)} fields; {len(layout.header)} were expected.", path, line
                )
    except csv.Error as error:
        raise DataError(f"this is not a delimited table ({error}).", path) from error


def _whole_numbers(
    path: Path, data: bytes, layout: _Layout, texts: pl.DataFrame
) -> list[pl.Series]:
    numbers = {sample: _exact_counts(texts[sample]) for sample in layout.samples}
    faults = [
        (number.is_null().arg_max() or 0, position, sample)
        for position, (sample, number) in enumerate(numbers.items())
        if number.null_count()
    ]
    if faults:
        row, _, sample = min(faults)
        raise _count_fault(path, data, layout, row, sample, texts[sample][row])
    return [number.alias(sample) for sample, number in numbers.items()]


def _exact_counts(text: pl.Series) -> pl.Series:
    """Return what is a whole number however written (``12.0``, R's ``1e+05``), null elsewhere."""
    frame = text.str.strip_chars().alias("text").to_frame()
    integer = pl.col("text").cast(pl.Int64, strict=False)
    real = pl.col("text").cast(pl.Float64, strict=False)
    is_whole = real.is_finite() & (real == real.floor()) & (real < _LARGEST_EXACT)
    value = pl.coalesce(integer, pl.when(is_whole).then(real).cast(pl.Int64, strict=False))
    return frame.select(pl.when(value >= 0).then(value)).to_series()


def _count_fault(
    path: Path, data: bytes, layout: _Layout, row: int, sample: str, text: str | None
) -> DataError:
    line = _line_of_row(data, layout, row)
    shown = (text or "").strip()
    if not shown or shown.upper() in {"NA", "NAN", "NULL"}:
        what = "is empty" if not shown else f"is {shown}"
        return DataError(f"the count {what}; a whole number was expected.", path, line, sample)
    try:
        real = float(shown)
    except ValueError:
        kind = "not a number"
    else:
        kind = "negative" if real < 0 else "not a whole number" if real % 1 else "too large"
    return DataError(
        f"the count {shown!r} is {kind}; a whole number of at least 0 was expected.",
        path,
        line,
        sample,
    )


def _line_of_row(data: bytes, layout: _Layout, row: int) -> int:
    for index, (line, _) in enumerate(rows_with_lines(data, layout.delimiter)):
        if index == row + 1:
            return line
    raise IndexError(row)


def _features(path: Path, data: bytes, layout: _Layout, table: pl.DataFrame) -> pl.DataFrame:
    given = table[layout.gene].str.strip_chars()
    if given.null_count() or (given == "").any():
        row = (given.is_null() | (given == "")).fill_null(value=True).arg_max() or 0
        raise DataError("the gene id is empty.", path, _line_of_row(data, layout, row), layout.gene)
    symbols = (
        table[layout.symbol].str.strip_chars()
        if layout.symbol
        else pl.Series([None] * len(given), dtype=pl.String)
    )
    features = pl.DataFrame(
        {
            GENE: given.str.replace(_VERSIONED_ENSEMBL, "${1}${2}"),
            "gene_id_as_given": given,
            "symbol_as_given": symbols,
        }
    ).with_columns(pl.Series(LINE, _line_numbers(data, layout, len(given)), dtype=pl.Int64))
    repeated = features.filter(pl.col(GENE).is_duplicated())
    if repeated.height:
        first, second = repeated.filter(pl.col(GENE) == repeated[GENE][0]).head(2).rows(named=True)
        raise DataError(
            f"gene {second['gene_id_as_given']} stands twice (first on line {first[LINE]}"
            f"{_versions_note(first, second)}).",
            path,
            second[LINE],
            layout.gene,
        )
    return features


def _versions_note(first: dict[str, object], second: dict[str, object]) -> str:
    if first["gene_id_as_given"] == second["gene_id_as_given"]:
        return ""
    return f" as {first['gene_id_as_given']}; versions are removed"


def _line_numbers(data: bytes, layout: _Layout, rows: int) -> Sequence[int]:
    # Without quotes or blank lines a row is a line, and counting is all there is to do.
    if b'"' not in data and b"\n\n" not in data and b"\r\n\r\n" not in data:
        return range(2, rows + 2)
    lines = [line for line, _ in rows_with_lines(data, layout.delimiter)]
    return lines[1 : rows + 1]


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
