"""What the warehouse runs on may be used by a project under the MIT licence."""

from __future__ import annotations

import pytest

from tests.support.licences import INTRODUCTION, declared, kind, rows
from tests.support.locks import RUNTIME, by_name
from warehouse.home import installation_root


@pytest.fixture(scope="module")
def licences() -> dict[str, str]:
    return declared()


def wanted() -> set[str]:
    """Return the packages of the lock that this interpreter installs."""
    return {
        name
        for name, entries in by_name(RUNTIME).items()
        if any(not e.requirement.marker or e.requirement.marker.evaluate() for e in entries)
    }


def test_every_package_at_run_time_has_a_licence_that_fits(licences: dict[str, str]) -> None:
    assert wanted() - set(licences) == set(), "not installed: make .venv/.development"
    refused = {name: licences[name] for name in wanted() if not kind(name, licences[name])}
    assert refused == {}


def test_the_list_in_the_docs_is_what_is_installed(licences: dict[str, str]) -> None:
    written = (installation_root() / "docs" / "licences.md").read_text(encoding="utf-8")
    assert written.startswith(INTRODUCTION)
    listed = written.removeprefix(INTRODUCTION).splitlines()
    names = {line.split(" | ")[0].removeprefix("| ") for line in listed}
    assert set(listed) == set(rows(names, licences))
    # Another Python release installs a few packages more than the one the list was made with.
    everywhere = {
        name
        for name, entries in by_name(RUNTIME).items()
        if any(entry.requirement.marker is None for entry in entries)
    }
    assert everywhere - names == set(), "make licences writes the list anew"


@pytest.mark.parametrize(
    ("package", "licence", "expected"),
    [
        ("a", "MIT", "permissive"),
        ("a", "MPL-2.0 AND MIT", "per file"),
        ("a", "Apache-2.0 OR GPL-3.0-or-later", "permissive"),
        ("text-unidecode", "Artistic License; GNU General Public License (GPL)", "by choice"),
        ("text-unidecode", "GNU General Public License (GPL)", None),
        ("a", "Artistic License; GNU General Public License (GPL)", None),
        ("a", "GPL-3.0-or-later", None),
        ("a", "MIT AND GPL-2.0-only", None),
        ("a", "MIT License; GNU General Public License v3 (GPLv3)", None),
        ("a", "AGPL-3.0", None),
        ("a", "LGPL-3.0-or-later", None),
        ("a", "UNKNOWN", None),
        ("a", "Other/Proprietary License", None),
    ],
)
def test_what_is_taken_and_what_is_refused(
    package: str, licence: str, expected: str | None
) -> None:
    assert kind(package, licence) == expected
