"""Parsing XML that somebody sent: no document type, hence no entities to expand or fetch."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

from warehouse.errors import DataError


class _WithoutDocumentType(ElementTree.TreeBuilder):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:  # noqa: ARG002
        """Refuse; the parser calls this before it reads a declaration, in every encoding."""
        raise DataError(
            "this XML declares a document type or entities, which no such file does.", self._path
        )


def parse_xml(path: Path, data: bytes) -> ElementTree.Element:
    """Return the root element.

    Raises
    ------
    DataError
        If it declares a document type, or an encoding that the parser does not know.
    xml.etree.ElementTree.ParseError
        If it is not well-formed.
    """
    parser = ElementTree.XMLParser(target=_WithoutDocumentType(path))  # noqa: S314 - see above
    try:
        parser.feed(data)
        root: ElementTree.Element = parser.close()
    except (LookupError, ValueError):
        raise DataError(
            "this XML names an encoding that cannot be read; UTF-8 was expected.", path
        ) from None
    return root
