"""What a failing disk or database says to a person: one or two sentences."""

from __future__ import annotations

import errno
from typing import Final

import duckdb
import polars as pl

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_ROOM_WORDS: Final = (
    "no space left",
    "file too large",
    "quota exceeded",
    "max_temp_directory_size",
)
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FORBIDDEN_WORDS: Final = ("permission denied", "read-only file system")


Fault = OSError | duckdb.Error | pl.exceptions.PolarsError


def fault_sentence(error: Fault) -> str:
    """Return what went wrong with files or the database, and the way back.

    DuckDB and polars state the system's reasons in words only.
    """
    number = error.errno if isinstance(error, OSError) else None
    name = error.filename if isinstance(error, OSError) else None
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    words = reason.lower()
    if number in _NO_ROOM or any(phrase in words for phrase in _NO_ROOM_WORDS):
        return (
            f"There is no room left on the disk ({reason}). What was not finished was not kept: "
            "make room and run the command again."
        )
    if number in _FORBIDDEN or any(phrase in words for phrase in _FORBIDDEN_WORDS):
        return (
            f"{name or 'A file of the warehouse'} may not be read or written here ({reason}). "
            "Nothing was changed; see to it that the folder belongs to who runs imid."
        )
    if not isinstance(error, duckdb.Error):
        return f"{reason}."
    return (
        f"The database could not be read or written ({reason}). `imid doctor` says what is "
        "damaged, `imid doctor --repair` mends it."
    )
