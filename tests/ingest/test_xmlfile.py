"""XML with a document type is refused in whatever encoding it hides."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.trials.legacy_xml import read_xml
from ingest.xmlfile import parse_xml
from warehouse.errors import DataError

PATH = Path("record.xml")
RECORD = "<clinical_study><id_info><nct_id>{}</nct_id></id_info></clinical_study>"
ENTITY = '<!DOCTYPE clinical_study [<!ENTITY a "NCT01234567">]>'
EXTERNAL = '<!DOCTYPE clinical_study SYSTEM "file:///etc/hostname">'
ENCODINGS = pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])


def document(encoding: str, declaration: str, nct_id: str) -> bytes:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{name}"?>{declaration}{RECORD.format(nct_id)}'
    return text.encode(encoding)


@ENCODINGS
@pytest.mark.parametrize(
    ("declaration", "nct_id"), [(ENTITY, "&a;"), (EXTERNAL, "NCT01234567")], ids=["own", "outer"]
)
def test_a_document_type_is_refused(encoding: str, declaration: str, nct_id: str) -> None:
    with pytest.raises(DataError, match="declares a document type or entities"):
        read_xml(PATH, document(encoding, declaration, nct_id))


@ENCODINGS
def test_without_one_the_same_is_read(encoding: str) -> None:
    assert read_xml(PATH, document(encoding, "", "NCT01234567")).nct_id == "NCT01234567"


@pytest.mark.parametrize("name", ["utf-16-be", "utf-7", "shift_jis", "no-such"])
def test_an_encoding_that_the_parser_cannot_read_is_said(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?>{RECORD.format("NCT01234567")}'
    with pytest.raises(DataError, match="an encoding that cannot be read"):
        read_xml(PATH, text.encode())


def test_words_about_a_document_type_are_no_declaration() -> None:
    root = parse_xml(PATH, b"<note><![CDATA[<!DOCTYPE and <!ENTITY]]></note>")
    assert root.text == "<!DOCTYPE and <!ENTITY"
