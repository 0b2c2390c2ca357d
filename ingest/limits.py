"""How much a compressed file may hold, and where a definition's files may lie."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Final

from warehouse.errors import DataError

# Real tables pack 3 to 100 times smaller; deflate reaches 1,032 on zeros alone.
MOST_RATIO: Final = 500
# Below this nothing can do harm, and tiny files may pack as well as they like.
ALWAYS_ALLOWED: Final = 256 << 20
MOST_UNPACKED: Final = 16 << 30

# What a person writes by hand; a mapping of ten thousand files is under one.
MOST_DEFINITION_BYTES: Final = 8 << 20
_LONGEST_NAME: Final = 255
_LONGEST_PATH: Final = 4000


def most_unpacked(packed_bytes: int) -> int:
    """Return how many bytes a compressed file of this size may unpack to."""
    return min(max(ALWAYS_ALLOWED, MOST_RATIO * packed_bytes), MOST_UNPACKED)


def refuse_bomb(path: Path, unpacked_bytes: int, packed_bytes: int | None = None) -> None:
    """Refuse a file that holds more than any real one of its size.

    Parameters
    ----------
    unpacked_bytes
        What it holds, or states that it holds.
    packed_bytes
        What that takes in the file; by default the whole file.

    Raises
    ------
    DataError
        Stating the limit.
    """
    most = most_unpacked(path.stat().st_size if packed_bytes is None else packed_bytes)
    if unpacked_bytes > most:
        raise DataError(
            f"unpacked this is larger than {most >> 20:,} MiB, the most that a file of its size "
            "may hold; nothing was loaded.",
            path,
        )


def file_beneath(definition: Path, name: str, key: str) -> Path:
    """Return the file that a definition names: beneath its folder, or by an absolute path.

    A relative path may not climb out of the folder. An absolute one is the writer's explicit
    choice, and a link within the folder is that of whoever made it.

    Raises
    ------
    DataError
        If a relative path leads out of the definition's folder, or is no path at all.
    """
    too_long = any(len(os.fsencode(part)) > _LONGEST_NAME for part in PurePosixPath(name).parts)
    if "\0" in name or too_long or len(name) > _LONGEST_PATH:
        raise DataError(f"{name[:60]!r} is no path of a file.", definition, column=key)
    inside = os.path.normpath(PurePosixPath(name))
    if not PurePosixPath(name).is_absolute() and (inside == ".." or inside.startswith("../")):
        raise DataError(
            f"{name} leads out of the folder of {definition.name}; put the file beneath it, or "
            "write its absolute path.",
            definition,
            column=key,
        )
    return definition.parent / name
