"""Reading HDF5 files in a process of its own: what crashes there becomes a sentence here."""

from __future__ import annotations

import atexit
import json
import select
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

import polars as pl

from warehouse.errors import DataError
from warehouse.home import installation_root

MAGIC: Final = b"\x89HDF\r\n\x1a\n"

# The longest that reading one file may take: this, and a second for each megabyte of it.
_LONGEST_S: Final = 60.0
_BYTES_PER_S: Final = 1e6


class _Process:
    """The reading process, started when first asked and again after it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any], longest_s: float) -> dict[str, Any] | None:
        """Return its answer, or None if it died or took too long."""
        with self._lock:
            process = self._started()
            assert process.stdin is not None  # noqa: S101
            assert process.stdout is not None  # noqa: S101
            try:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                ready, _, _ = select.select([process.stdout], [], [], longest_s)
                line = process.stdout.readline() if ready else b""
            except BrokenPipeError:
                line = b""
            if not line:
                self._end()
                return None
            answer: dict[str, Any] = json.loads(line)
            return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._running is None or self._running.poll() is not None:
            self._end()
            self._running = subprocess.Popen(
                [sys.executable, "-m", "ingest.study.forms.hdf5_process"],
                cwd=installation_root(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._running

    def _end(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.communicate()
            self._running = None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()


_PROCESS: Final = _Process()
atexit.register(_PROCESS.close)


def top_level_names(path: Path) -> frozenset[str]:
    """Return the names at the top of an HDF5 file; none if it cannot be opened."""
    answer = _PROCESS.ask({"read": "keys", "path": str(path.resolve())}, _longest(path)) or {}
    return frozenset(answer.get("keys", ()))


def read_hdf5(path: Path, what: str, title: str, **options: Any) -> tuple[pl.DataFrame, Any]:  # noqa: ANN401
    """Return what the reading process makes of a file: a frame, and what else it answers.

    Parameters
    ----------
    what
        ``kallisto`` or ``h5ad``.
    title
        What such a file is called.

    Raises
    ------
    DataError
        If the file is refused, damaged, crashes the library or takes it too long.
    """
    with tempfile.TemporaryDirectory(prefix="imid-hdf5-") as folder:
        target = Path(folder) / "table.arrow"
        request = {"read": what, "path": str(path.resolve()), "target": str(target), **options}
        answer = _PROCESS.ask(request, _longest(path))
        if answer is None:
            raise DataError(
                f"this {title} is damaged: the library that reads it crashed or did not end.", path
            )
        if "damage" in answer:
            raise DataError(f"this {title} is truncated or damaged ({answer['damage']}).", path)
        if "error" in answer:
            raise DataError(answer["error"], path, column=answer["column"])
        return pl.read_ipc(target), answer


def _longest(path: Path) -> float:
    return _LONGEST_S + path.stat().st_size / _BYTES_PER_S
