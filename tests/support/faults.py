"""Making a disk full, a folder read-only and a file damaged, and taking it back."""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_VERSION_3 = 0x20080522
# Reading and writing whatever a file's permissions say, of which only root has a use.
_OVERRIDES = (1 << 1) | (1 << 2)


@contextmanager
def full_disk(largest: int) -> Iterator[None]:
    """Let no file of this process and its children grow beyond some bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the permission to write from a folder and all in it, from root too."""
    paths = [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]
    modes = {path: path.stat().st_mode for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        with _without_overrides():
            yield
    finally:
        for path, mode in modes.items():
            if path.exists():
                path.chmod(mode)


@contextmanager
def _without_overrides() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    header = struct.pack("=Ii", _VERSION_3, 0)
    held = ctypes.create_string_buffer(24)
    _call(_LIBC.capget(header, held))
    effective, *others = struct.unpack("=6I", held.raw)
    _call(_LIBC.capset(header, struct.pack("=6I", effective & ~_OVERRIDES, *others)))
    try:
        yield
    finally:
        _call(_LIBC.capset(header, held.raw))


def _call(outcome: int) -> None:
    if outcome != 0:
        raise OSError(ctypes.get_errno(), "capabilities could not be changed")


def cut(path: Path, keep: float) -> None:
    """Keep only the first part of a file."""
    path.chmod(0o644)
    os.truncate(path, int(path.stat().st_size * keep))


def overwrite(path: Path) -> None:
    """Write wrong bytes over the headers of a database file."""
    path.chmod(0o644)
    with path.open("r+b") as handle:
        handle.write(b"\xff" * 3 * 4096)
