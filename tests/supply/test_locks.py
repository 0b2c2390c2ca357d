"""The lock files: everything by its hash, from whatever index, and within the stated ranges."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.locks import DEVELOPMENT, RUNTIME, SPARK, by_name, locked, logical_lines
from warehouse.home import installation_root

LOCKS = (RUNTIME, DEVELOPMENT, SPARK)
PINNED = re.compile(
    r"[a-z0-9][a-z0-9.-]*(\[[a-z0-9,-]+\])?==[0-9][^\s;]*( ; [^\\]+?)?"
    r"(\s+--hash=sha256:[0-9a-f]{64})+\s*"
)
PROJECT = tomllib.loads((installation_root() / "pyproject.toml").read_text(encoding="utf-8"))


def asked_for(*extras: str) -> list[Requirement]:
    project = PROJECT["project"]
    texts = [*project["dependencies"]]
    for extra in extras:
        texts += project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_line_is_one_version_with_its_hashes(path: Path) -> None:
    lines = logical_lines(path)
    assert len(lines) > 100
    assert [line for line in lines if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_no_line_or_comment_names_a_host_or_a_folder(path: Path) -> None:
    assert re.findall(r"\S*(?:://|--(?:extra-)?index|--find-links| @ ).*", path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "numpy==2.4.0",
        "numpy>=2 --hash=sha256:" + "0" * 64,
        "numpy==2.4.0 --hash=md5:" + "0" * 32,
        "numpy @ https://example.org/numpy.whl --hash=sha256:" + "0" * 64,
        "--find-links https://example.org/wheels",
        "-e .",
    ],
    ids=["no_hash", "range", "md5", "address", "links", "editable"],
)
def test_a_line_that_is_none_would_be_noticed(line: str) -> None:
    assert not PINNED.fullmatch(line)


@pytest.mark.parametrize(
    ("path", "extras"),
    [(RUNTIME, ("build",)), (DEVELOPMENT, ("build", "dev")), (SPARK, ("build", "spark"))],
    ids=["runtime", "development", "spark"],
)
def test_what_is_locked_is_within_the_ranges_of_the_project(
    path: Path, extras: tuple[str, ...]
) -> None:
    found = by_name(path)
    for wish in asked_for(*extras):
        versions = [entry.version for entry in found[canonicalize_name(wish.name)]]
        assert versions, wish.name
        outside = [version for version in versions if not wish.specifier.contains(version)]
        assert outside == [], f"{wish}: locked at {outside}"


@pytest.mark.parametrize("path", [DEVELOPMENT, SPARK], ids=lambda path: path.stem)
def test_extras_run_on_the_versions_that_are_shipped(path: Path) -> None:
    widened = {(entry.name, entry.version) for entry in locked(path)}
    shipped = {(entry.name, entry.version) for entry in locked(RUNTIME)}
    assert shipped <= widened


def test_one_interpreter_gets_one_version_of_a_package() -> None:
    for name, entries in by_name(DEVELOPMENT).items():
        taken = [e for e in entries if not e.requirement.marker or e.requirement.marker.evaluate()]
        assert len(taken) <= 1, name


def test_the_build_backend_is_locked_and_nothing_is_fetched_around_the_lock() -> None:
    backend = [Requirement(text).name for text in PROJECT["build-system"]["requires"]]
    assert set(backend) <= set(by_name(RUNTIME))
    root = installation_root()
    files = ("Makefile", "examples/serving/Dockerfile", "examples/schedules/imid-run.yml")
    installs = [
        line.strip()
        for name in files
        for line in (root / name).read_text(encoding="utf-8").splitlines()
        if "pip install" in line
    ]
    assert len(installs) >= 7
    for line in installs:
        assert "--require-hashes" in line or "--no-build-isolation" in line, line
