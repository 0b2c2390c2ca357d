"""The errors a person sees: one or two sentences, never a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class ImidError(Exception):
    """Base of every error whose text is meant for a person; ``exit_code`` is the command's."""

    exit_code = 1


@dataclass
class DataError(ImidError):
    """The data is not as it must be.

    Attributes
    ----------
    message
        One or two sentences: what was found and what was expected.
    file
        The file at fault, if one is.
    row
        1-based line in the file as an editor shows it (a header is line 1).
    column
        The column's name, or its 1-based position where it has none.
    """

    message: str
    file: Path | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """Return ``file, line N, column C: message`` with what is known."""
        place = []
        if self.file is not None:
            place.append(str(self.file))
        if self.row is not None:
            place.append(f"line {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.message}" if place else self.message


class UsageError(ImidError):
    """The command was called wrongly."""

    exit_code = 2


class BusyError(ImidError):
    """Another process holds the warehouse."""


class QueryError(ImidError):
    """A query was refused or failed."""


class BuildError(ImidError):
    """The dbt build or one of its tests failed; the last good release stays in place."""
