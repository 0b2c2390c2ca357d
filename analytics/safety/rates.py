"""Adverse-event rates: feasible counts behind a printed percentage, and Wilson intervals."""

from __future__ import annotations

import math
from typing import Final

import polars as pl
from statsmodels.stats.proportion import proportion_confint

ALPHA: Final = 0.05
_TOLERANCE: Final = 1e-9


def feasible_counts(percent: float, decimals: int, n: int) -> tuple[int, int] | None:
    """Return the least and greatest count that prints as ``percent`` at ``decimals`` places.

    A count x of n fits if 100 x / n lies within half a unit of the last printed place, both
    ends included, since tables round halves either way.

    Returns
    -------
    tuple of int or None
        ``(lo, hi)``, or None if no whole number fits: then the percentage, the denominator or
        the pairing of the two is wrong.
    """
    half = 0.5 * 10.0**-decimals
    lo = math.ceil((percent - half) * n / 100 - _TOLERANCE)
    hi = math.floor((percent + half) * n / 100 + _TOLERANCE)
    lo, hi = max(lo, 0), min(hi, n)
    return (lo, hi) if lo <= hi else None


def wilson(affected: int, at_risk: int, alpha: float = ALPHA) -> tuple[float, float]:
    """Return Wilson's score interval for a proportion (Wilson 1927), by statsmodels."""
    lower, upper = proportion_confint(affected, at_risk, alpha=alpha, method="wilson")
    return float(lower), float(upper)


def adverse_event_rates(cells: pl.DataFrame) -> pl.DataFrame:
    """Compute counts and intervals for the typed cells that allow it.

    Parameters
    ----------
    cells
        ``adverse_event_id, load_id, cell_state, value_pct, pct_decimals, n_affected, n_at_risk``,
        one row per cell.

    Returns
    -------
    polars.DataFrame
        One row per cell. ``n_affected_lo, n_affected_hi``: the counts that the cell admits;
        ``rate``: the count over the denominator where the count is known exactly;
        ``wilson_lower, wilson_upper``: the 95 % interval, over all admitted counts (from the
        lower limit at ``lo`` to the upper limit at ``hi``); ``recomputed_pct_lo/hi``: what these
        counts print as; ``finding``: what does not add up. All null where a cell has no
        denominator or is not an estimate.
    """
    rows = [_rate(cell) for cell in cells.iter_rows(named=True)]
    return pl.DataFrame(
        rows,
        schema={
            "adverse_event_id": pl.String,
            "load_id": pl.String,
            "n_affected_lo": pl.Int64,
            "n_affected_hi": pl.Int64,
            "rate": pl.Float64,
            "wilson_lower": pl.Float64,
            "wilson_upper": pl.Float64,
            "recomputed_pct_lo": pl.Float64,
            "recomputed_pct_hi": pl.Float64,
            "finding": pl.String,
        },
    )


def _rate(cell: dict[str, object]) -> dict[str, object]:
    row: dict[str, object] = {
        "adverse_event_id": cell["adverse_event_id"],
        "load_id": cell["load_id"],
    }
    n = cell["n_at_risk"]
    state = cell["cell_state"]
    if not isinstance(n, int) or state not in {"percent", "n_of_n", "zero"}:
        return row
    percent, decimals, known = cell["value_pct"], cell["pct_decimals"], cell["n_affected"]
    printed = _printed_counts(percent, decimals, n)
    if state == "zero":
        known = 0
    if isinstance(known, int):
        counts: tuple[int, int] | None = (known, known)
        if isinstance(percent, float) and (
            printed is None or not printed[0] <= known <= printed[1]
        ):
            row["finding"] = (
                f"{known} of {n} is {100 * known / n:.2f} %, but {percent:g} % is printed"
            )
    else:
        counts = printed
        if counts is None:
            row["finding"] = f"no whole number of {n} patients is {percent:g} %"
    if counts is None:
        return row
    lo, hi = counts
    return row | {
        "n_affected_lo": lo,
        "n_affected_hi": hi,
        "rate": lo / n if lo == hi else None,
        "wilson_lower": wilson(lo, n)[0],
        "wilson_upper": wilson(hi, n)[1],
        "recomputed_pct_lo": 100 * lo / n,
        "recomputed_pct_hi": 100 * hi / n,
    }


def _printed_counts(percent: object, decimals: object, n: int) -> tuple[int, int] | None:
    if not isinstance(percent, float):
        return None
    return feasible_counts(percent, decimals if isinstance(decimals, int) else 0, n)
