"""Colours, shapes and words that mean the same on every page.

Okabe-Ito throughout: orange side for up, blue side for down, and always a shape beside the colour.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

FONT = "Source Sans, Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif"


@dataclass(frozen=True)
class Look:
    """What a chart is drawn with, on screen in either theme or on paper."""

    up: str
    down: str
    neutral: str
    faint: str
    text: str
    muted: str
    accent: str
    warning: str
    series: tuple[str, ...]
    paper: bool = False


# Vermillion and green come last, so that they seldom meet.
_SERIES_LIGHT = ("#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#5B6B78", "#D55E00", "#009E73")
_SERIES_DARK = ("#4FA3DA", "#E69F00", "#DE9BC3", "#A6D8F5", "#A9B6C0", "#F08A3C", "#2BC29A")

LIGHT = Look(
    up="#D55E00",
    down="#0072B2",
    neutral="#8A97A3",
    faint="#C9D2D9",
    text="#15212B",
    muted="#5B6B78",
    accent="#CC79A7",
    warning="#B35900",
    series=_SERIES_LIGHT,
)
DARK = Look(
    up="#F08A3C",
    down="#56B4E9",
    neutral="#7C8994",
    faint="#3C4954",
    text="#E7EDF1",
    muted="#9AA9B5",
    accent="#DE9BC3",
    warning="#F0A95B",
    series=_SERIES_DARK,
)
PAPER = Look(
    up=LIGHT.up,
    down=LIGHT.down,
    neutral=LIGHT.neutral,
    faint=LIGHT.faint,
    text="#000000",
    muted="#4A5863",
    accent=LIGHT.accent,
    warning=LIGHT.warning,
    series=_SERIES_LIGHT,
    paper=True,
)

SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down", "triangle-right")

CALLS = ("up", "down", "not_significant", "not_tested")
VERDICTS = ("agrees", "opposite", "mixed", "not_significant", "not_testable")

VERDICT_WORDS = {
    "agrees": "agrees",
    "opposite": "opposite",
    "mixed": "agrees and opposite",
    "not_significant": "not significant",
    "not_testable": "not testable",
}

NOT_TESTED_WORDS = {
    "all_zero": "no counts at all",
    "low_count": "count too low for the filter",
    "outlier": "a sample is an outlier",
}


def screen_look() -> Look:
    """Return the look of the theme the person uses now."""
    theme: Any = st.context.theme
    return DARK if theme is not None and theme.type == "dark" else LIGHT


# Codes whose words are not the code with blanks for underscores.
_WORDS = {"mrna": "mRNA"}


def words(code: str | None) -> str:
    """Return a code of the marts as plain words."""
    return _WORDS.get(code or "", (code or "not stated").replace("_", " "))


def arms_in_words(sentence: str) -> tuple[str, str]:
    """Return what positive and what negative stand for, from a contrast's own sentence."""
    positive = sentence.removeprefix("positive = ").strip()
    negative = positive.replace("higher", "lower", 1) if "higher" in positive else positive
    return positive, negative


def short_labels(labels: Sequence[str], ids: Sequence[str] = ()) -> list[str]:
    """Return labels without their study in brackets where they stay distinct without it.

    Labels that are equal are told apart by their ids.
    """
    short = [re.sub(r"\s*\([^()]*\)\s*$", "", label) for label in labels]
    kept = short if len(set(short)) == len(set(labels)) else list(labels)
    if len(set(kept)) == len(kept) or not ids:
        return kept
    return [
        f"{label} [{one}]" if kept.count(label) > 1 else label
        for label, one in zip(kept, ids, strict=True)
    ]


_PHRASES = frozenset({"vs", "in", "over"})


def without_shared_end(labels: Sequence[str]) -> tuple[list[str], str]:
    """Return labels without the words all of them end in, and those words."""
    split = [label.split(" ") for label in labels]
    shared = 0
    most = min((len(words) for words in split), default=1) - 1
    while len(split) > 1 and shared < most and len({w[-1 - shared] for w in split}) == 1:
        shared += 1
    # A unit belongs to its number, so what is taken off begins where a phrase does.
    while shared and split[0][-shared] not in _PHRASES:
        shared -= 1
    if not shared:
        return list(labels), ""
    return [" ".join(words[:-shared]) for words in split], " ".join(split[0][-shared:])


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with a true minus sign; an absent one says so."""
    return "not given" if value is None else f"{value:.{digits}f}".replace("-", "−")


def scientific(value: float | None) -> str:
    """Return a p-value as people write it."""
    if value is None:
        return "not computed"
    if value == 0:
        return "0 (below what a computer can write)"
    return f"{value:.2g}"


def thousands(value: int | None) -> str:
    """Return a count with thin spaces between thousands."""
    return "not known" if value is None else f"{value:,}".replace(",", "\u202f")
