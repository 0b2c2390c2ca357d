"""Connections: one writer on the working file, many read-only readers on a release."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import BusyError, DataError
from warehouse.home import Home
from warehouse.tables import create_tables

# Files in this format are opened by DuckDB 1.5 clients too.
STORAGE_VERSION = "v1.5.0"
# Holders of the lock that only look, and the seconds that anybody waits for one before giving up;
# a doctor reads every table meanwhile.
_LOOKING = {"status": 10.0, "doctor": 60.0}
# A holder that has not noted yet what it is.
_UNKNOWN_S = 10.0


@contextmanager
def write_lock(
    home: Home,
    purpose: str,
    wait_s: float = 0.0,
    tell: Callable[[str], None] | None = None,
) -> Iterator[int]:
    """Hold the warehouse's only write lock for the body of the ``with``.

    What it gives is the lock's file descriptor: a child process that writes inherits it, so that
    the warehouse stays locked while the child lives, also when this process is killed.

    Parameters
    ----------
    purpose
        A word or two that a waiting process is told, such as ``ingest``.
    wait_s
        Seconds to wait for another holder before giving up. One who only looks is waited for in any
        case, up to ten seconds for ``status`` and a minute for ``doctor``, so that watching a
        warehouse hardly ever stops anybody's work.
    tell
        Is told once, in a sentence, whom this process waits for.

    Raises
    ------
    BusyError
        If another process still holds the lock; the message says which and since when.
    """
    home.create()
    with home.lock.open("a+") as handle:
        started = time.monotonic()
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = _holder(home.lock)
                look_s = _LOOKING.get(holder["purpose"]) if holder else _UNKNOWN_S
                sentence = _holder_sentence(holder)
                if time.monotonic() - started >= max(wait_s, look_s or 0.0):
                    raise BusyError(f"{sentence} Try again when it is done.") from None
                if tell and look_s is None:
                    tell(f"{sentence} Waiting for it.")
                    tell = None
                time.sleep(0.2 if look_s is None else 0.1)
        handle.seek(0)
        handle.truncate()
        handle.write(json.dumps({"pid": os.getpid(), "purpose": purpose, "since": time.time()}))
        handle.flush()
        try:
            yield handle.fileno()
        finally:
            handle.seek(0)
            handle.truncate()


def _holder(lock: Path) -> dict[str, Any] | None:
    """Return what the holder noted of itself; None where it has only come, or is leaving."""
    try:
        noted = json.loads(lock.read_text())
    except (OSError, ValueError):
        return None
    return noted if isinstance(noted, dict) and {"pid", "purpose", "since"} <= set(noted) else None


def _holder_sentence(holder: dict[str, Any] | None) -> str:
    if holder is None:
        return "Another process is writing to this warehouse."
    seconds = max(0, round(time.time() - holder["since"]))
    return (
        f"Process {holder['pid']} has been writing to this warehouse ({holder['purpose']}) for "
        f"{seconds} s."
    )


@contextmanager
def open_working(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the working file for writing, with its tables made; close it afterwards.

    The caller holds :func:`write_lock`.

    Raises
    ------
    BusyError
        If another process has the file open.
    DataError
        If the file is damaged or no DuckDB database.
    """
    home.create()
    try:
        con = duckdb.connect(
            str(home.working),
            config={
                "storage_compatibility_version": STORAGE_VERSION,
                "temp_directory": str(home.temporary),
            },
        )
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        if "could not set lock" in reason.lower():
            raise BusyError(
                f"{home.working} is open in another program. Close it there and try again."
            ) from error
        raise DataError(
            f"this is not a readable DuckDB file ({reason}). `imid doctor --repair` sets it "
            "aside and restores it from the newest release.",
            home.working,
        ) from error
    try:
        con.execute("set timezone = 'UTC'")
        create_tables(con)
        yield con
    finally:
        con.close()


def current_release(home: Home) -> Path:
    """Return the real path of the published release.

    Raises
    ------
    DataError
        If nothing has been published yet.
    """
    try:
        return home.current.resolve(strict=True)
    except FileNotFoundError:
        raise DataError(
            f"nothing has been published in {home.root} yet. Run `imid run` first."
        ) from None


def open_release(
    path: Path,
    *,
    memory_limit: str = "2GB",
    threads: int = 2,
    spill_to: str | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a release read-only, with no way to files, network, extensions or settings.

    ``path`` is a real path, never the ``current`` link: a link that moves under an open
    connection would serve the old data silently.

    Parameters
    ----------
    spill_to
        Folder of the temporary files of a query that outgrows its memory; beside the release if
        None. Empty for none at all: such a query then fails.

    Raises
    ------
    DataError
        If the file is damaged, or is gone.
    """
    try:
        con = duckdb.connect(
            str(path),
            read_only=True,
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "enable_external_access": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
                **({} if spill_to is None else {"temp_directory": spill_to}),
            },
        )
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(
            f"this release cannot be read ({reason}). `imid doctor --repair` sets it aside and "
            "serves the newest good one.",
            path,
        ) from error
    con.execute("set search_path = 'marts'")
    # Connections of one process to one file share their settings, locked by the first of them.
    if not con.execute("select current_setting('lock_configuration')").fetchall()[0][0]:
        con.execute("set timezone = 'UTC'")
        con.execute("set lock_configuration = true")
    return con


@contextmanager
def open_both(before: Path, after: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open two database files read-only, as ``before`` and ``after``, to compare them.

    Raises
    ------
    DataError
        If one of them is not a readable DuckDB file.
    """
    with tempfile.TemporaryDirectory(prefix="imid-") as scratch:
        con = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": scratch})
        try:
            for name, path in (("before", before), ("after", after)):
                escaped = str(path).replace("'", "''")
                try:
                    con.execute(f"attach '{escaped}' as {name} (read_only)")
                except duckdb.Error as error:
                    raise DataError(
                        f"this is not a readable DuckDB file ({error})", path
                    ) from error
            con.execute("set timezone = 'UTC'")
            yield con
        finally:
            con.close()
