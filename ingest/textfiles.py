"""Reading a person's text file: decompression, encoding, delimiter, and where a fault stands."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa

from warehouse.errors import DataError

_BOM: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = ("\t", ",", ";")


def _zstd(data: bytes) -> bytes:
    return bytes(pa.CompressedInputStream(pa.BufferReader(data), "zstd").read())


_DECOMPRESSORS: Final[dict[bytes, tuple[str, Callable[[bytes], bytes]]]] = {
    b"\x1f\x8b": ("gzip", gzip.decompress),
    b"BZh": ("bzip2", bz2.decompress),
    b"\xfd7zXZ\x00": ("xz", lzma.decompress),
    b"\x28\xb5\x2f\xfd": ("zstd", _zstd),
}


def read_text(path: Path) -> bytes:
    """Return the UTF-8 bytes of a text file, decompressed by its content and without a BOM.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated, binary or not UTF-8.
    """
    data = _decompressed(path, _bytes_of(path)).removeprefix(_BOM)
    if not data.strip():
        raise DataError("the file is empty.", path)
    nul = data.find(b"\0")
    if nul >= 0:
        raise DataError(
            "this is a binary file; a text table was expected.", path, _line_at(data, nul)
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"byte 0x{data[error.start]:02x} is not UTF-8; save the table as UTF-8 text.",
            path,
            _line_at(data, error.start),
        ) from error
    return data


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        raise DataError("this is a folder; a file was expected.", path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError("there is no such file.", path) from None
    except PermissionError:
        raise DataError("this file may not be read (permission denied).", path) from None


def _decompressed(path: Path, data: bytes) -> bytes:
    for magic, (name, decompress) in _DECOMPRESSORS.items():
        if data.startswith(magic):
            try:
                return decompress(data)
            except (EOFError, OSError, ValueError, lzma.LZMAError, zlib.error) as error:
                raise DataError(
                    f"this {name} file is truncated or damaged; copy or download it again.", path
                ) from error
    return data


def _line_at(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def delimiter_of(first_line: str) -> str:
    """Return the delimiter that occurs most in a table's first line (tab, comma, semicolon)."""
    return max(_DELIMITERS, key=first_line.count)


def first_line_of(data: bytes) -> str:
    """Return the first line of a text, without its line end."""
    return data.split(b"\n", 1)[0].decode("utf-8").rstrip("\r")


def rows_with_lines(data: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield ``(line, fields)`` for every row that is not blank, by the csv module's rules.

    ``line`` is the 1-based line on which the row ends, as an editor shows it.

    Raises
    ------
    csv.Error
        If a field is larger than the csv module's limit.
    """
    reader = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=delimiter)
    for fields in reader:
        if fields:
            yield reader.line_num, fields


def read_records(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Read a small table with a header.

    Returns
    -------
    tuple
        The column names, and ``(line, {column: text})`` for each row.

    Raises
    ------
    DataError
        If the file cannot be read as text, a header cell is empty or stands twice, a row has
        another number of fields than the header, or there is no row at all.
    """
    data = read_text(path)
    rows = rows_with_lines(data, delimiter_of(first_line_of(data)))
    try:
        line, header = next(rows)
        header = [name.strip() for name in header]
        check_header(path, line, header)
        records = []
        for line, fields in rows:
            if len(fields) != len(header):
                raise DataError(f"{len(fields)} fields; the header has {len(header)}.", path, line)
            records.append((line, dict(zip(header, (f.strip() for f in fields), strict=True))))
    except csv.Error as error:
        raise DataError(f"this is not a delimited table ({error}).", path) from error
    if not records:
        raise DataError("the table has a header but no rows.", path)
    return header, records


def check_header(path: Path, line: int, header: list[str]) -> None:
    """Refuse a header with an empty or a repeated name.

    Raises
    ------
    DataError
        Naming the first such column.
    """
    seen: dict[str, int] = {}
    for position, name in enumerate(header, start=1):
        if not name:
            raise DataError("this column has no name.", path, line, str(position))
        if name in seen:
            raise DataError(
                f"this column stands twice (positions {seen[name]} and {position}).",
                path,
                line,
                name,
            )
        seen[name] = position
