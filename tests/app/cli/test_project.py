"""``imid.yaml``: what it may say, and how one that says it twice or cannot be read is refused."""

from __future__ import annotations

import pytest

from app.cli.main import run_command
from app.cli.project import Project, Source, read_project
from warehouse.errors import DataError
from warehouse.home import Home

TWO_LISTS = """\
sources: [{kind: drugs, path: a.csv}]
keep_releases: 2
sources: [{kind: drugs, path: b.csv}]
"""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"# Hom\xe9opathie\nsources: []\n", "this is not UTF-8 text"),
        (TWO_LISTS.encode(), "line 3: this is not YAML: the key sources stands twice"),
        (b"thresholds: {fdr: 0.1, fdr: 0.05}\n", "line 1: .*the key fdr stands twice"),
        (b"sources: [\n", "this is not YAML"),
        (b"- kind: drugs\n", "a mapping with sources, thresholds .* was expected"),
        (b"keep_release: 3\n", "keep_release"),
        (b"keep_releases: few\n", "keep_releases.*integer"),
        (b"freshness: {drugs: {warn_days: soon}}\n", "warn_days.*number"),
        (b"sources: [{kind: drugs, path: [a, b]}]\n", "path.*string"),
    ],
    ids=[
        "bytes",
        "two lists",
        "two thresholds",
        "half a list",
        "a list",
        "unknown",
        "words for a number",
        "words for days",
        "two paths",
    ],
)
def test_a_project_that_cannot_be_meant_is_refused(
    home: Home, content: bytes, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home.project_file.write_bytes(content)
    with pytest.raises(DataError, match=rf"imid\.yaml.*{problem}"):
        read_project(home)
    assert run_command(["--home", str(home.root), "run", "--only", "ingest"]) == 1
    said = capsys.readouterr().err
    assert str(home.project_file) in said
    assert "Traceback" not in said


def test_numbers_nulls_and_what_is_left_out_are_read_as_such(home: Home) -> None:
    home.project_file.write_text(
        "thresholds: {fdr: 1e-2, abs_log2_fold_change: 0}\n"
        "keep_releases: 3\n"
        "freshness: {drugs: {warn_days: 2.5, error_days: null}, build: {error_days: ~}}\n"
        "on_failure: [mail, -s, 5]\n"
        'sources:\n  - {kind: drugs, path: "shipped:ingest/curated/drugs.csv"}\n'
    )
    project = read_project(home)
    assert (project.thresholds.fdr, project.thresholds.abs_log2_fold_change) == (0.01, 0)
    assert project.keep_releases == 3
    assert project.freshness["drugs"].warn_days == 2.5
    assert project.freshness["drugs"].error_days is None
    assert project.freshness["build"].error_days is None
    assert project.on_failure == ("mail", "-s", "5")
    assert project.sources == (Source(kind="drugs", path="shipped:ingest/curated/drugs.csv"),)


@pytest.mark.parametrize(
    "written", ["", "~", "null", "Null", "NULL"], ids=["empty", "tilde", "null", "Null", "NULL"]
)
def test_a_limit_that_is_no_value_is_no_limit(home: Home, written: str) -> None:
    """YAML's five ways to say nothing; any other word is refused above."""
    home.project_file.write_text(f"freshness:\n  drugs:\n    error_days: {written}\n")
    assert read_project(home).freshness["drugs"].error_days is None


@pytest.mark.parametrize("content", ["", "# nothing yet\n"], ids=["empty", "comment"])
def test_an_empty_project_lists_nothing(home: Home, content: str) -> None:
    home.project_file.write_text(content)
    assert read_project(home) == Project()
