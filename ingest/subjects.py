"""Which load a file is: a file without an id of its own is known by its name."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Final

import duckdb

from warehouse.errors import DataError
from warehouse.home import installation_root
from warehouse.ledger import loaded_from

SHIPPED_SUBJECT: Final = "curated"


def subject_of(path: Path) -> str:
    """Return which load of its kind a file is: ``curated`` if shipped, else the file's stem.

    Raises
    ------
    DataError
        If a file that is not shipped has the name under which the shipped tables are loaded.
    """
    if path.resolve().parent == installation_root() / "ingest" / "curated":
        return SHIPPED_SUBJECT
    if path.stem == SHIPPED_SUBJECT:
        raise DataError(
            f"{SHIPPED_SUBJECT} is the name of the tables that come with imid, which this file "
            "would replace. Rename this file.",
            path,
        )
    return path.stem


def refuse_other_file(con: duckdb.DuckDBPyConnection, kind: str, subject: str, path: Path) -> None:
    """Refuse a file that would replace the rows of another one that has the same name.

    A file that is gone from where it was loaded was moved, and replaces its own rows. So do the
    shipped files, which an upgrade has at another path.

    Raises
    ------
    DataError
        If what is loaded for the subject came from another file that is still there.
    """
    earlier = loaded_from(con, kind, subject)
    if (
        earlier is None
        or subject == SHIPPED_SUBJECT
        or _is_gone(earlier)
        or _is_same(earlier, path)
        or _is_shipped_with_both(earlier, path)
    ):
        return
    removing = f"imid ingest remove {kind} {quote(subject)}"
    raise DataError(
        f"{kind} {subject} is loaded from {earlier}, another file, whose rows this one would "
        f"replace. Rename this file to load both, or run `{removing}` first to have it take that "
        "one's place.",
        path,
    )


def _is_gone(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        # It is there, or may be, in a folder that may not be read.
        return False
    return False


def _is_same(earlier: Path, path: Path) -> bool:
    try:
        return earlier.samefile(path)
    except OSError:
        return False


def _is_shipped_with_both(earlier: Path, path: Path) -> bool:
    """Return whether a file is an example of this installation, and the earlier one of another."""
    root = installation_root()
    if not path.resolve().is_relative_to(root / "examples"):
        return False
    within = path.resolve().relative_to(root).parts
    return earlier.parts[-len(within) :] == within
