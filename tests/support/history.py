"""Secrets in any line that was ever in the repository, whichever commit took it out again.

``python -m tests.support.history`` scans the history of this repository.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from warehouse.home import installation_root

# Locks hold nothing but hashes; the rest is no text.
SKIPPED: Final = frozenset({".lock", ".png", ".gz"})

# Beginnings of lines that were found and are none, by file: the call of a scanner, and statements
# that a test sees refused.
JUDGED: Final = {
    "tests/supply/test_sbom_and_secrets.py": (
        'SECRETS = "import sys; from detect_secrets',  # pragma: allowlist secret
    ),
    "tests/warehouse/test_sandbox.py": (
        '"secret": "create secret s (type s3)",',  # pragma: allowlist secret
        '"secrets": "select * from duckdb_secrets()",',  # pragma: allowlist secret
    ),
}


@dataclass(frozen=True, order=True)
class Line:
    """A line as a commit added it to a file."""

    path: str
    text: str
    commit: str


def added_lines(repository: Path) -> Iterator[Line]:
    """Yield each line that any commit added to a text file, the newest commits first."""
    plain = ("--no-color", "--no-renames", "--no-ext-diff", "--no-textconv")
    shape = ("--all", "-m", "-p", "-U0", "--format=commit %h")
    log = subprocess.run(
        ["git", "-C", str(repository), "log", *shape, *plain],
        capture_output=True,
        check=True,
    ).stdout.decode(errors="replace")
    commit, path, is_text = "", "", False
    for row in log.split("\n"):
        if row.startswith("commit "):
            commit, is_text = row.removeprefix("commit "), False
        elif row.startswith("diff --git "):
            is_text = False
        elif row.startswith("+++ ") and not is_text:
            path = row.removeprefix("+++ ").strip('"\t').removeprefix("b/")
        elif row.startswith("@@ "):
            is_text = PurePosixPath(path).suffix not in SKIPPED
        elif row.startswith("+") and is_text:
            yield Line(path, row[1:], commit)


def secrets_in(lines: Collection[Line]) -> list[tuple[Line, str]]:
    """Return the lines that look like secrets, with what they look like; nothing is tried out."""
    by_path: dict[str, list[Line]] = {}
    seen: set[tuple[str, str]] = set()
    for line in lines:
        text = line.text.strip()
        if (line.path, text) not in seen and not text.startswith(JUDGED.get(line.path, ())):
            seen.add((line.path, text))
            by_path.setdefault(line.path, []).append(line)
    found = []
    with tempfile.TemporaryDirectory(prefix="imid-history-") as folder, default_settings() as how:
        how.disable_filters("detect_secrets.filters.common.is_ignored_due_to_verification_policies")
        for path, of_path in by_path.items():
            # Scanners go by names too.
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(f"{line.text}\n" for line in of_path), newline="\n")
            found += [(of_path[s.line_number - 1], s.type) for s in scan_file(str(file))]
            file.unlink()
    return sorted(found)


def main(arguments: Sequence[str]) -> int:
    """Scan a repository, this one by default; return 1 if anything was found."""
    lines = list(added_lines(Path(arguments[0]) if arguments else installation_root()))
    found = secrets_in(lines)
    for line, kind in found:
        sys.stdout.write(f"{kind}: {line.path}, commit {line.commit}\n")
    commits = len({line.commit for line in lines})
    sys.stdout.write(f"{len(lines):,} lines of {commits:,} commits scanned, {len(found)} found\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
