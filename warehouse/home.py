"""Where a warehouse lives on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_HOME = "imid-home"
# What a build keeps in the home's scratch: dbt's parsed project, and which code passed its tests.
DBT_TARGET = "dbt-target"
UNIT_TESTS_PASSED = "unit-tests-passed"


@dataclass(frozen=True)
class Home:
    """The folder of one warehouse.

    ``working.duckdb`` is written by ingest, analyze and build; ``releases/wh_<utc>.duckdb`` are
    what readers open, and ``current`` is a symbolic link to the newest good one. ``landed/``
    holds each study's count matrix as an immutable wide Parquet file.
    """

    root: Path

    @classmethod
    def locate(cls, given: str | Path | None = None) -> Home:
        """Return the home named by ``given``, else by ``IMID_HOME``, else ``./imid-home``."""
        return cls(
            Path(given or os.environ.get("IMID_HOME") or DEFAULT_HOME).expanduser().resolve()
        )

    @property
    def working(self) -> Path:
        """The DuckDB file that is written to."""
        return self.root / "working.duckdb"

    @property
    def releases(self) -> Path:
        """The folder of published, read-only DuckDB files."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """The symbolic link to the release that readers open."""
        return self.root / "current"

    @property
    def landed(self) -> Path:
        """The folder of wide Parquet count matrices."""
        return self.root / "landed"

    @property
    def downloads(self) -> Path:
        """The folder of records fetched from a registry, as they came."""
        return self.root / "downloads"

    @property
    def studies(self) -> Path:
        """The folder of study folders that were begun here, for a person to complete."""
        return self.root / "studies"

    @property
    def temporary(self) -> Path:
        """Scratch space for DuckDB and for files being written."""
        return self.root / "tmp"

    @property
    def logs(self) -> Path:
        """Logs of dbt and of runs."""
        return self.root / "logs"

    @property
    def lock(self) -> Path:
        """The file whose lock means that a process is writing."""
        return self.root / "write.lock"

    @property
    def project_file(self) -> Path:
        """``imid.yaml``: what this warehouse loads and its thresholds."""
        return self.root / "imid.yaml"

    def create(self) -> Home:
        """Make the folders that are missing and return self."""
        for folder in (self.root, self.releases, self.landed, self.temporary, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        return self


def installation_root() -> Path:
    """Return the folder that holds ``dbt/``, ``examples/`` and the packages."""
    return Path(__file__).resolve().parent.parent
