"""How names are written: folding, Greek letters, lists, parentheses and shorthand. No data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# The letters that the macro name_key of the marts writes out, and the Latin letter of each.
_GREEK: Final = {
    "Α": ("ALPHA", "A"),
    "Β": ("BETA", "B"),
    "Γ": ("GAMMA", "G"),
    "Δ": ("DELTA", "D"),
    "Ε": ("EPSILON", "E"),
    "Ζ": ("ZETA", "Z"),
    "Η": ("ETA", "H"),
    "Θ": ("THETA", "Q"),
    "Ι": ("IOTA", "I"),
    "Κ": ("KAPPA", "K"),
    "Λ": ("LAMBDA", "L"),
    "Μ": ("MU", "M"),
    "Π": ("PI", "P"),
    "Σ": ("SIGMA", "S"),
    "Τ": ("TAU", "T"),
    "Ω": ("OMEGA", "W"),
}
_WORDS: Final = str.maketrans({letter: word for letter, (word, _) in _GREEK.items()})
_LATIN: Final = str.maketrans({letter: latin for letter, (_, latin) in _GREEK.items()})
# A Greek letter that stands written out as a word of its own, as in IFN-gamma.
_WRITTEN_OUT: Final = re.compile(
    r"(?<![A-Z])(" + "|".join(word for word, _ in _GREEK.values()) + r")(?![A-Z])"
)
_LATIN_OF_WORD: Final = dict(_GREEK.values())
_NOT_KEY: Final = re.compile(r"[^A-Z0-9]")
_ENSEMBL_VERSION: Final = re.compile(r"^(ENS[A-Z]*G\d{11})\.\d+$")
_ENTREZ: Final = re.compile(r"^(?:NCBI ?GENE|ENTREZ|GENE ?ID)\s*:\s*(\d+)$")
_LIST: Final = re.compile(r"[,;|\t\r\n]+|\s+(?:AND|OR|&|\+)\s+", re.IGNORECASE)
_LINES: Final = re.compile(r"[;|\t\r\n]+")
_SUFFIX: Final = re.compile(r"^(?:\d{1,2}[A-Za-z]?|[A-Za-z])$")
_NUMBERED: Final = re.compile(r"^(.*?[A-Za-z-])(\d{1,2}[A-Za-z]?)$")
_PARENTHESIS: Final = re.compile(r"^(?P<before>[^()]*)\((?P<inside>[^()]+)\)(?P<after>[^()]*)$")
# Words that say what kind of thing a name names, and are no part of it.
_KIND: Final = re.compile(
    r"\s+(?:genes?|proteins?|mRNAs?|transcripts?|pathways?|complex(?:es)?|signal+ing|family)$",
    re.IGNORECASE,
)


def folded(name: str) -> str:
    """Return a name as ``alias_folded`` of the marts holds it, ids without prefix and version."""
    plain = name.strip().upper()
    if version := _ENSEMBL_VERSION.match(plain):
        return version[1]
    if entrez := _ENTREZ.match(plain):
        return entrez[1]
    return plain


def keys(name: str) -> list[str]:
    """Return the keys under which a name may stand in ``alias_key``, the likeliest first.

    Greek letters are written out first, then read as the Latin letter that symbols have in their
    place: ``IFN-γ`` is IFNGAMMA, then IFNG.
    """
    plain = folded(name)
    written = plain.translate(_WORDS)
    latin = _WRITTEN_OUT.sub(lambda m: _LATIN_OF_WORD[m[1]], plain.translate(_LATIN))
    found = dict.fromkeys(_NOT_KEY.sub("", text) for text in (written, latin))
    return [key for key in found if key]


def set_keys(name: str) -> set[str]:
    """Return every key under which a set of this name may be asked for.

    ``Interferon-stimulated genes (ISGs)`` is asked for as a whole, before and within its
    parentheses, and each without the word for its kind: ``NF-κB pathway`` as NF-κB.
    """
    texts = {name}
    if parts := parenthesised(name):
        texts |= set(parts)
    texts |= {_KIND.sub("", text) for text in texts}
    return {key for text in texts for key in keys(text)}


def without_kind(name: str) -> str | None:
    """Return a name without a word for its kind at the end, or None where there is none."""
    shorter = _KIND.sub("", name)
    return shorter if shorter != name else None


def lines(names: str) -> list[str]:
    """Return what stands between line ends, semicolons, bars and tabs."""
    return [part.strip() for part in _LINES.split(names) if part.strip()]


def listed(text: str) -> list[str]:
    """Return the terms of a list, commas within parentheses left alone."""
    return [part for part in (p.strip() for p in _outside(text, _LIST)) if part]


def slashed(text: str) -> list[str]:
    """Return the parts between slashes outside parentheses; one part where there is none."""
    return [p for p in (p.strip() for p in _outside(text, re.compile("/"))) if p]


def _outside(text: str, separator: re.Pattern[str]) -> Iterator[str]:
    """Split where the separator stands outside parentheses."""
    start = 0
    for match in separator.finditer(text):
        before = text[: match.start()]
        if before.count("(") <= before.count(")"):
            yield text[start : match.start()]
            start = match.end()
    yield text[start:]


def parenthesised(name: str) -> tuple[str, str] | None:
    """Return the two names that a name with one pair of parentheses gives, or None.

    ``Cereblon (CRBN)`` gives Cereblon and CRBN, ``nuclear factor (NF)-κB`` gives nuclear
    factor-κB and NF-κB.
    """
    match = _PARENTHESIS.match(name.strip())
    if match is None:
        return None
    before, inside, after = (match[part].strip() for part in ("before", "inside", "after"))
    joint = " " if match["after"][:1].isspace() else ""
    return (f"{before}{joint}{after}", f"{inside}{joint}{after}") if before else None


def is_suffix(text: str) -> bool:
    """Return whether a term may continue the name before it, as ``3a`` does in ``DNMT1, 3a``."""
    return bool(_SUFFIX.match(text))


def continued(previous: str, suffix: str) -> str | None:
    """Return the name that a suffix continues: ``3a`` after ``DNMT1`` is DNMT3a.

    None where the suffix is none or the previous name has nothing that it could replace.
    """
    if not is_suffix(suffix):
        return None
    if suffix.isalpha():
        return previous[:-1] + suffix if previous[-1:].isalpha() and len(previous) > 1 else None
    match = _NUMBERED.match(previous)
    return f"{match[1]}{suffix}" if match else None
