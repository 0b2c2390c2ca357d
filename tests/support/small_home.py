"""A home of a few rows with releases, for tests of files rather than of what is in them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.connections import open_working, write_lock
from warehouse.home import Home
from warehouse.releases import new_release_name, publish

ROWS = 50_000


def write_small_home(home: Home, releases: int = 2) -> list[Path]:
    """Fill a home with a mart of 50,000 rows, publish it some times and return the releases."""
    published = []
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(1, releases + 1):
        with write_lock(home, "test"), open_working(home) as con:
            con.execute(
                "create or replace table marts.numbers as "
                "select range as n, md5(cast(range as varchar)) as word, $1 as version "
                f"from range({ROWS})",
                [n],
            )
            con.execute("checkpoint")
        published.append(publish(home, new_release_name(start + timedelta(days=n))))
    home.project_file.write_text("sources: []\n")
    (home.landed / "study-0123.parquet").write_bytes(b"counts of a study")
    return published


def copy_home(home: Home, folder: Path) -> Home:
    """Copy a home with its links as they are."""
    shutil.copytree(home.root, folder, symlinks=True)
    return Home(folder)
