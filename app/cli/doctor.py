"""``imid doctor``: whether this installation is sound, and this warehouse."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import duckdb

from warehouse.connections import current_release, open_release, open_working, write_lock
from warehouse.errors import DataError, ImidError
from warehouse.home import Home, installation_root
from warehouse.landed import landed_names, landed_problem
from warehouse.releases import list_releases
from warehouse.soundness import database_problem

_PACKAGES: Final = (
    "duckdb",
    "dbt-core",
    "dbt-duckdb",
    "polars",
    "pydeseq2",
    "great-expectations",
    "streamlit",
)


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is sound, and what was seen."""

    check: str
    is_sound: bool
    detail: str


def examine(home: Home) -> list[Finding]:
    """Run every check; one that fails does not stop the rest."""
    return [
        _finding("python", _python),
        *(_finding(name, partial(version, name)) for name in _PACKAGES),
        _finding("dbt project", _dbt_project),
        _finding("home", partial(_writable, home)),
        _finding("lock", partial(_lock, home)),
        _finding("left over", partial(_left_over, home)),
        _finding("working file", partial(_working, home)),
        _finding("landed counts", partial(_landed, home)),
        *(_finding(release.stem, partial(_sound, release)) for release in list_releases(home)),
        _finding("release", partial(_release, home)),
    ]


def _finding(check: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(check, is_sound=True, detail=look())
    except (ImidError, OSError, PackageNotFoundError, duckdb.Error) as error:
        return Finding(check, is_sound=False, detail=str(error))


def _python() -> str:
    return ".".join(str(part) for part in sys.version_info[:3])


def _dbt_project() -> str:
    path = installation_root() / "dbt" / "dbt_project.yml"
    path.stat()
    return str(path)


def _writable(home: Home) -> str:
    home.create()
    if not os.access(home.root, os.W_OK):
        raise PermissionError(f"{home.root} may not be written to")
    return str(home.root)


def _lock(home: Home) -> str:
    with write_lock(home, "doctor"):
        return "free"


def _left_over(home: Home) -> str:
    left = [*home.releases.glob(".*.part*"), *home.root.glob(".*.part")]
    left += home.landed.glob("*.part")
    if left:
        names = ", ".join(sorted(path.name for path in left))
        raise DataError(f"a stopped process left {names}; `imid doctor --repair` removes it.")
    return "nothing"


def _sound(release: Path) -> str:
    problem = database_problem(release, needs_marts=True)
    if problem is not None:
        raise DataError(f"damaged: {problem}; `imid doctor --repair` sets it aside.")
    return "whole"


def _working(home: Home) -> str:
    if not home.working.exists():
        if list_releases(home):
            raise DataError(
                "missing, though there are releases; `imid doctor --repair` restores it from one."
            )
        return "none yet; `imid run` makes it"
    with write_lock(home, "doctor"):
        problem = database_problem(home.working, needs_marts=False)
    if problem is not None:
        raise DataError(f"damaged: {problem}; `imid doctor --repair` restores it from a release.")
    with write_lock(home, "doctor"), open_working(home) as con:
        loads = con.execute("select count(*) from ops.loads where status = 'loaded'").fetchall()
    return f"{loads[0][0]} loads"


def _landed(home: Home) -> str:
    if not home.working.exists():
        return "none yet"
    with write_lock(home, "doctor"), open_working(home) as con:
        landed = landed_names(con)
    for study_id, name in landed:
        problem = landed_problem(home.landed / name)
        if problem is not None:
            raise DataError(
                f"{name} is damaged or missing ({problem}); `imid doctor --repair` sets a damaged "
                f"one aside, then ingesting study {study_id} again makes it anew."
            )
    return f"{len(landed)} files"


def _release(home: Home) -> str:
    if not home.current.is_symlink():
        if list_releases(home):
            raise DataError("current is missing; `imid doctor --repair` makes it again.")
        return "none published yet"
    if home.current.resolve() not in [release.resolve() for release in list_releases(home)]:
        raise DataError(
            f"current leads to {home.current.resolve().name}, which is no release here; "
            "`imid doctor --repair` leads it to the newest good release."
        )
    release = current_release(home)
    con = open_release(release)
    try:
        marts = con.execute(
            "select count(*) from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
    finally:
        con.close()
    return f"{release.name}, {marts[0][0]} marts"
