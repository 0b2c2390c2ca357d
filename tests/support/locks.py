"""The lock files as they lie in the repository, requirement by requirement."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from warehouse.home import installation_root

RUNTIME = installation_root() / "requirements.lock"
DEVELOPMENT = installation_root() / "requirements-dev.lock"
SPARK = installation_root() / "requirements-spark.lock"
_HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True)
class Locked:
    """One requirement of a lock file: what is required, and the hashes it may have."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (only,) = self.requirement.specifier
        return only.version


def logical_lines(path: Path) -> list[str]:
    """Return a lock file's lines without comments, continued lines joined."""
    text = re.sub(r"^\s*#.*\n?", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def locked(path: Path) -> list[Locked]:
    """Return a lock file's requirements; a package may stand twice, under different markers."""
    return [
        Locked(Requirement(line.split("--hash=")[0].strip()), tuple(_HASH.findall(line)))
        for line in logical_lines(path)
    ]


def by_name(path: Path) -> dict[str, list[Locked]]:
    """Return a lock file's requirements by the package's canonical name."""
    found: dict[str, list[Locked]] = defaultdict(list)
    for entry in locked(path):
        found[entry.name].append(entry)
    return dict(found)
