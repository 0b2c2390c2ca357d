"""Hostile zip archives, workbooks, XML and JSON: registry files, the CTCAE, backups."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.ctcae import read_workbook
from ingest.trials.files import read_records_of
from tests.hostile.damage import noise
from tests.ingest.test_ctcae import HEADER, NAMESPACE, write_workbook
from tests.ingest.trials.records import NCT, XML, api_study, write_aact
from warehouse.backup import restore
from warehouse.errors import DataError
from warehouse.home import Home

pytestmark = pytest.mark.timeout(30)

LAUGHS = (
    '<!DOCTYPE clinical_study [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 20))
    + "]>"
)
EXTERNAL = '<!DOCTYPE clinical_study [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE clinical_study [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>'
DECLARED = '<?xml version="1.0" encoding="UTF-8"?>'


def with_type(doctype: str, title: str, encoding: str = "utf-8") -> bytes:
    text = XML.replace("A trial", title).replace(
        DECLARED, f'<?xml version="1.0" encoding="{encoding}"?>{doctype}'
    )
    return text.encode(encoding)


XMLS: dict[str, bytes] = {
    "billion-laughs": with_type(LAUGHS, "&a19;"),
    "billion-laughs-utf16": with_type(LAUGHS, "&a19;", "utf-16"),
    "external-entity": with_type(EXTERNAL, "&x;"),
    "external-entity-utf16": with_type(EXTERNAL, "&x;", "utf-16"),
    "parameter-entity": with_type(PARAMETER, "x"),
    "external-subset": with_type('<!DOCTYPE clinical_study SYSTEM "file:///etc/passwd">', "x"),
    "bare-document-type": with_type("<!DOCTYPE clinical_study>", "x"),
    "unknown-entity": XML.replace("A trial", "&x;").encode(),
    "unknown-encoding": XML.replace("UTF-8", "x-unknown").encode(),
    "encoding-that-decodes-code": XML.replace("UTF-8", "rot13").encode(),
    "wrong-encoding": XML.replace("A trial", "é").encode("latin-1"),
    "deep": XML.replace("A trial", "<a>" * 200_000).encode(),
    "long-attribute-list": XML.replace("<counts ", "<counts a" + 'x="1" a' * 3, 1).encode(),
    "control-character": XML.replace("A trial", "A\x07trial").encode(),
    "number-reference-to-nul": XML.replace("A trial", "&#0;").encode(),
    "another-root": XML.replace("clinical_study", "clinical").encode(),
    "no-number": XML.replace(NCT, "NCT1").encode(),
    "number-climbs-out": XML.replace(NCT, "../../x").encode(),
    "number-with-line-end": XML.replace(NCT, f"{NCT}&#10;x").encode(),
}


def study_with(where: str, value: object) -> bytes:
    study: Any = api_study()
    at = study
    *parents, last = where.split(".")
    for key in parents:
        at = at[int(key)] if isinstance(at, list) else at[key]
    at[last] = value
    return json.dumps(study).encode()


ADVERSE = "resultsSection.adverseEventsModule"
PLACES = [
    "protocolSection",
    "protocolSection.identificationModule",
    "protocolSection.identificationModule.nctId",
    "protocolSection.designModule",
    "protocolSection.armsInterventionsModule",
    "resultsSection",
    ADVERSE,
    f"{ADVERSE}.eventGroups",
    f"{ADVERSE}.seriousEvents",
    f"{ADVERSE}.seriousEvents.0.stats",
    "resultsSection.outcomeMeasuresModule.outcomeMeasures",
]
JSONS: dict[str, bytes] = {
    "deep": b"[" * 200_000,
    "deep-objects": b'{"a":' * 200_000,
    "huge-number": json.dumps(api_study()).replace("100", "9" * 5000).encode(),
    "cut": json.dumps(api_study()).encode()[:-5],
    "number": b"[1, 2]",
    "nothing": b"{}",
    "null-in-a-list": b"[null]",
    "lists-in-lists": b"[[[[[[]]]]]]",
    "studies-in-itself": b'{"studies": {"studies": {"studies": 1}}}',
    **{f"{p}-is-text": study_with(p, "x") for p in PLACES},
    **{f"{p}-is-a-number": study_with(p, 7) for p in PLACES},
}


def zip_of(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def patched(data: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """Overwrite a field of every header of an archive."""
    held, at = bytearray(data), data.find(mark)
    while at >= 0:
        held[at + offset : at + offset + len(value)] = value
        at = data.find(mark, at + 1)
    return bytes(held)


def encrypted(data: bytes) -> bytes:
    flag = struct.pack("<H", 1)
    return patched(patched(data, b"PK\x01\x02", 8, flag), b"PK\x03\x04", 6, flag)


def odd_method(data: bytes) -> bytes:
    kind = struct.pack("<H", 99)
    return patched(patched(data, b"PK\x01\x02", 10, kind), b"PK\x03\x04", 8, kind)


def damaged(data: bytes) -> bytes:
    held = bytearray(data)
    held[60:90] = noise(30, 7)
    return bytes(held)


RECORD = zip_of(("a.xml", XML.encode()))
ZIPS: dict[str, bytes] = {
    "no-record": zip_of(("a.txt", b"x")),
    "nothing": zip_of(),
    "zip-in-a-zip": zip_of(("a.json", RECORD)),
    "billion-laughs": zip_of(("a.xml", XMLS["billion-laughs-utf16"])),
    "external-entity": zip_of(("a.xml", XMLS["external-entity-utf16"])),
    "bomb": zip_of(("a.json", b"[" + b" " * (300 << 20))),
    "states-less-than-it-holds": patched(
        zip_of(("a.xml", XML.encode())), b"PK\x01\x02", 24, struct.pack("<I", 100)
    ),
    "states-4-gigabytes": patched(RECORD, b"PK\x01\x02", 24, struct.pack("<I", 0xFFFFFFF0)),
    "encrypted": encrypted(RECORD),
    "unknown-method": odd_method(RECORD),
    "damaged": damaged(RECORD),
    "cut": RECORD[:-30],
    "without-end": RECORD[:100],
    "utf16-json": zip_of(("a.json", "{}".encode("utf-16"))),
    "not-utf8-json": zip_of(("a.json", b'{"a": "\xff\xfe"}')),
}


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder two levels down; nothing may be written around it."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    yield folder
    assert sorted(p.name for p in tmp_path.rglob("*") if folder not in p.parents) == ["a", "b"]


def refuse(path: Path, read: Callable[[], object]) -> str:
    with pytest.raises(DataError) as refusal:
        read()
    said = str(refusal.value)
    assert str(path) in said
    assert "root:" not in said
    assert len(said) - len(str(path)) < 700
    return said


@pytest.mark.parametrize("name", XMLS)
def test_hostile_xml_is_refused(outside: Path, name: str) -> None:
    path = outside / "record.xml"
    path.write_bytes(XMLS[name])
    refuse(path, lambda: list(read_records_of([path])))


@pytest.mark.parametrize("name", JSONS)
def test_hostile_json_is_refused(outside: Path, name: str) -> None:
    path = outside / "record.json"
    path.write_bytes(JSONS[name])
    refuse(path, lambda: list(read_records_of([path])))


@pytest.mark.parametrize("name", ZIPS)
def test_hostile_archives_are_refused(outside: Path, name: str) -> None:
    path = outside / "records.zip"
    path.write_bytes(ZIPS[name])
    said = refuse(path, lambda: list(read_records_of([path])))
    if name == "bomb":
        assert "too large" in said or "unpacked" in said


@pytest.mark.parametrize("name", ["../../out.xml", "/srv/out.xml", "a/../../../out.xml"])
def test_a_members_path_is_only_a_name(outside: Path, name: str) -> None:
    path = outside / "records.zip"
    path.write_bytes(zip_of((name, XML.encode())))
    assert [f.record.nct_id for f in read_records_of([path])] == [NCT]


AACT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut-in-a-line": lambda data: data[:-40],
    "nul": lambda data: data.replace(b"Neutropenia", b"Neutro\0penia"),
    "not-utf8": lambda data: data.replace(b"Neutropenia", b"Neutro\xff\xfepenia"),
    "utf16": lambda data: data.decode().encode("utf-16"),
    "comma-delimited": lambda data: data.replace(b"|", b","),
    "longer-line": lambda data: data + b"|" * 99 + b"\n",
    "shorter-line": lambda data: data + b"9|" + NCT.encode() + b"\n",
    "quote-not-closed": lambda data: data.replace(b"|Blood|", b'|"Blood|', 1),
    "column-twice": lambda data: data.replace(b"organ_system", b"adverse_event_term", 1),
    "column-missing": lambda data: data.replace(b"subjects_affected", b"affected", 1),
    "noise": lambda _: noise(4000, 9),
    "packed": lambda data: zip_of(("reported_events.txt", data)),
}


@pytest.mark.parametrize("name", AACT)
def test_hostile_aact_tables_are_refused(outside: Path, name: str) -> None:
    folder = write_aact(outside / "aact")
    path = folder / "reported_events.txt"
    path.write_bytes(AACT[name](path.read_bytes()))
    refuse(folder, lambda: list(read_records_of([folder])))


def workbook(strings: str, sheet: str, **extra: bytes) -> bytes:
    return zip_of(
        ("xl/sharedStrings.xml", strings.encode(extra.get("encoding", b"utf-8").decode())),
        ("xl/worksheets/sheet1.xml", sheet.encode()),
    )


SHEET = f'<worksheet xmlns="{NAMESPACE}"><row><c r="A1" t="s"><v>%s</v></c></row></worksheet>'
STRINGS = f'<sst xmlns="{NAMESPACE}"><si><t>x</t></si></sst>'
BOOKS: dict[str, bytes] = {
    "text-that-is-not-there": workbook(STRINGS, SHEET % 99),
    "text-of-no-number": workbook(STRINGS, SHEET % "x"),
    "billion-laughs": workbook(LAUGHS + STRINGS, SHEET % 0),
    "billion-laughs-utf16": workbook(
        '<?xml version="1.0" encoding="utf-16"?>' + LAUGHS + STRINGS, SHEET % 0, encoding=b"utf-16"
    ),
    "external-entity": workbook(EXTERNAL + STRINGS, SHEET % 0),
    "not-xml": workbook("x", "y"),
    "no-sheet": zip_of(("xl/sharedStrings.xml", STRINGS.encode())),
    "bomb": zip_of(("xl/sharedStrings.xml", b" " * (70 << 20))),
    "cut": workbook(STRINGS, SHEET % 0)[:-40],
    "encrypted": encrypted(workbook(STRINGS, SHEET % 0)),
    "unknown-method": odd_method(workbook(STRINGS, SHEET % 0)),
    "damaged": damaged(workbook(STRINGS, SHEET % 0)),
    "text": b"MedDRA SOC,CTCAE Term\n",
    "empty": b"",
}


@pytest.mark.parametrize("name", BOOKS)
def test_hostile_workbooks_are_refused(outside: Path, name: str) -> None:
    path = outside / "CTCAE_v5.0.xlsx"
    path.write_bytes(BOOKS[name])
    refuse(path, lambda: read_workbook(path))


def test_a_folder_or_pipe_is_no_workbook(outside: Path) -> None:
    path = outside / "CTCAE_v5.0.xlsx"
    path.mkdir()
    refuse(path, lambda: read_workbook(path))


def test_a_formula_in_a_workbook_stays_text(outside: Path) -> None:
    row = ["1", "Blood", "=cmd|' /C calc'!A0", "a", "b", "c", "d", "e", "f"]
    terms = read_workbook(write_workbook(outside / "CTCAE_v5.0.xlsx", [HEADER, row]))
    assert terms["ctcae_term"].to_list() == ["=cmd|' /C calc'!A0"]


def manifest(*files: dict[str, object], **changes: object) -> bytes:
    held = {
        "format": 1,
        "made_at": "2026-01-01T00:00:00Z",
        "imid_version": "1",
        "serving": None,
        "files": list(files),
    }
    return json.dumps(held | changes).encode()


def stated(path: str, size: int = 1) -> dict[str, object]:
    return {"path": path, "bytes": size, "sha256": "0" * 64}


def one(name: str, size: int = 1, data: bytes = b"x") -> bytes:
    return zip_of((name, data), ("manifest.json", manifest(stated(name, size))))


BACKUPS: dict[str, bytes] = {
    "empty": b"",
    "noise": noise(3000, 11),
    "no-manifest": zip_of(("working.duckdb", b"x")),
    "manifest-no-json": zip_of(("manifest.json", b"{")),
    "manifest-deep": zip_of(("manifest.json", b"[" * 200_000)),
    "manifest-bomb": zip_of(("manifest.json", b" " * (17 << 20))),
    "manifest-not-utf8": zip_of(("manifest.json", b'{"a": "\xff"}')),
    "manifest-of-another-format": zip_of(("manifest.json", manifest(format=2))),
    "climbs-out": one("../../out"),
    "absolute": one("/srv/out"),
    "climbs-out-of-landed": one("landed/../../out"),
    "backslashes": one("landed\\..\\..\\out"),
    "nul": zip_of(("manifest.json", manifest(stated("landed/a\0b")))),
    "current-link": one("current"),
    "lock": one("write.lock"),
    "bomb": one("working.duckdb", 1, b"0" * (20 << 20)),
    "no-database": one("working.duckdb"),
    "negative-size": one("working.duckdb", -1),
    "encrypted": encrypted(one("working.duckdb")),
    "unknown-method": odd_method(one("working.duckdb")),
    "damaged": damaged(one("working.duckdb", 500, noise(500, 12))),
    "member-twice": zip_of(
        ("working.duckdb", b"x"),
        ("manifest.json", manifest(stated("working.duckdb"), stated("working.duckdb"))),
    ),
}


@pytest.mark.parametrize("name", BACKUPS)
def test_hostile_backups_restore_nothing(outside: Path, name: str) -> None:
    path = outside / "backup.zip"
    path.write_bytes(BACKUPS[name])
    home = Home(outside / "home").create()
    before = sorted(p.name for p in home.root.rglob("*"))
    refuse(path, lambda: restore(home, path))
    assert sorted(p.name for p in home.root.rglob("*") if p.name != ".lock") == before or sorted(
        p.name for p in home.root.rglob("*")
    ) == sorted([*before, "write.lock"])
    assert not home.working.exists()


def test_the_corpus_is_of_the_stated_size() -> None:
    assert len(XMLS) + len(JSONS) + len(ZIPS) + len(AACT) + len(BOOKS) + len(BACKUPS) > 100
