"""The Broad Institute's GCT form, version 1.2: a line of its size, then genes by samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from ingest.study.forms.base import CountForm, FormOptions, Head, Reading
from ingest.study.forms.delimited import read_wide, sample_columns, single_file
from ingest.study.forms.merged import read_abundance_table, share_of_fractions
from ingest.table import OpenedTable
from ingest.textfiles import check_header, read_table_text
from warehouse.errors import DataError

_VERSION: Final = b"#1.2"
_NAME, _DESCRIPTION = "Name", "Description"
_HEADER_LINE: Final = 3
_ABUNDANCES_FROM: Final = 0.95


def _recognise(head: Head) -> bool:
    first = head.raw.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return not head.is_binary and first.strip() == _VERSION


def _open(path: Path) -> OpenedTable:
    """Read a GCT file up to its first row and check that it is as large as it says.

    Raises
    ------
    DataError
        If the second line is not two whole numbers, the header not ``Name, Description`` and
        samples, or the table not of the size that is stated.
    """
    lines = read_table_text(path).split(b"\n", _HEADER_LINE)
    if len(lines) <= _HEADER_LINE or lines[0].strip() != _VERSION:
        raise DataError("a GCT file begins with #1.2, its size, its header and its rows.", path, 1)
    size = [field for field in lines[1].decode().strip().split("\t") if field]
    if len(size) != 2 or not all(field.isdecimal() for field in size):
        raise DataError("the numbers of genes and samples were expected here.", path, 2)
    header = [name.strip().strip('"') for name in lines[2].decode().split("\t")]
    if [name.lower() for name in header[:2]] != [_NAME.lower(), _DESCRIPTION.lower()]:
        raise DataError("the header of a GCT file begins with Name and Description.", path, 3)
    check_header(path, _HEADER_LINE, header)
    genes, samples = map(int, size)
    if len(header) - 2 != samples:
        raise DataError(
            f"{len(header) - 2} samples where line 2 states {samples}.", path, _HEADER_LINE
        )
    body = lines[_HEADER_LINE]
    rows = sum(bool(line.strip()) for line in body.split(b"\n"))
    if rows != genes:
        raise DataError(f"{rows} genes where this line states {genes}; the file is cut.", path, 2)
    return OpenedTable(path, header, _HEADER_LINE, "\t", body, _HEADER_LINE + 1)


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    opened = _open(single_file(paths, GCT.title))
    gene = options.gene_id_column or opened.header[0]
    columns = sample_columns(
        opened,
        samples,
        gene,
        FormOptions(
            ignore_columns=(*options.ignore_columns, *opened.header[:2]),
            sample_names=options.sample_names,
        ),
    )
    table = opened.parse()
    symbol = _symbols(table.frame[opened.header[1]], table.frame[gene], opened.header[1])
    values = [table.frame[column] for column in columns.values()]
    if share_of_fractions(values) >= _ABUNDANCES_FROM:
        return read_abundance_table(table, gene, symbol, columns, options.unit, "GCT #1.2, ")
    return read_wide(opened, gene, symbol, columns, recognised=GCT.title)


def _symbols(descriptions: pl.Series, names: pl.Series, column: str) -> str | None:
    """Return the descriptions' column if it holds symbols: single words, not the names again."""
    words = descriptions.str.strip_chars().drop_nulls()
    are_symbols = (
        words.len() > 0
        and not words.str.contains(r"\s").any()
        and not words.str.to_lowercase().is_in(["na", "n/a", "null"]).any()
        and not descriptions.equals(names)
    )
    return column if are_symbols else None


GCT: Final = CountForm("gct", "GCT #1.2, genes in rows", _recognise, _read)
