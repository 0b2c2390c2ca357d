"""The licences that installed packages declare, and which of them this project may rest on.

``python -m tests.support.licences`` writes ``docs/licences.md``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator

from packaging.utils import canonicalize_name

from tests.support.locks import RUNTIME, by_name

PERMISSIVE = frozenset(
    {
        "0BSD",
        "3-Clause BSD License",
        "Apache License 2.0",
        "Apache Software License",
        "Apache-2.0",
        "BSD 3-Clause License",
        "BSD License",
        "BSD-2-Clause",
        "BSD-3",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC License (ISCL)",
        "MIT",
        "MIT License",
        "MIT-0",
        "MIT-CMU",
        "PSF-2.0",
        "Python Software Foundation License",
        "Zlib",
    }
)
# Copyleft for their own files only: free to depend on, unmodified and as separate packages.
PER_FILE = frozenset({"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"})
# Offered under a choice of licences that its classifiers cannot express; the one taken.
CHOSEN = {"text-unidecode": "Artistic License"}

INTRODUCTION = """\
# Licences of the packages it runs on

Written by `make licences` from what the installed packages of `requirements.lock` declare
(pip-licenses). imid-warehouse is MIT; none of these is shipped with it, they are installed beside
it, unmodified. What the licences ask, and what was left out for its licence, stands in
[supply-chain.md](supply-chain.md).

| package | licence | kind |
|---|---|---|
"""


def declared() -> dict[str, str]:
    """Return the licence that every installed package declares, its name only."""
    outcome = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--format=json", "--with-system", "--from=mixed"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        canonicalize_name(row["Name"]): row["License"].strip().splitlines()[0]
        for row in json.loads(outcome.stdout)
    }


def kind(package: str, licence: str) -> str | None:
    """Return ``permissive``, ``per file`` or ``by choice``; nothing where it may not be used."""
    chosen = CHOSEN.get(package)
    if chosen is not None:
        return "by choice" if chosen in re.split("; ", licence) else None
    # Of several offered by OR one is enough; everything else holds at once.
    for offer in licence.split(" OR "):
        parts = set(re.split(r"; | AND ", offer))
        if parts <= PERMISSIVE:
            return "permissive"
        if parts <= PERMISSIVE | PER_FILE:
            return "per file"
    return None


def rows(packages: Iterable[str], licences: dict[str, str]) -> Iterator[str]:
    """Yield a table's row for every package that is installed."""
    for package in sorted(packages):
        if package in licences:
            licence = licences[package]
            yield f"| {package} | {licence} | {kind(package, licence) or 'REFUSED'} |"


if __name__ == "__main__":
    print(INTRODUCTION + "\n".join(rows(by_name(RUNTIME), declared())))  # noqa: T201
