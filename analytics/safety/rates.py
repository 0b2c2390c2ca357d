"""Adverse-event rates: feasible counts behind a printed percentage, and Wilson intervals."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl

from analytics.safety.single import wilson_interval

# Part of what decides the stored rates: change it with what is computed.
METHOD: Final = "Wilson over the counts that a percentage admits"
_TOLERANCE: Final = 1e-9
_COUNTED: Final = frozenset({"percent", "n_of_n", "zero"})


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
        counts amount to; ``finding``: what does not add up. All null where a cell has no
        denominator or is not an estimate.
    """
    admitted = [_admitted(cell) for cell in cells.iter_rows(named=True)]
    counts = pl.DataFrame(
        admitted,
        schema={"n_affected_lo": pl.Int64, "n_affected_hi": pl.Int64, "finding": pl.String},
        orient="row",
    )
    # A cell without counts takes part as 0 of 0, whose interval is unknown.
    lo = counts["n_affected_lo"].fill_null(0).to_numpy()
    hi = counts["n_affected_hi"].fill_null(0).to_numpy()
    known = counts["n_affected_lo"].is_not_null().to_numpy()
    n = np.where(known, cells["n_at_risk"].fill_null(0).to_numpy(), 0)
    lower, upper = wilson_interval(lo, n)[0], wilson_interval(hi, n)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        share_lo, share_hi = lo / n, hi / n
    return pl.concat(
        [cells.select("adverse_event_id", "load_id"), counts], how="horizontal"
    ).select(
        "adverse_event_id",
        "load_id",
        "n_affected_lo",
        "n_affected_hi",
        pl.Series("rate", np.where(lo == hi, share_lo, np.nan)).fill_nan(None),
        pl.Series("wilson_lower", lower).fill_nan(None),
        pl.Series("wilson_upper", upper).fill_nan(None),
        pl.Series("recomputed_pct_lo", 100 * share_lo).fill_nan(None),
        pl.Series("recomputed_pct_hi", 100 * share_hi).fill_nan(None),
        "finding",
    )


def _admitted(cell: dict[str, object]) -> tuple[int | None, int | None, str | None]:
    """Return the least and greatest count of one cell, and what does not add up."""
    n, state = cell["n_at_risk"], cell["cell_state"]
    if not isinstance(n, int) or state not in _COUNTED:
        return None, None, None
    percent, decimals = cell["value_pct"], cell["pct_decimals"]
    printed = (
        feasible_counts(percent, decimals if isinstance(decimals, int) else 0, n)
        if isinstance(percent, float)
        else None
    )
    known = 0 if state == "zero" else cell["n_affected"]
    if isinstance(known, int):
        misprinted = isinstance(percent, float) and (
            printed is None or not printed[0] <= known <= printed[1]
        )
        finding = (
            f"{known} of {n} is {100 * known / n:.2f} %, but {percent:g} % is printed"
            if misprinted
            else None
        )
        return known, known, finding
    if printed is None:
        return None, None, f"no whole number of {n} patients is {percent:g} %"
    return printed[0], printed[1], None
