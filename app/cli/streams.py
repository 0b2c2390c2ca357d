"""Standard output and error that may fail while the work goes on: what is said then is lost."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_NAMES: Final = ("stdout", "stderr")


class _Outliving(io.FileIO):
    """A descriptor that becomes the null device once it cannot be written.

    Attributes
    ----------
    loss
        What ended the writing: a reader who left a pipe, or a full disk.
    """

    loss: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.loss = self.loss or error
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            return super().write(data)


def outlive_readers() -> None:
    """Let no writing to standard output or error fail from here on.

    A run is not over because nobody reads along: its log, its ledger and its exit code count. A
    stream that was closed from the start becomes the null device too.
    """
    if sys.stdin is None:
        sys.stdin = io.StringIO()
    for name in _NAMES:
        stream: TextIO | None = getattr(sys, name)
        if stream is None:
            descriptor, encoding, errors = os.open(os.devnull, os.O_WRONLY), "utf-8", "replace"
        else:
            stream.flush()
            descriptor, encoding = stream.fileno(), stream.encoding
            errors = stream.errors or "strict"
        raw = _Outliving(descriptor, "wb", closefd=False)
        outliving = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding=encoding,
            errors=errors,
            line_buffering=name == "stderr" or raw.isatty(),
        )
        setattr(sys, name, outliving)


def output_loss() -> OSError | None:
    """Return why standard output could not be written, if it could not."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.loss if isinstance(raw, _Outliving) else None
