"""Hostile study.yaml and assay.yaml: bombs, code, and paths that lead out of their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.loading import _study_id
from ingest.assay.definition import read_assay_definition
from ingest.limits import MOST_DEFINITION_BYTES, file_beneath
from ingest.study.definition import read_definition
from ingest.study.sources import count_files, source_files
from tests.hostile.forms import STUDY
from warehouse.errors import DataError

pytestmark = pytest.mark.timeout(20)

LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 40)
)
MERGES = "b0: &b0 {x: y}\n" + "".join(
    f"b{i}: &b{i}\n  <<: [{', '.join([f'*b{i - 1}'] * 9)}]\n" for i in range(1, 40)
)
BASE = STUDY.decode()
DEFINITIONS = {
    "billion-laughs": LAUGHS,
    "billion-laughs-in-counts": f"{LAUGHS}{BASE.replace('counts.csv', '*a39')}",
    "billion-laughs-in-a-subset": f"{LAUGHS}{BASE.replace('denominator: b', 'where: *a39')}",
    "merge-bomb": f"{BASE}{MERGES}",
    "anchor-in-itself": f"{BASE}note: &n [*n]\n",
    "mapping-in-itself": "&n\nid: *n\n",
    "deep-lists": f"{BASE}note: {'[' * 50_000}\n",
    "deep-mappings": f"{BASE}note: {'{a: ' * 50_000}\n",
    "deep-indents": "".join(" " * i + "a:\n" for i in range(2000)),
    "python-call": f"{BASE}note: !!python/object/apply:os.system ['touch owned']\n",
    "python-name": BASE.replace("a-study", "!!python/name:os.system ''"),
    "key-is-a-list": f"? [a, b]\n: c\n{BASE}",
    "several-documents": f"{BASE}---\n{BASE}",
    "a-list": "- id: x\n",
    "a-number": "12\n",
    "id-climbs-out": BASE.replace("a-study", "../../x"),
    "id-with-line-end": BASE.replace("a-study", '"a\\n"'),
    "id-of-100-kilobytes": BASE.replace("a-study", "a" * 100_000),
    "id-with-nul": BASE.replace("a-study", '"a\\0b"'),
    "formula-runs-code": BASE.replace("organism: human", "organism: [human"),
    "tabs": BASE.replace("\n", "\n\t"),
    "control-characters": BASE.replace("A study", "A\x07study"),
    "enormous": "#" * (MOST_DEFINITION_BYTES + 1),
}
OUTSIDE = [
    "../counts.csv",
    "../../etc/passwd",
    "x/../../counts.csv",
    "./.././counts.csv",
    "..",
    "../*.csv",
    "**/../../*",
    "x*/../../*",
    "c\0.csv",
    "c" * 300,
    "c/" * 3000,
]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_hostile_definition_is_refused_or_means_what_it_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(DEFINITIONS[name], encoding="utf-8")
    for read in (read_definition, read_assay_definition):
        with pytest.raises(DataError) as refusal:
            read(path)
        assert str(path) in str(refusal.value)
        assert len(str(refusal.value)) < 900
    _study_id(path)
    assert [p.name for p in tmp_path.iterdir()] == ["study.yaml"]


@pytest.mark.parametrize("name", OUTSIDE, ids=[f"path-{i}" for i in range(len(OUTSIDE))])
@pytest.mark.parametrize("key", ["counts", "samples", "tx2gene"])
def test_no_relative_path_leads_out_of_the_study(tmp_path: Path, key: str, name: str) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for place in (tmp_path, folder):
        for file in ("counts.csv", "samples.csv"):
            (place / file).write_text("sample_id\na\n")
    path = folder / "study.yaml"
    path.write_bytes(STUDY)
    definition = read_definition(path).model_copy(update={key: name})
    with pytest.raises(DataError) as refusal:
        source_files(path, definition, count_files(path, definition), [])
    assert str(path) in str(refusal.value)
    assert len(str(refusal.value)) < 700


def test_what_lies_beneath_or_is_named_in_full_is_taken(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    (tmp_path / "x").mkdir()
    for name in ("counts.csv", "./x/counts.csv", "x/../counts.csv", "..counts.csv"):
        assert file_beneath(study, name, "counts") == tmp_path / name
    assert file_beneath(study, "/data/counts.csv", "counts") == Path("/data/counts.csv")
