"""Publishing: a build becomes a versioned, read-only file and ``current`` moves to it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from warehouse.errors import DataError
from warehouse.home import Home

KEEP_RELEASES = 5


def new_release_name(now: datetime | None = None) -> str:
    """Return ``wh_<UTC time to the microsecond>``, which sorts by time."""
    return f"wh_{(now or datetime.now(UTC)):%Y%m%dT%H%M%S%fZ}"


def publish(home: Home, name: str, keep: int = KEEP_RELEASES) -> Path:
    """Copy the closed working file to ``releases/<name>.duckdb`` and point ``current`` at it.

    A kill at any moment leaves either the old or the new release serving: the copy is written
    under another name and renamed when it is on disk, and so is the link.

    Returns
    -------
    Path
        The published file, read-only.
    """
    target = home.releases / f"{name}.duckdb"
    part = home.releases / f".{name}.part"
    shutil.copyfile(home.working, part)
    with part.open("rb") as handle:
        os.fsync(handle.fileno())
    part.chmod(0o444)
    part.rename(target)
    _serve(home, target)
    prune(home, keep)
    return target


def _serve(home: Home, release: Path) -> None:
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
    releases = list_releases(home)
    if name is not None:
        wanted = [r for r in releases if r.stem == name.removesuffix(".duckdb")]
        if not wanted:
            raise DataError(
                f"there is no release {name}; there are "
                f"{', '.join(r.stem for r in releases) or 'none'}."
            )
    else:
        serving = home.current.resolve()
        wanted = [r for r in releases if r.resolve() < serving][-1:]
        if not wanted:
            raise DataError("there is no release before the one that is serving.")
    _serve(home, wanted[0])
    return wanted[0]


def list_releases(home: Home) -> list[Path]:
    """Return the published files, oldest first."""
    return sorted(home.releases.glob("wh_*.duckdb"))


def prune(home: Home, keep: int) -> None:
    """Delete the oldest releases beyond ``keep`` and what a killed publish left behind."""
    serving = home.current.resolve()
    for old in list_releases(home)[:-keep]:
        if old.resolve() != serving:
            old.unlink()
    for part in home.releases.glob(".*.part"):
        part.unlink()
