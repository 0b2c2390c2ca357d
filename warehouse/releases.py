"""Publishing: a build becomes a versioned, read-only file and ``current`` moves to it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from warehouse.connections import STORAGE_VERSION
from warehouse.errors import DataError
from warehouse.home import Home

KEEP_RELEASES = 5
# Above this share of free blocks rewriting a file costs less than keeping copies of it.
_MOST_FREE: Final = 0.2


def new_release_name(now: datetime | None = None, home: Home | None = None) -> str:
    """Return ``wh_<UTC time to the microsecond>``, which sorts by time.

    With a ``home`` it sorts after every release there, also when the clock went back meanwhile:
    what is the newest, what is before it and what is pruned all go by the name.
    """
    now = now or datetime.now(UTC)
    times = [published_at(release) for release in list_releases(home)] if home else []
    newest = max((time.replace(tzinfo=UTC) for time in times if time), default=None)
    if newest is not None and now <= newest:
        now = newest + timedelta(microseconds=1)
    return f"wh_{now:%Y%m%dT%H%M%S%fZ}"


def published_at(release: Path) -> datetime | None:
    """Return when a release was made, UTC without a zone, from its name; None for another name."""
    try:
        return datetime.strptime(release.stem, "wh_%Y%m%dT%H%M%S%fZ")  # noqa: DTZ007
    except ValueError:
        return None


def publish(home: Home, name: str, keep: int = KEEP_RELEASES) -> Path:
    """Copy the closed working file to ``releases/<name>.duckdb`` and point ``current`` at it.

    Tables that a build replaced leave free blocks in the working file. Where they are many, the
    release is written anew without them, row for row in the same order; else it is the file's
    copy, which is faster.

    A kill at any moment leaves either the old or the new release serving: the copy is written
    under another name and renamed when it is on disk, and so is the link.

    Returns
    -------
    Path
        The published file, read-only.
    """
    target = home.releases / f"{name}.duckdb"
    part = home.releases / f".{name}.part"
    try:
        part.unlink(missing_ok=True)
        if free_share(home.working) > _MOST_FREE:
            _write_anew(home, part)
        else:
            shutil.copyfile(home.working, part)
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
    except (OSError, duckdb.Error):
        # A full disk is not to be kept full by half a release.
        for half in home.releases.glob(f"{part.name}*"):
            half.unlink()
        raise
    part.chmod(0o444)
    part.rename(target)
    serve(home, target)
    prune(home, keep)
    return target


def free_share(file: Path) -> float:
    """Return the share of a closed DuckDB file's blocks that hold nothing."""
    with duckdb.connect(str(file), read_only=True) as con:
        total, free = con.execute(
            "select total_blocks, free_blocks from pragma_database_size()"
        ).fetchall()[0]
    return float(free / total) if total else 0.0


def _write_anew(home: Home, target: Path) -> None:
    """Copy every schema, table and view of the working file into a new one."""
    with duckdb.connect(config={"temp_directory": str(home.temporary)}) as con:
        con.execute(f"attach {_literal(home.working)} as old (read_only)")
        con.execute(f"attach {_literal(target)} as new (storage_version '{STORAGE_VERSION}')")
        con.execute("copy from database old to new")
        # Closing would do it, too, but keep silent if the disk is full.
        con.execute("checkpoint new")


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def serve(home: Home, release: Path) -> None:
    """Point ``current`` at a release in one rename, so that no reader ever finds no link."""
    link = home.root / ".current.part"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / release.name)
    link.rename(home.current)


def rollback(home: Home, name: str | None = None) -> Path:
    """Serve an earlier release: the one named, else the one before the serving one.

    Raises
    ------
    DataError
        If there is no such release, or none before the serving one.
    """
    wanted = (
        release_before(home, home.current.resolve()) if name is None else find_release(home, name)
    )
    serve(home, wanted)
    return wanted


def find_release(home: Home, name: str) -> Path:
    """Return the published file of a name, with or without its ending.

    Raises
    ------
    DataError
        If there is no such release.
    """
    releases = list_releases(home)
    for release in releases:
        if release.stem == name.removesuffix(".duckdb"):
            return release
    raise DataError(
        f"there is no release {name}; there are {', '.join(r.stem for r in releases) or 'none'}."
    )


def release_before(home: Home, release: Path) -> Path:
    """Return the release published before another.

    Raises
    ------
    DataError
        If it is the first.
    """
    earlier = [r for r in list_releases(home) if r.stem < release.stem]
    if not earlier:
        raise DataError(f"there is no release before {release.stem}.")
    return earlier[-1]


def list_releases(home: Home) -> list[Path]:
    """Return the published files, oldest first."""
    return sorted(home.releases.glob("wh_*.duckdb"))


def prune(home: Home, keep: int) -> None:
    """Delete the oldest releases beyond ``keep`` and what a killed publish left behind."""
    serving = home.current.resolve()
    for old in list_releases(home)[:-keep]:
        if old.resolve() != serving:
            old.unlink()
    for part in home.releases.glob(".*.part*"):
        part.unlink()
