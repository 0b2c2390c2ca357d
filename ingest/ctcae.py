"""The NCI's workbook of the Common Terminology Criteria for Adverse Events.

The workbook's column of MedDRA codes is never read: the codes are not ours to keep.
"""

from __future__ import annotations

import re
import time
import zipfile
import zlib
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import duckdb
import polars as pl

from ingest.xmlfile import parse_xml
from warehouse.errors import DataError
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    SourceFile,
    content_hash,
    current_load,
    record_load,
)

KIND: Final = "ctcae"
_NAMESPACE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_SHARED_STRINGS: Final = "xl/sharedStrings.xml"
_FIRST_SHEET: Final = "xl/worksheets/sheet1.xml"
_MOST_BYTES: Final = 64 << 20
# Besides its own error zipfile passes on those of damaged, encrypted and odd members.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    EOFError,
    OSError,
    RuntimeError,
    ElementTree.ParseError,
)
_COLUMNS: Final = {
    "MedDRA SOC": "system_organ_class",
    "CTCAE Term": "ctcae_term",
    "Grade 1": "grade_1",
    "Grade 2": "grade_2",
    "Grade 3": "grade_3",
    "Grade 4": "grade_4",
    "Grade 5": "grade_5",
    "Definition": "definition",
}


def ingest_ctcae(con: duckdb.DuckDBPyConnection, path: Path) -> LoadOutcome:
    """Load the terms, classes, definitions and grade texts of the workbook.

    Raises
    ------
    DataError
        If it is no workbook or its first sheet is not the list of terms.
    """
    started = time.time()
    terms = read_workbook(path)
    version = _version(path)
    files = [SourceFile.read(KIND, path)]
    content = content_hash(files)
    earlier = current_load(con, KIND, version)
    if earlier and earlier[1] == content:
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    frame = terms.with_columns(pl.lit(version).alias("ctcae_version"))
    request = LoadRequest(
        kind=KIND,
        subject=version,
        source_path=path.resolve(),
        files=files,
        content_sha256=content,
        rows_in=frame.height,
        recognised_as=f"CTCAE v{version} workbook",
        started=started,
    )
    return record_load(con, request, lambda writer: writer.insert("raw.ctcae_terms", frame))


def read_workbook(path: Path) -> pl.DataFrame:
    """Read the workbook's first sheet without its codes.

    Returns
    -------
    polars.DataFrame
        ``system_organ_class, ctcae_term, grade_1`` to ``grade_5, definition``, one row per term;
        a grade that the criteria do not define is null.

    Raises
    ------
    DataError
        If it is no workbook or a column is missing.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            strings = [
                "".join(part.text or "" for part in item.iter(f"{_NAMESPACE}t"))
                for item in _part(archive, _SHARED_STRINGS, path)
            ]
            sheet = _part(archive, _FIRST_SHEET, path)
    except FileNotFoundError:
        raise DataError("there is no such file.", path) from None
    except _DAMAGE as error:
        raise DataError("this is no Excel workbook of the CTCAE (.xlsx).", path) from error
    try:
        rows = [_cells(row, strings) for row in sheet.iter(f"{_NAMESPACE}row")]
    except (ValueError, IndexError) as error:
        raise DataError(
            "a cell of this workbook refers to a text it does not hold.", path
        ) from error
    names = {letter: " ".join(text.split()) for letter, text in (rows[0] if rows else {}).items()}
    place = {_COLUMNS[name]: letter for letter, name in names.items() if name in _COLUMNS}
    for name, column in _COLUMNS.items():
        if column not in place:
            raise DataError("this column is missing from the first sheet.", path, 1, name)
    records = [
        {column: _text(row.get(letter)) for column, letter in place.items()} for row in rows[1:]
    ]
    return pl.DataFrame(
        [r for r in records if r["ctcae_term"]],
        schema=dict.fromkeys(_COLUMNS.values(), pl.String),
    )


def _part(archive: zipfile.ZipFile, name: str, path: Path) -> ElementTree.Element:
    if archive.getinfo(name).file_size > _MOST_BYTES:
        raise DataError("this workbook is too large to be the CTCAE.", path)
    return parse_xml(path, archive.read(name))


def _cells(row: ElementTree.Element, strings: list[str]) -> dict[str, str]:
    """Return a row's texts by column letter."""
    texts = {}
    for cell in row.iter(f"{_NAMESPACE}c"):
        value = cell.findtext(f"{_NAMESPACE}v")
        if value is not None:
            letter = re.sub(r"\d", "", cell.get("r", ""))
            texts[letter] = strings[int(value)] if cell.get("t") == "s" else value
    return texts


def _text(value: str | None) -> str | None:
    """Return a cell's text; a dash stands for a grade that is not defined."""
    text = " ".join((value or "").split())
    return None if text in {"", "-"} else text


def _version(path: Path) -> str:
    named = re.search(r"v(?:ersion)?[ _-]?(\d+\.\d+)", path.stem, re.IGNORECASE)
    if named is None:
        raise DataError("the file's name must say the version, such as CTCAE_v5.0.xlsx.", path)
    return named[1]
