"""Mending a home after a crash, a full disk or a damaged file; nothing is deleted but scratch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from warehouse.connections import open_working, write_lock
from warehouse.home import DBT_TARGET, UNIT_TESTS_PASSED, Home
from warehouse.landed import landed_names, landed_problem
from warehouse.releases import list_releases, serve
from warehouse.soundness import database_problem

DAMAGED: Final = "damaged"
# Slow to make again, and a build itself passes over them when they do not fit.
_KEPT_SCRATCH: Final = frozenset({DBT_TARGET, UNIT_TESTS_PASSED})


def repair(home: Home) -> list[str]:
    """Mend what can be mended and return one sentence for each thing done; none if all is sound.

    Damaged files are set aside as ``<name>.damaged-<UTC time>``, never deleted.

    Raises
    ------
    BusyError
        If another process is writing to this warehouse: what looks left over may be in use.
    """
    was_noted = home.lock.exists() and home.lock.stat().st_size > 0
    with write_lock(home, "repair"):
        done = list(_release_lock(home, was_noted=was_noted))
        done += _clear_scratch(home)
        done += _set_aside_releases(home)
        done += _serve_newest(home)
        done += _mend_working(home)
        done += _set_aside_landed(home)
    return done


def _release_lock(home: Home, *, was_noted: bool) -> Iterator[str]:
    # The lock itself went with the process; only the note of who held it stayed.
    if was_noted:
        yield f"{home.lock.name} named a process that is gone; it is free again."


def _clear_scratch(home: Home) -> Iterator[str]:
    left = [path for path in home.temporary.glob("*") if path.name not in _KEPT_SCRATCH]
    left += [*home.releases.glob(".*.part*"), *home.root.glob(".*.part")]
    left += home.landed.glob("*.part")
    for path in sorted(left):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    if left:
        names = ", ".join(sorted(path.name for path in left)[:5])
        yield f"{len(left)} files left behind by a stopped process were removed ({names})."


def _set_aside_releases(home: Home) -> Iterator[str]:
    for release in list_releases(home):
        problem = database_problem(release, needs_marts=True)
        if problem is not None:
            aside = _set_aside(release).name
            yield f"Release {release.stem} is damaged ({problem}); it was set aside as {aside}."


def _serve_newest(home: Home) -> Iterator[str]:
    releases = list_releases(home)
    link = home.current
    target = link.resolve()
    if link.is_symlink() and target in [release.resolve() for release in releases]:
        return
    if not releases:
        if link.is_symlink():
            link.unlink()
            yield "There is no good release left to serve; `imid run` publishes one."
        return
    what = (
        f"current led to {target.name}, which is no good release here"
        if link.is_symlink()
        else "current was missing"
    )
    if link.exists() and not link.is_symlink():
        what = f"current was no link; it was set aside as {_set_aside(link).name}"
    serve(home, releases[-1])
    yield f"{what}; it leads to the newest good release, {releases[-1].stem}, now."


def _mend_working(home: Home) -> Iterator[str]:
    releases = list_releases(home)
    log = home.working.with_name(f"{home.working.name}.wal")
    if not home.working.exists():
        if not releases and not log.exists():
            return
        problem = "missing"
    else:
        found = database_problem(home.working, needs_marts=False)
        if found is None:
            return
        problem = f"damaged ({found}), set aside as {_set_aside(home.working).name}"
    if log.exists():
        # A write-ahead log belongs to the one file it was written for.
        _set_aside(log)
    if not releases:
        yield (
            f"{home.working.name} was {problem}, and there is no release to take its place. "
            "`imid restore` brings a backup back; else `imid run` loads what imid.yaml lists again."
        )
        return
    part = home.root / ".working.part"
    shutil.copyfile(releases[-1], part)
    part.chmod(0o644)
    part.rename(home.working)
    yield (
        f"{home.working.name} was {problem}; it was restored from release {releases[-1].stem}. "
        "What was loaded after that release is to be loaded again: `imid run` does it for what "
        "imid.yaml lists."
    )


def _set_aside_landed(home: Home) -> Iterator[str]:
    if not home.working.exists():
        return
    with open_working(home) as con:
        landed = landed_names(con)
    for study_id, name in landed:
        path = home.landed / name
        problem = landed_problem(path) if path.exists() else None
        if problem is not None:
            aside = _set_aside(path).name
            yield (
                f"{name} is damaged ({problem}); it was set aside as {aside}. Ingest study "
                f"{study_id} again, or `imid run`, to make it anew."
            )


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.{DAMAGED}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    path.rename(aside)
    return aside
