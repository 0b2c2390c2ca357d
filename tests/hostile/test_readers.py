"""Every reader against every kind of damage: a sentence, or exactly what the file says."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest

from ingest import limits
from ingest.textfiles import read_text
from tests.hostile import damage
from tests.hostile.forms import FORMS, GENES, TX2GENE, Form, tabbed
from warehouse.errors import DataError

# The bound on one file; in practice each takes milliseconds.
pytestmark = pytest.mark.timeout(30)


def cases(*kinds: dict[str, object], packed: bool = False) -> list[tuple[str, str]]:
    return [
        (form, name)
        for form, held in FORMS.items()
        if held.unpacks or not packed
        for kind in kinds
        for name in kind
    ]


def ids(held: list[tuple[str, str]]) -> list[str]:
    return ["/".join(case) for case in held]


REFUSED = cases(damage.REFUSED) + cases(damage.REFUSED_PACKED, packed=True)
EITHER = cases(damage.EITHER)
SAME = cases(damage.SAME) + cases(damage.SAME_PACKED, packed=True)


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rule at a size that a test can make and unpack in no time."""
    monkeypatch.setattr(limits, "ALWAYS_ALLOWED", 1 << 20)


def written(folder: Path, form: Form, data: bytes) -> Path:
    pairs = [["transcript_id", "gene_id"], *([g.replace("G", "T"), g] for g in GENES)]
    (folder / TX2GENE).write_bytes(tabbed(pairs))
    path = folder / form.name
    path.write_bytes(data)
    return path


def check_sentence(refusal: DataError, path: Path) -> None:
    """One to four sentences of bounded length that name the file and no machinery."""
    said = str(refusal)
    assert str(path) in said or str(path.parent) in said
    assert "Traceback" not in said
    assert len(said) - len(str(path)) < 900
    assert len(re.findall(r"[.?](?= [A-Z]|$)", said)) in range(1, 5), said


@pytest.mark.parametrize(("form", "name"), REFUSED, ids=ids(REFUSED))
def test_what_is_no_such_file_is_refused(tmp_path: Path, form: str, name: str) -> None:
    held = FORMS[form]
    path = written(tmp_path, held, {**damage.REFUSED, **damage.REFUSED_PACKED}[name](held.sound))
    with pytest.raises(DataError) as refusal:
        held.read(path)
    check_sentence(refusal.value, path)
    if "bomb" in name:
        assert "unpacked this is larger than" in str(refusal.value)


@pytest.mark.parametrize(("form", "name"), EITHER, ids=ids(EITHER))
def test_damage_is_refused_or_read_as_it_stands(tmp_path: Path, form: str, name: str) -> None:
    held = FORMS[form]
    data = damage.EITHER[name](held.sound)
    path = written(tmp_path, held, data)
    try:
        found = held.read(path)
    except DataError as refusal:
        check_sentence(refusal, path)
    else:
        assert found == held.plain(data.decode())


@pytest.mark.parametrize(("form", "name"), SAME, ids=ids(SAME))
def test_another_writing_of_the_same_is_read(tmp_path: Path, form: str, name: str) -> None:
    held = FORMS[form]
    path = written(tmp_path, held, {**damage.SAME, **damage.SAME_PACKED}[name](held.sound))
    found = held.read(path)
    assert found
    assert found == held.plain(held.sound.decode())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", ["folder", "pipe", "missing", "dangling-link", "link-to-itself"])
def test_what_is_no_file_is_refused(tmp_path: Path, form: str, what: str) -> None:
    held = FORMS[form]
    path = written(tmp_path, held, b"")
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "dangling-link":
        path.symlink_to("nowhere")
    elif what == "link-to-itself":
        path.symlink_to(path.name)
    with pytest.raises(DataError) as refusal:
        held.read(path)
    check_sentence(refusal.value, path)


def test_the_corpus_is_large_enough() -> None:
    assert len(REFUSED) + len(EITHER) > 200


def test_the_stated_limit_holds_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert limits.ALWAYS_ALLOWED == 256 << 20
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=6) as stream:
        for _ in range(272):
            stream.write(b"0," * (1 << 19))
    with pytest.raises(DataError, match="unpacked this is larger than"):
        read_text(path)


def test_the_limit_grows_with_the_file_up_to_its_top() -> None:
    assert limits.most_unpacked(1) == limits.ALWAYS_ALLOWED
    assert limits.most_unpacked(10 << 20) == limits.MOST_RATIO * (10 << 20)
    assert limits.most_unpacked(1 << 40) == limits.MOST_UNPACKED
