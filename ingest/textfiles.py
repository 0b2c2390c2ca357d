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
from typing import BinaryIO, Final, cast

import pyarrow as pa

from ingest.limits import most_unpacked, refuse_bomb
from warehouse.errors import DataError

_BOM: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = ("\t", ",", ";")
_HEAD_BYTES: Final = 1 << 20
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r")) + b"\x7f"
# Those that Python's strip takes off a cell.
_BLANK_CONTROLS: Final = frozenset(c for c in _CONTROLS.decode() if c.isspace())
# DOS ends a text with it.
_END_OF_FILE: Final = b"\x1a"
_BLOCK: Final = 1 << 22


def _open_zstd(path: Path) -> BinaryIO:
    stream: BinaryIO = pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")
    return stream


def _open_gzip(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb"))


def _open_bz2(path: Path) -> BinaryIO:
    return cast(BinaryIO, bz2.open(path, "rb"))


def _open_xz(path: Path) -> BinaryIO:
    return cast(BinaryIO, lzma.open(path, "rb"))


_COMPRESSIONS: Final[dict[bytes, tuple[str, Callable[[Path], BinaryIO]]]] = {
    b"\x1f\x8b": ("gzip", _open_gzip),
    b"BZh": ("bzip2", _open_bz2),
    b"\xfd7zXZ\x00": ("xz", _open_xz),
    b"\x28\xb5\x2f\xfd": ("zstd", _open_zstd),
}
# A bzip2 block, or the end of an empty stream, follows its magic and level.
_BZIP2_NEXT: Final = (b"1AY&SY", b"\x17rE8P\x90")
# What people save by mistake, and what to do about it.
_KNOWN_BINARIES: Final = {
    b"PK\x03\x04": "this is a zip archive or an Excel workbook; save or extract it as text (CSV).",
    b"\xd0\xcf\x11\xe0": "this is an Excel workbook; save the table as CSV.",
    b"\xff\xfe": "this is UTF-16 text; save the table as UTF-8.",
    b"\xfe\xff": "this is UTF-16 text; save the table as UTF-8.",
}


def read_text(path: Path) -> bytes:
    """Return a text file's UTF-8 bytes: decompressed by its content, LF line ends, no BOM.

    One 0x1A at its very end, by which DOS marks it, is taken off.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated, binary or not UTF-8, or unpacks to more than
        :func:`ingest.limits.most_unpacked` allows.
    """
    data = _read(path, -1).removeprefix(_BOM).removesuffix(_END_OF_FILE)
    if not data.strip():
        raise DataError("the file is empty.", path)
    refuse_known_binary(path, data)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
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


def read_table_text(path: Path) -> bytes:
    """Return :func:`read_text` of a table of numbers, in which only its marks are control.

    Raises
    ------
    DataError
        As :func:`read_text`, and if a control character other than tab and line end stands in it:
        Python takes some for blanks, so a damaged number would pass for another one.
    """
    data = read_text(path)
    view = memoryview(data)
    for start in range(0, len(data), _BLOCK):
        block = view[start : start + _BLOCK].tobytes()
        if len(block.translate(None, _CONTROLS)) < len(block):
            at = next(i for i, byte in enumerate(block) if byte in _CONTROLS)
            raise DataError(
                f"a control character (0x{block[at]:02x}) stands here; take it out.",
                path,
                _line_at(data, start + at),
            )
    return data


def refuse_known_binary(path: Path, data: bytes) -> None:
    """Refuse what people save instead of a text table, saying what to do.

    Raises
    ------
    DataError
        For a zip archive, an Excel workbook or UTF-16 text.
    """
    for magic, problem in _KNOWN_BINARIES.items():
        if data.startswith(magic):
            raise DataError(problem, path)


def is_compressed(data: bytes) -> bool:
    """Return whether a file that begins so is unpacked before it is read."""
    return _compression(data[:16]) is not None


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file, decompressed by its content, as they are.

    Raises
    ------
    DataError
        If the file is missing, truncated or may not be read.
    """
    return _read(path, _HEAD_BYTES)


def _read(path: Path, size: int) -> bytes:
    if path.is_dir():
        raise DataError("this is a folder; a file was expected.", path)
    if path.exists() and not path.is_file():
        # A pipe or a device may never end.
        raise DataError("this is no regular file.", path)
    try:
        with path.open("rb") as handle:
            compression = _compression(handle.read(16))
            if compression is None:
                handle.seek(0)
                return handle.read(size)
    except FileNotFoundError:
        raise DataError("there is no such file.", path) from None
    except PermissionError:
        raise DataError("this file may not be read (permission denied).", path) from None
    except OSError as error:
        raise DataError(f"this file may not be read ({error.strerror}).", path) from error
    name, open_stream = compression
    try:
        with open_stream(path) as stream:
            return _unpacked(path, stream, size)
    except (EOFError, OSError, ValueError, lzma.LZMAError, zlib.error) as error:
        raise DataError(
            f"this {name} file is truncated or damaged; copy or download it again.", path
        ) from error


def _unpacked(path: Path, stream: BinaryIO, size: int) -> bytes:
    """Return the first ``size`` bytes of a stream, or all if negative, within the limit."""
    most = most_unpacked(path.stat().st_size)
    data = io.BytesIO()
    while size < 0 or data.tell() < size:
        block = stream.read(_BLOCK if size < 0 else min(_BLOCK, size - data.tell()))
        if not block:
            break
        data.write(block)
        if data.tell() > most:
            refuse_bomb(path, data.tell())
    return data.getvalue()


def _compression(start: bytes) -> tuple[str, Callable[[Path], BinaryIO]] | None:
    for magic, compression in _COMPRESSIONS.items():
        if start.startswith(magic) and (magic != b"BZh" or start[4:].startswith(_BZIP2_NEXT)):
            return compression
    return None


def _line_at(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def delimiter_of(first_line: str) -> str:
    """Return the delimiter that occurs most in a table's first line.

    Tab, comma or semicolon; a space where there is none of them, as R's ``write.table`` writes.
    """
    delimiter = max(_DELIMITERS, key=first_line.count)
    return " " if delimiter not in first_line and " " in first_line.strip() else delimiter


def first_line_of(data: bytes) -> str:
    """Return the first line of a text that is not blank, without its line end."""
    return data.lstrip(b"\n").split(b"\n", 1)[0].decode("utf-8")


def rows_with_lines(
    data: bytes, delimiter: str, *, has_quotes: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """Yield ``(line, fields)`` for every row that is not blank, by the csv module's rules.

    ``line`` is the 1-based line on which the row ends, as an editor shows it.

    Raises
    ------
    csv.Error
        If a quote stands where none may, is not closed, or a field is larger than the csv
        module's limit.
    """
    text = io.StringIO(data.decode("utf-8"), newline="")
    reader = (
        csv.reader(text, delimiter=delimiter, strict=True)
        if has_quotes
        else csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    )
    for fields in reader:
        if fields:
            yield reader.line_num, fields


def read_records(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Read a small table with a header, whose cells may be free text.

    A control character within a cell stays as it is, as text pasted from a word processor has it.

    Returns
    -------
    tuple
        The column names, and ``(line, {column: text})`` for each row.

    Raises
    ------
    DataError
        If the file cannot be read as text, a header cell is empty or stands twice, a row has
        another number of fields than the header, a cell begins or ends with a control character
        that Python takes for a blank, so that a damaged value would pass for another one, or
        there is no row at all.
    """
    data = read_text(path)
    rows = rows_with_lines(data, delimiter_of(first_line_of(data)))
    try:
        line, header = next(rows)
        header = _stripped(path, line, [str(n) for n in range(1, len(header) + 1)], header)
        check_header(path, line, header)
        records = []
        for line, fields in rows:
            if len(fields) != len(header):
                raise DataError(f"{len(fields)} fields; the header has {len(header)}.", path, line)
            records.append(
                (line, dict(zip(header, _stripped(path, line, header, fields), strict=True)))
            )
    except csv.Error as error:
        raise DataError(f"this is not a delimited table ({error}).", path) from error
    if not records:
        raise DataError("the table has a header but no rows.", path)
    if len(header) == 1 and all(_has_delimiter(record[header[0]]) for _, record in records):
        raise DataError("the header is one name, but every row holds several cells.", path, 1)
    return header, records


def _stripped(path: Path, line: int, header: list[str], fields: list[str]) -> list[str]:
    stripped = [field.strip() for field in fields]
    for name, field, cell in zip(header, fields, stripped, strict=True):
        if len(cell) < len(field):
            before, _, after = field.partition(cell) if cell else (field, "", "")
            found = next((c for c in before + after if c in _BLANK_CONTROLS), None)
            if found is not None:
                raise DataError(
                    f"a control character (0x{ord(found):02x}) stands at the start or end of "
                    "this cell; take it out.",
                    path,
                    line,
                    name,
                )
    return stripped


def _has_delimiter(cell: str) -> bool:
    return any(delimiter in cell for delimiter in _DELIMITERS)


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
