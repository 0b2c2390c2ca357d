"""Starting an upload's process, telling its steps, and taking its folder away."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from app.uploads.results import LARGEST_UPLOAD, STUDY_ID, UploadRequest, UploadResult
from warehouse.errors import DataError
from warehouse.home import installation_root

LONGEST_S: Final = 900.0

_ONE_AT_A_TIME = threading.Lock()
_LONGEST_NAME: Final = 100
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._+-]+")


@dataclass(frozen=True)
class UploadedFile:
    """A file as the browser sent it."""

    name: str
    content: bytes

    @property
    def safe_name(self) -> str:
        """Its name without any folder, and without what a shell or a path would read."""
        last = self.name.replace("\\", "/").rsplit("/", 1)[-1]
        return _UNSAFE.sub("_", last)[-_LONGEST_NAME:].lstrip(".") or "file"


@dataclass(frozen=True)
class Held:
    """What an upload is held against: a release and the thresholds of its build."""

    release: Path
    fdr: float
    abs_lfc: float


def run_upload(
    files: Mapping[str, UploadedFile],
    definition: Mapping[str, Any],
    held: Held,
    tell: Callable[[str], None],
) -> UploadResult:
    """Do one upload in a process of its own; its folder is gone afterwards, whatever happens.

    Parameters
    ----------
    files
        By the key of ``study.yaml`` that names them: ``counts``, ``samples`` or ``results``.
    definition
        The rest of ``study.yaml``; ``de_results`` gets its file from ``results``.
    tell
        Told each step in words.

    Raises
    ------
    DataError
        If the files are too large, another upload is being worked on, or the process ended
        without an answer.
    """
    if sum(len(file.content) for file in files.values()) > LARGEST_UPLOAD:
        raise DataError(f"an upload may have {LARGEST_UPLOAD // 2**20} MB in all.")
    if not _ONE_AT_A_TIME.acquire(timeout=60):
        raise DataError("another person's upload is being worked on; try again in a minute.")
    try:
        with tempfile.TemporaryDirectory(prefix="imid-upload-") as name:
            folder = Path(name).resolve()
            _lay_out(folder, files, definition, held)
            return _work(folder, tell)
    finally:
        _ONE_AT_A_TIME.release()


def _lay_out(
    folder: Path,
    files: Mapping[str, UploadedFile],
    definition: Mapping[str, Any],
    held: Held,
) -> None:
    study = folder / "study"
    study.mkdir()
    content: dict[str, Any] = {"id": STUDY_ID, **definition}
    for role, file in files.items():
        # A folder for each role keeps two files of one name apart.
        path = study / role / file.safe_name
        path.parent.mkdir()
        path.write_bytes(file.content)
        named = f"{role}/{file.safe_name}"
        if role == "results":
            content["de_results"] = [{**content["de_results"][0], "file": named}]
        else:
            content[role] = named
    (study / "study.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    request = UploadRequest(str(study / "study.yaml"), str(held.release), held.fdr, held.abs_lfc)
    (folder / "request.json").write_text(json.dumps(asdict(request)), encoding="utf-8")


def _work(folder: Path, tell: Callable[[str], None]) -> UploadResult:
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "app.uploads.job", str(folder)],
        cwd=installation_root(),
        env={**os.environ, "TMPDIR": str(folder), "GX_ANALYTICS_ENABLED": "false"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    clock = threading.Timer(LONGEST_S, _kill, [process])
    clock.start()
    try:
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            tell(line.strip())
        process.wait()
        return UploadResult.read(folder)
    except FileNotFoundError:
        raise DataError(
            "the upload took too long or needed too much memory, and was stopped."
        ) from None
    finally:
        clock.cancel()
        _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    finally:
        process.wait()
