"""Delimited tables: the exact cells with their lines, or a clear refusal."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from ingest.headings import ID_NAMES, SYMBOL_NAMES
from ingest.textfiles import check_header, delimiter_of, read_table_text, rows_with_lines
from warehouse.errors import DataError

ROW_NUMBER: Final = "row_number"

_ROWS_TO_JUDGE: Final = 5
_BLANK_LINES: Final = re.compile(rb"\n{2,}")
_EXACT_IN_DOUBLE: Final = 2.0**53
# Headings of ids that may be whole numbers.
_NUMBERED: Final = frozenset({"geneid", "id", "feature_id"})
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NA|NaN")
_QUOTED: Final = re.compile(rb'"[^"\n]*"')


@dataclass(frozen=True)
class Table:
    """A parsed table.

    Attributes
    ----------
    frame
        The columns in the file's order. Those asked for as integers are ``Int64`` where every
        cell of them is a plain integer; else they, like all others, are text as written.
    lines
        The line of each row in the file.
    """

    path: Path
    frame: pl.DataFrame
    lines: Sequence[int]


@dataclass(frozen=True)
class OpenedTable:
    """A table whose header is known and whose rows are not parsed yet.

    Attributes
    ----------
    header
        Column names; those of the caller where the file has none.
    header_line
        The header's line, or that of the first row where the file has no header.
    """

    path: Path
    header: list[str]
    header_line: int
    delimiter: str
    body: bytes
    body_line: int
    has_quotes: bool = True

    def parse(self, integers: Sequence[str] = ()) -> Table:
        """Parse every row.

        Raises
        ------
        DataError
            If a row has another number of fields than the header, or a quote is out of place.
        """
        quoted = _regular_quotes(self.body, self.delimiter) if self.has_quotes else 0
        if quoted is None:
            return self._parse_slowly()
        body = self.body
        has_blanks = b"\n\n" in body
        if has_blanks:
            body = _BLANK_LINES.sub(b"\n", body)
        frame = self._parse_fast(body, integers)
        delimiters = body.count(self.delimiter.encode()) - quoted
        if frame is None or delimiters != frame.height * (len(self.header) - 1):
            return self._parse_slowly()
        lines: Sequence[int] = range(self.body_line, self.body_line + frame.height)
        if has_blanks:
            lines = [line for line, _ in self._rows()]
        return Table(self.path, frame, lines)

    def _parse_fast(self, body: bytes, integers: Sequence[str]) -> pl.DataFrame | None:
        for wanted in (frozenset(integers), frozenset[str]()):
            try:
                return pl.read_csv(
                    body,
                    separator=self.delimiter,
                    quote_char='"' if self.has_quotes else None,
                    has_header=False,
                    schema={h: pl.Int64 if h in wanted else pl.String for h in self.header},
                    extra_columns="raise",
                    missing_columns="raise",
                )
            except pl.exceptions.PolarsError:
                continue
        return None

    def _parse_slowly(self) -> Table:
        """Parse by the csv module, which names the line of whatever is wrong."""
        lines, rows = [], []
        for line, fields in self._rows():
            if len(fields) != len(self.header):
                raise DataError(
                    f"{len(fields)} fields; {len(self.header)} were expected.", self.path, line
                )
            lines.append(line)
            rows.append(fields)
        frame = pl.DataFrame(rows, schema=dict.fromkeys(self.header, pl.String), orient="row")
        return Table(self.path, frame.with_columns(pl.all().replace("", None)), lines)

    def _rows(self) -> list[tuple[int, list[str]]]:
        last = self.body_line - 1
        rows = []
        try:
            for line, fields in rows_with_lines(
                self.body, self.delimiter, has_quotes=self.has_quotes
            ):
                last = line + self.body_line - 1
                rows.append((last, fields))
        except csv.Error as error:
            raise DataError(
                f"a quote is out of place or not closed ({error}).", self.path, last + 1
            ) from error
        return rows


@dataclass(frozen=True)
class FrameTable:
    """A table that comes typed, such as Parquet, to be read like a text table.

    Its lines are row numbers, from 1.
    """

    path: Path
    frame: pl.DataFrame
    header_line: int = 1

    @property
    def header(self) -> list[str]:
        """The column names."""
        return self.frame.columns

    def text_rows(self, most: int = 500) -> list[list[str]]:
        """Return the first rows as text."""
        rows = self.frame.head(most).cast(pl.String).fill_null("").rows()
        return [list(row) for row in rows]

    def parse(self, integers: Sequence[str] = ()) -> Table:
        """Return the rows; columns asked for as integers are ``Int64`` where they hold such."""
        wanted = frozenset(integers)
        columns = [
            _whole_or_text(self.frame[name]) if name in wanted else self.frame[name].cast(pl.String)
            for name in self.header
        ]
        return Table(self.path, pl.DataFrame(columns), range(1, self.frame.height + 1))


AnyTable = OpenedTable | FrameTable


def _whole_or_text(cells: pl.Series) -> pl.Series:
    if cells.dtype.is_integer() and cells.dtype != pl.UInt64:
        return cells.cast(pl.Int64)
    if (
        cells.dtype.is_float()
        and ((cells == cells.floor()) & (cells.abs() < _EXACT_IN_DOUBLE))
        .fill_null(value=False)
        .all()
    ):
        return cells.cast(pl.Int64)
    return cells.cast(pl.String)


def _regular_quotes(body: bytes, delimiter: str) -> int | None:
    """Return the delimiters within quotes, or None unless each quote encloses a whole cell."""
    quotes = body.count(b'"')
    if not quotes:
        return 0
    borders = {b"\n", b"", delimiter.encode()}
    within = pairs = 0
    for match in _QUOTED.finditer(body):
        start, end = match.span()
        if body[max(0, start - 1) : start] not in borders or body[end : end + 1] not in borders:
            return None
        pairs += 1
        within += match.group().count(delimiter.encode())
    return within if 2 * pairs == quotes else None


def open_table(
    path: Path, names: Sequence[str] | None = None, *, has_quotes: bool = True
) -> OpenedTable:
    """Read a delimited text file up to its first row.

    Lines that begin with ``#`` ahead of the header are comments, unless they have as many fields
    as the rows below them. A header that is one shorter than the rows, or begins with an empty
    cell, leaves the row names' column without a name, as R and pandas do: it becomes ``gene_id``,
    or ``row_number`` if it counts the rows.

    Parameters
    ----------
    names
        Column names of a file that has no header line.
    has_quotes
        Whether a quote encloses a cell; else it is a character like any other.

    Raises
    ------
    DataError
        If the file cannot be read as text, or its header has an empty, a repeated or one name too
        few.
    """
    data = read_table_text(path)
    # Line by line from the start: the rows of a large file are never split here.
    lines = _lines(data)
    before, first = b"", next(lines)
    while not first.text.strip() or first.text.startswith(b"#"):
        before, following = first.text, next(lines, None)
        if following is None:
            raise DataError("the file holds comments only.", path)
        first = following
    delimiter = delimiter_of(first.text.decode())
    mark = delimiter.encode()
    is_header_commented = (
        before.startswith(b"#") and before.count(mark) == first.text.count(mark) > 0
    )
    if names is not None:
        body = data[first.start :]
        return OpenedTable(
            path, list(names), first.number, delimiter, body, first.number, has_quotes
        )
    top = _Line(first.number - 1, 0, before[1:]) if is_header_commented else first
    header = _fields(path, top.text, delimiter, top.number)
    second = first if is_header_commented else next((x for x in lines if x.text.strip()), None)
    if second is None:
        raise DataError("the table has a header but no rows.", path)
    rows = _first_rows(path, [second, *islice(lines, _ROWS_TO_JUDGE)], delimiter)
    unnamed = ROW_NUMBER if _are_row_numbers([row[0] for row in rows]) else "gene_id"
    if rows and len(rows[0]) == len(header) + 1:
        if unnamed != ROW_NUMBER and _lacks_a_later_name(header, rows):
            raise DataError(
                f"{len(header)} names for {len(rows[0])} columns, and {header[0]} would be the "
                "name of numbers; name every column.",
                path,
                top.number,
            )
        header = [unnamed, *header]
    elif header[0] == "":
        header = [unnamed, *header[1:]]
    check_header(path, top.number, header)
    body = data[second.start :]
    return OpenedTable(path, header, top.number, delimiter, body, second.number, has_quotes)


def _first_rows(path: Path, lines: Sequence[_Line], delimiter: str) -> list[list[str]]:
    """Return the fields of the lines that are not blank, up to one with a quote out of place."""
    rows = []
    for line in lines:
        if not line.text.strip():
            continue
        try:
            rows.append(_fields(path, line.text, delimiter, line.number))
        except DataError:
            break
    return rows


def _lacks_a_later_name(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether it is not the row names' column that is without a name.

    The first name is one for genes, and would stand above numbers; those of ids that are numbers,
    as Entrez's, must be whole and no two the same.
    """
    first = header[0].lower()
    seconds = [row[1] if len(row) > 1 else "" for row in rows]
    if first not in {*ID_NAMES, *SYMBOL_NAMES} or not all(map(_NUMBER.fullmatch, seconds)):
        return False
    are_ids = all(map(str.isdecimal, seconds)) and len(set(seconds)) == len(seconds)
    return not (are_ids and (first in _NUMBERED or first.startswith("entrez")))


def _are_row_numbers(firsts: Sequence[str]) -> bool:
    return bool(firsts) and any(
        list(firsts) == [str(n) for n in range(start, start + len(firsts))] for start in (0, 1)
    )


class _Line(NamedTuple):
    number: int
    start: int
    text: bytes


def _lines(data: bytes) -> Iterator[_Line]:
    number, start = 0, 0
    while start <= len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        number += 1
        yield _Line(number, start, data[start:end])
        start = end + 1


def _fields(path: Path, text: bytes, delimiter: str, line: int) -> list[str]:
    try:
        _, fields = next(rows_with_lines(text, delimiter))
    except csv.Error as error:
        raise DataError(f"a quote is out of place or not closed ({error}).", path, line) from error
    return [name.strip() for name in fields]
