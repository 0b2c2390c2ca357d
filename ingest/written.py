"""Files that are written for a person to complete: which of them still are as written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

RECORD: Final = "written.sha256"


@dataclass(frozen=True)
class WrittenFolder:
    """A folder and its record of what was written there, in the form of ``sha256sum``."""

    path: Path

    def is_ours(self, name: str, *texts: str) -> bool:
        """Return whether a file is absent, or as it was last written, or as one of ``texts``."""
        file = self.path / name
        if not file.exists():
            return True
        digest = _sha256(file.read_bytes())
        return digest in {self._record().get(name), *(_sha256(text.encode()) for text in texts)}

    def write(self, name: str, text: str) -> None:
        """Write a file and keep its sha256."""
        (self.path / name).write_bytes(text.encode())
        record = {**self._record(), name: _sha256(text.encode())}
        lines = [f"{digest}  {file}\n" for file, digest in sorted(record.items())]
        (self.path / RECORD).write_text("".join(lines), encoding="utf-8")

    def _record(self) -> dict[str, str]:
        file = self.path / RECORD
        if not file.is_file():
            return {}
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        pairs = (line.partition("  ") for line in lines)
        return {name: digest for digest, _, name in pairs}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
