"""Which load a file is: a file without an id of its own is known by its name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Final

import duckdb

from warehouse.errors import DataError
from warehouse.home import Home, installation_root
from warehouse.ledger import loaded_from

SHIPPED_SUBJECT: Final = "curated"


@dataclass(frozen=True)
class LoadedFor:
    """Whose file is loaded, which tells a changed file from another one of the same name.

    Parameters
    ----------
    home
        The warehouse that it is loaded into.
    listed
        The files of its kind that ``imid.yaml`` lists, if these are being loaded; None if a person
        names the file.
    """

    home: Home
    listed: Collection[Path] | None = None


def subject_of(path: Path) -> str:
    """Return which load of its kind a file is: ``curated`` if shipped, else the file's stem.

    Raises
    ------
    DataError
        If a file that is not shipped has the name under which the shipped tables are loaded.
    """
    if _is_shipped_table(path):
        return SHIPPED_SUBJECT
    if path.stem == SHIPPED_SUBJECT:
        raise DataError(
            f"{SHIPPED_SUBJECT} is the name of the tables that come with imid, which this file "
            "would replace. Rename this file.",
            path,
        )
    return path.stem


def refuse_other_file(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    subject: str,
    path: Path,
    loaded_for: LoadedFor | None = None,
) -> None:
    """Refuse a file that would replace the rows of another one that has the same name.

    A file that is gone from where it was loaded was moved, and replaces its own rows. So do the
    shipped files, which an upgrade has at another path; a file that is the only one of its name
    that ``imid.yaml`` lists; and one that stands in a copied project where the loaded one stands in
    the original.

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
        or (loaded_for is not None and _is_of_project(loaded_for, earlier, path))
    ):
        return
    removing = f"imid ingest remove {kind} {quote(subject)}"
    raise DataError(
        f"{kind} {subject} is loaded from {earlier}, another file, whose rows this one would "
        f"replace. Rename this file to load both, or run `{removing}` first to have it take that "
        "one's place.",
        path,
    )


def _is_shipped_table(path: Path) -> bool:
    return path.resolve().parent == installation_root() / "ingest" / "curated"


def _is_of_project(loaded_for: LoadedFor, earlier: Path, path: Path) -> bool:
    """Return whether a file is what the loaded one was to this warehouse."""
    here = path.resolve()
    home = loaded_for.home.root.resolve()
    is_only_one = loaded_for.listed is not None and not any(
        other.stem == path.stem and other.resolve() != here and not _is_shipped_table(other)
        for other in loaded_for.listed
    )
    # The home of the original project stands where this one's does, beside the file or around it.
    working = home / loaded_for.home.working.name
    return is_only_one or any(
        _is_in_original(earlier, here, folder, working) for folder in (home.parent, home)
    )


def _is_in_original(earlier: Path, here: Path, folder: Path, working: Path) -> bool:
    """Return whether ``earlier`` is to the folder of another warehouse what a file is to this."""
    if not here.is_relative_to(folder):
        return False
    within = here.relative_to(folder).parts
    if earlier.parts[-len(within) :] != within:
        return False
    original = earlier.parents[len(within) - 1]
    try:
        return (original / working.relative_to(folder)).is_file()
    except OSError:
        return False


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
