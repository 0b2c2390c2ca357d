"""GEO's series matrix and SOFT family files as sample sheets."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from ingest.textfiles import read_head, read_text
from warehouse.errors import DataError

_Field = tuple[str, int, str, str]
Records = list[tuple[int, dict[str, str]]]

_SERIES_MATRIX: Final = b"!Series_"
_SOFT: Final = (b"^DATABASE", b"^SERIES", b"^SAMPLE", b"^PLATFORM")
_CHARACTERISTIC: Final = re.compile(r"^\s*([^:]+?)\s*:\s*(.*?)\s*$")
_SERIES_TITLE: Final = re.compile(r"!Series_title\s*=?\s*(.*)")
_CHARACTERISTICS: Final = "characteristics"
_JOINT: Final = " | "


def read_geo_samples(path: Path) -> tuple[list[str], Records] | None:
    """Read the samples of a GEO file, or return None if this is none.

    ``sample_id`` is the GSM accession. Each characteristic ``cell line: MM.1S`` becomes a column
    ``cell_line``; all other fields but the contacts keep their names without ``Sample_`` and
    ``_ch1``. A characteristic called like one of these is given the ending ``_given``. A field
    that stands several times is joined with a bar.

    Raises
    ------
    DataError
        If it holds no samples.
    """
    fields = _fields(path)
    if fields is None:
        return None
    taken = _field_names(fields)
    samples: dict[str, tuple[int, dict[str, list[str]]]] = {}
    for sample, line, name, value in fields:
        _, held = samples.setdefault(sample, (line, {}))
        for key, text in _named(name, value, taken):
            held.setdefault(key, []).append(text)
    if not samples:
        raise DataError("this GEO file holds no samples.", path)
    header = list(dict.fromkeys(key for _, held in samples.values() for key in held))
    records: Records = [
        (line, {"sample_id": sample, **{k: _JOINT.join(held.get(k, [])) for k in header}})
        for sample, (line, held) in samples.items()
    ]
    return ["sample_id", *header], records


def _fields(path: Path) -> list[_Field] | None:
    """Return ``(sample, line, name, value)`` of every field, or None if this is no GEO file."""
    head = read_head(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(_SERIES_MATRIX):
        try:
            return list(_series_matrix_fields(path, read_text(path)))
        except csv.Error as error:
            raise DataError(f"this is no whole series matrix ({error}).", path) from error
    if head.startswith(_SOFT):
        return list(_soft_fields(path, read_text(path)))
    return None


def characteristic_names(path: Path) -> list[str]:
    """Return the columns that :func:`read_geo_samples` makes of the samples' characteristics."""
    fields = _fields(path) or []
    taken = _field_names(fields)
    names = [
        key
        for _, _, name, value in fields
        if name.startswith(_CHARACTERISTICS)
        for key, _ in _named(name, value, taken)
    ]
    return list(dict.fromkeys(names))


def series_title(path: Path) -> str | None:
    """Return the title of a GEO file's series, if it has one."""
    for line in read_text(path).decode("utf-8").split("\n"):
        match = _SERIES_TITLE.match(line)
        if match:
            return match[1].strip().strip('"') or None
    return None


def _field_names(fields: Sequence[_Field]) -> frozenset[str]:
    """Return the columns that are no characteristics' in any sample."""
    names = {_without_channel(name) for _, _, name, value in fields if _is_kept(name, value)}
    return frozenset({"sample_id", *(n for n in names if not n.startswith(_CHARACTERISTICS))})


def _is_kept(name: str, value: str) -> bool:
    return not name.startswith("contact_") and name != "geo_accession" and bool(value)


def _without_channel(name: str) -> str:
    return re.sub(r"_ch(\d)$", lambda m: "" if m[1] == "1" else f"_ch{m[1]}", name)


def _named(name: str, value: str, taken: frozenset[str]) -> Sequence[tuple[str, str]]:
    name = _without_channel(name)
    if not _is_kept(name, value):
        return []
    if name.startswith(_CHARACTERISTICS):
        match = _CHARACTERISTIC.match(value)
        return [(_slug(match[1], taken), match[2])] if match else [(name, value)]
    return [(name, value)]


def _slug(text: str, taken: frozenset[str]) -> str:
    slug = re.sub(r"\W+", "_", text.strip().lower()).strip("_")
    return f"{slug}_given" if slug in taken else slug or _CHARACTERISTICS


def _series_matrix_fields(path: Path, data: bytes) -> Iterator[tuple[str, int, str, str]]:
    rows: list[tuple[int, str, list[str]]] = []
    reader = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter="\t")
    is_table = False
    for row in reader:
        name = row[0] if row else ""
        if name.startswith("!series_matrix_table_"):
            is_table = name == "!series_matrix_table_begin"
        elif name.startswith("!Sample_"):
            rows.append((reader.line_num, name.removeprefix("!Sample_"), row[1:]))
        elif any(row) and not is_table and not name.removeprefix("\ufeff").startswith("!Series_"):
            # A damaged name would take a field from every sample without a word.
            raise DataError(
                f"a line of a series matrix begins with !Series_ or !Sample_, not {name[:40]!r}.",
                path,
                reader.line_num,
            )
    by_name: Mapping[str, tuple[int, list[str]]] = {n: (line, v) for line, n, v in rows}
    line, accessions = by_name.get("geo_accession", (0, []))
    if sum(name == "geo_accession" for _, name, _ in rows) > 1:
        raise DataError("the samples' accessions stand twice in this file.", path, line)
    for at, name, values in rows:
        if any("\n" in value for value in values):
            raise DataError("a value goes on over several lines; is a quote missing?", path, at)
        if len(values) != len(accessions):
            raise DataError(
                f"!Sample_{name[:40]} has {len(values):,} values for {len(accessions):,} samples.",
                path,
                at,
            )
    for i, sample in enumerate(accessions):
        if sample in accessions[:i]:
            raise DataError(f"sample {sample} stands twice.", path, line)
        yield sample, line, "geo_accession", sample
        for _, name, values in rows:
            yield sample, line, name, values[i]


def _soft_fields(path: Path, data: bytes) -> Iterator[tuple[str, int, str, str]]:
    sample, start, kind = None, 0, ""
    seen: set[str] = set()
    has_title = is_table = False
    for line, text in enumerate(data.decode("utf-8").removeprefix("\ufeff").split("\n"), start=1):
        lowered = text.strip().lower()
        if lowered.startswith(f"!{kind}_table_"):
            is_table = lowered == f"!{kind}_table_begin"
        elif is_table or not lowered or text.startswith("#"):
            continue
        elif text.startswith("^"):
            name, _, accession = text[1:].partition("=")
            kind, start, has_title = name.strip().lower(), line, False
            sample = accession.strip() if kind == "sample" else None
            if sample == "":
                raise DataError("a sample without an accession; the file is damaged.", path, line)
            if sample in seen:
                raise DataError(f"sample {sample} stands twice.", path, line)
            if sample:
                seen.add(sample)
                yield sample, start, "geo_accession", sample
        elif not lowered.startswith(f"!{kind}_"):
            # A line of another part means that the line which begins that part is damaged.
            raise DataError(
                f"a line of this part begins with !{kind.capitalize()}_, not {text[:40]!r}.",
                path,
                line,
            )
        elif sample:
            name, _, value = text.split("_", 1)[1].partition("=")
            if name.strip() == "title" and has_title:
                raise DataError(f"sample {sample} has two titles.", path, line)
            has_title |= name.strip() == "title"
            yield sample, start, name.strip(), value.strip()
