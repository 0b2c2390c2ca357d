"""Turning a library's complaint into a sentence for a person."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from pydantic import ValidationError

_LONGEST_SHOWN: Final = 100


def first_validation_error(error: ValidationError) -> tuple[str, str]:
    """Return ``(field path, sentence)`` for the first fault that pydantic found."""
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    problem = fault["msg"].removeprefix("Value error, ")
    given = fault.get("input")
    if fault["type"] == "missing":
        return place, "this key is required."
    if fault["type"] == "extra_forbidden":
        return place, "this key is not known."
    # What holds others is not shown: aliases in YAML can make it larger than any memory.
    if given is None or isinstance(given, dict | list):
        return place, f"{problem[0].lower()}{problem[1:]}."
    found = repr(given)
    if len(found) > _LONGEST_SHOWN:
        found = f"{found[:_LONGEST_SHOWN]}..."
    shown = f" (found {found})"
    return place, f"{problem[0].lower()}{problem[1:]}{shown}."


def near_miss(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean X?`` if a known name is close, else an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""
