"""Which form a registry file has, and the records in it."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ingest.limits import refuse_bomb
from ingest.textfiles import read_text
from ingest.trials.aact import extracts, is_table, read_tables
from ingest.trials.api_json import read_studies
from ingest.trials.legacy_xml import read_xml
from ingest.trials.record import NCT_ID, TrialRecord
from warehouse.errors import DataError

# One member of an archive larger than this is no record.
_MOST_MEMBER_BYTES: Final = 256 << 20
_ZIP: Final = b"PK\x03\x04"
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)


@dataclass(frozen=True)
class FoundRecord:
    """A record and the file it came from."""

    path: Path
    record: TrialRecord


def read_records_of(paths: Sequence[Path], only: Collection[str] = ()) -> Iterator[FoundRecord]:
    """Yield the records of registry files, each recognised by its content.

    Parameters
    ----------
    paths
        API v2 JSON, retired XML, a zip of either, or AACT tables (files or the folder that holds
        them); AACT tables of one folder belong together.
    only
        NCT numbers to read; empty for all.

    Raises
    ------
    DataError
        If a file has none of these forms.
    """
    files = [member for path in paths for member in _members(path)]
    for extract in extracts([path for path in files if is_table(path)]):
        for record in read_tables(extract, only):
            yield FoundRecord(extract.events, record)
    for path in files:
        if not is_table(path):
            for found in _records(path):
                if not only or found.record.nct_id in only:
                    yield found


def _members(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    kept = [
        p for p in sorted(path.iterdir()) if is_table(p) or p.suffix.lower() in {".json", ".xml"}
    ]
    if not kept:
        raise DataError("this folder holds no JSON, XML or AACT table.", path)
    return kept


def _records(path: Path) -> Iterator[FoundRecord]:
    if _is_zip(path):
        yield from _zipped(path)
        return
    for record in _parsed(path, read_text(path)):
        yield FoundRecord(path, _with_name_remark(record, path.name))


def _is_zip(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        return handle.read(4) == _ZIP


def _zipped(path: Path) -> Iterator[FoundRecord]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                m for m in archive.infolist() if m.filename.lower().endswith((".json", ".xml"))
            ]
            if not members:
                raise DataError("this archive holds no JSON or XML record.", path)
            for member in members:
                if member.file_size > _MOST_MEMBER_BYTES:
                    raise DataError(f"{member.filename} is too large to be a record.", path)
                refuse_bomb(path, member.file_size, member.compress_size)
                data = archive.read(member)
                for record in _parsed(path / member.filename, data):
                    yield FoundRecord(path, _with_name_remark(record, member.filename))
    # Besides its own error zipfile passes on those of damaged, encrypted and odd members.
    except _DAMAGE as error:
        raise DataError(f"this archive is damaged or encrypted ({error}).", path) from error


def _parsed(path: Path, data: bytes) -> Iterator[TrialRecord]:
    start = data.lstrip()[:1]
    if start == b"<":
        yield read_xml(path, data)
    elif start in {b"{", b"["}:
        try:
            content = json.loads(data)
        except json.JSONDecodeError as error:
            raise DataError(
                f"this is not JSON ({error.msg}); download it again.", path, error.lineno
            ) from error
        except (ValueError, RecursionError) as error:
            raise DataError(
                "this is not JSON that can be used; download it again.", path
            ) from error
        yield from read_studies(path, content)
    else:
        raise DataError(
            "this is no registry record: ClinicalTrials.gov API v2 JSON, its retired XML or AACT "
            "tables were expected.",
            path,
        )


def _with_name_remark(record: TrialRecord, name: str) -> TrialRecord:
    named = re.search(NCT_ID, name.upper())
    if named is None or named[0] == record.nct_id:
        return record
    remark = f"the file is named {name}, the record in it is {record.nct_id}; the record counts"
    return replace(record, remarks=(*record.remarks, remark))
