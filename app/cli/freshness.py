"""Whether what is loaded is as fresh as the project asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.cli.project import Freshness

_RANK: Final = ("ok", "warning", "error")


def freshness_of(
    ages: Mapping[str, float], limits: Mapping[str, Freshness]
) -> list[dict[str, Any]]:
    """Compare the age of each kind's newest load with its limits.

    Parameters
    ----------
    ages
        Days since the newest load of each kind; a kind without a load is missing.

    Returns
    -------
    list of dict
        ``kind, age_days, warn_days, error_days, state``; a kind that is limited and was never
        loaded is an error.
    """
    none = Freshness()
    return [
        {
            "kind": kind,
            "age_days": ages.get(kind),
            "warn_days": limits.get(kind, none).warn_days,
            "error_days": limits.get(kind, none).error_days,
            "state": _state(ages.get(kind), limits.get(kind, none)),
        }
        for kind in sorted({*ages, *limits})
    ]


def freshness_words(row: Mapping[str, Any]) -> str:
    """Return a kind's age and limits, a row of :func:`freshness_of`, in words."""
    age = row["age_days"]
    limits = (("warn_days", "warning"), ("error_days", "error"))
    return (
        f"{row['kind']} "
        + ("was never loaded" if age is None else f"{age:.1f} days old")
        + "".join(f", {word} after {row[key]:g}" for key, word in limits if row[key] is not None)
    )


def worst(states: Iterable[str]) -> str:
    """Return the worst of ``ok``, ``warning`` and ``error``; ``ok`` of none."""
    return max(states, key=_RANK.index, default="ok")


def _state(age: float | None, limit: Freshness) -> str:
    if age is None:
        return "error"
    if limit.error_days is not None and age > limit.error_days:
        return "error"
    if limit.warn_days is not None and age > limit.warn_days:
        return "warning"
    return "ok"
