"""Amounts with units: concentrations to micromolar, times to hours, reads to a number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

MICROMOLAR: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        **dict.fromkeys(("m", "molar", "mol/l"), Decimal(10**6)),
        **dict.fromkeys(("mm", "millimolar", "mmol/l"), Decimal(10**3)),
        **dict.fromkeys(("um", "µm", "μm", "micromolar", "umol/l", "µmol/l"), Decimal(1)),
        **dict.fromkeys(("nm", "nanomolar", "nmol/l"), Decimal("1e-3")),
        **dict.fromkeys(("pm", "picomolar", "pmol/l"), Decimal("1e-6")),
    }
)
HOURS: Final[Mapping[str, Decimal]] = MappingProxyType(
    {
        **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Decimal(1)),
        **dict.fromkeys(("min", "mins", "minute", "minutes"), Decimal(1) / 60),
        **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), Decimal(1) / 3600),
        **dict.fromkeys(("d", "day", "days"), Decimal(24)),
        **dict.fromkeys(("w", "wk", "week", "weeks"), Decimal(168)),
    }
)
_MULTIPLES: Final = {"": 1, "k": 10**3, "m": 10**6, "million": 10**6, "g": 10**9, "b": 10**9}

_AMOUNT: Final = re.compile(r"\+?(\d+(?:\.\d+)?|\.\d+)\s*([^\d\s].*)?")
# Two groups or more: a single one (20,000) may be a decimal comma.
_GROUPED: Final = re.compile(r"\d{1,3}(,\d{3}){2,}")


def in_unit(text: str, factors: Mapping[str, Decimal], default: str | None) -> float | None:
    """Return an amount such as ``100 nM`` as a multiple of the factors' unit.

    Parameters
    ----------
    factors
        How many of the wanted unit each unit is.
    default
        The unit of a bare number, where a column's name or a column beside it says it.

    Returns
    -------
    float or None
        None if this is no amount or its unit is not known; zero needs no unit.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        return None
    value = Decimal(match[1])
    unit = (match[2] or default or "").strip().lower()
    if unit in factors:
        return float(value * factors[unit])
    return 0.0 if not value and not unit else None


def number_of_reads(text: str) -> int | None:
    """Return a number of reads such as ``25.3M``, ``20,000,000`` or ``25 million``."""
    if _GROUPED.fullmatch(text.strip()):
        return int(text.replace(",", ""))
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        return None
    word = (match[2] or "").strip().lower().removesuffix("reads").strip()
    if word not in _MULTIPLES:
        return None
    reads = Decimal(match[1]) * _MULTIPLES[word]
    return int(reads) if reads == reads.to_integral_value() else None
