"""Random damage to a sound file of every kind: refused in a sentence, or read exactly as it stands.

A run tries a few files of each kind, the same ones every time. ``IMID_MUTATIONS=5000`` tries so
many of each, and others in every run.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import limits
from tests.hostile.forms import FORMS
from tests.hostile.test_readers import check_sentence, written
from warehouse.errors import DataError

ASKED = os.environ.get("IMID_MUTATIONS")
# Nothing that one file needs takes longer.
pytestmark = pytest.mark.timeout(int(ASKED) if ASKED and int(ASKED) > 60 else 60)
trying = settings(
    max_examples=int(ASKED or 12),
    derandomize=ASKED is None,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

# What means something in one of the formats, beside any byte at all.
TELLING = (b"\0", b'"', b"'", b"\t", b",", b"\n", b"\r", b"\r\n", b"-", b".5", b"e9", b"NA", b"#")
WORDS = st.sampled_from(TELLING) | st.binary(min_size=1, max_size=3)
# Where and how long, as parts of the file in thousandths.
PLACE, LENGTH = st.integers(0, 999), st.integers(1, 300)
STEP = st.one_of(
    st.tuples(st.just("flip"), PLACE, st.integers(1, 255)),
    st.tuples(st.just("cut"), PLACE, st.none()),
    st.tuples(st.just("drop"), PLACE, LENGTH),
    st.tuples(st.just("repeat"), PLACE, LENGTH),
    st.tuples(st.just("move"), PLACE, LENGTH),
    st.tuples(st.just("put"), PLACE, WORDS),
)


def mutated(data: bytes, steps: list[tuple[str, int, object]]) -> bytes:
    for kind, place, value in steps:
        at = len(data) * place // 1000
        end = at + len(data) * value // 1000 + 1 if isinstance(value, int) else at
        if kind == "flip" and isinstance(value, int):
            data = data[:at] + bytes(byte ^ value for byte in data[at : at + 1]) + data[at + 1 :]
        elif kind == "cut":
            data = data[:at]
        elif kind == "drop":
            data = data[:at] + data[end:]
        elif kind == "repeat":
            data = data[:end] + data[at:end] + data[end:]
        elif kind == "move":
            data = data[:at] + data[end:] + data[at:end]
        elif isinstance(value, bytes):
            data = data[:at] + value + data[at:]
    return data


def check(form: str, data: bytes, text: bytes | None) -> None:
    """Read a file; what is not refused must be what a plain reading of its text gives."""
    held = FORMS[form]
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), held, data)
        try:
            found = held.read(path)
        except DataError as refusal:
            check_sentence(refusal, path)
        else:
            assert text is not None
            if form.startswith("geo-s"):
                check_fields(form, found, text.decode())
            else:
                assert found == held.plain(text.decode())


def check_fields(form: str, found: list[Any], text: str) -> None:
    """Fields may have any name in GEO's files: each sample is there, each value stands there."""
    rows = [list(row.values()) if isinstance(row, dict) else row for row in found]
    if form == "geo-soft":
        ids = [word.strip() for word in re.findall(r"^\^\s*SAMPLE\s*=(.*)$", text, re.MULTILINE)]
    else:
        (line,) = re.findall(r"^!Sample_geo_accession\t(.*)$", text, re.MULTILINE)
        (ids,) = csv.reader([line], delimiter="\t")
    assert [row[0] for row in rows] == ids
    values = [part.strip() for row in rows for value in row for part in value.split(" | ")]
    # a quote that stands in the middle of a quoted value ends up behind it
    unquoted = text.replace('"', "")
    assert all(value.replace('"', "") in unquoted for value in values)


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ALWAYS_ALLOWED", 1 << 20)


@pytest.mark.parametrize("form", FORMS)
@given(steps=st.lists(STEP, min_size=1, max_size=4))
@trying
def test_a_damaged_text_is_refused_or_read_as_it_stands(
    form: str, steps: list[tuple[str, int, object]]
) -> None:
    data = mutated(FORMS[form].sound, steps)
    check(form, data, data)


@pytest.mark.parametrize("form", [name for name, held in FORMS.items() if held.unpacks])
@given(steps=st.lists(STEP, min_size=1, max_size=2))
@trying
def test_a_damaged_archive_is_refused_or_holds_its_text(
    form: str, steps: list[tuple[str, int, object]]
) -> None:
    data = mutated(gzip.compress(FORMS[form].sound, mtime=0), steps)
    try:
        text = gzip.decompress(data)
    except (OSError, EOFError, ValueError, gzip.zlib.error):  # type: ignore[attr-defined]
        # Only text is left that this library does not call compressed.
        text = data if data[:2] != b"\x1f\x8b" else None
    check(form, data, text)
