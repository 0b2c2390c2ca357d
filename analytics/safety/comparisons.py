"""Adverse events of two arms of one trial: difference, ratio and exploratory tests per term.

Only arms of the same trial are compared, and only figures of the same term, grade band (or
seriousness), ascertainment and data cut.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import polars as pl

from analytics.safety.bisection import Floats
from analytics.safety.difference import miettinen_nurminen, newcombe
from analytics.safety.exact import boschloo_exact, fisher_exact
from analytics.safety.ratio import risk_ratio, score_ratio

Interval: TypeAlias = Callable[[Floats, Floats, Floats, Floats], tuple[Floats, Floats]]

# Part of what decides the stored comparisons: change it with what is computed.
METHOD: Final = "p-values adjusted where the marts know which groups may be tested"
# What must be the same in both arms.
MATCHED: Final = ("trial_id", "term_key", "term_group", "band", "ascertainment", "data_cut")
# Beyond so many pairs of feasible counts the p-value of a percentage is not sought.
_MOST_PAIRS: Final = 400

COLUMNS: Final = (
    "comparison_id",
    "load_id",
    "comparator_load_id",
    "trial_id",
    "arm_id",
    "comparator_arm_id",
    "adverse_event_id",
    "comparator_adverse_event_id",
    "term_key",
    "band",
    "n_affected_lo",
    "n_affected_hi",
    "n_at_risk",
    "comparator_n_affected_lo",
    "comparator_n_affected_hi",
    "comparator_n_at_risk",
    "is_exact_count",
    "has_events",
    "risk_difference_lo",
    "risk_difference_hi",
    "mn_lower",
    "mn_upper",
    "newcombe_lower",
    "newcombe_upper",
    "risk_ratio",
    "ratio_lower",
    "ratio_upper",
    "fisher_p_value",
    "boschloo_p_value",
)


def pair_arms(cells: pl.DataFrame) -> pl.DataFrame:
    """Pair the cells of one term over the arms of a trial.

    Parameters
    ----------
    cells
        One row per cell that has counts and a denominator: ``adverse_event_id, load_id,
        trial_id, arm_id, arm_order, term_key, term_group, band, ascertainment, data_cut,
        n_affected_lo, n_affected_hi, n_at_risk``. Of two arms the one with the greater
        ``arm_order`` is the comparator.

    Returns
    -------
    polars.DataFrame
        One row per pair; the second arm's columns carry the prefix ``comparator_``.
    """
    own = ["load_id", "arm_id", "arm_order", "adverse_event_id"]
    counts = ["n_affected_lo", "n_affected_hi", "n_at_risk"]
    other = cells.select(
        *MATCHED, *(pl.col(name).alias(f"comparator_{name}") for name in (*own, *counts))
    )
    return (
        cells.select(*MATCHED, *own, *counts)
        .join(other, on=list(MATCHED), how="inner", nulls_equal=True)
        .filter(pl.col("arm_order") < pl.col("comparator_arm_order"))
        .sort("adverse_event_id", "comparator_adverse_event_id")
    )


def compare_arms(cells: pl.DataFrame) -> pl.DataFrame:
    """Compute the comparisons within each trial.

    Parameters
    ----------
    cells
        As :func:`pair_arms` takes them.

    Returns
    -------
    polars.DataFrame
        The columns :data:`COLUMNS`, one row per pair of cells. Differences and ratios are the
        arm over (minus) the comparator, as shares. Where a percentage admits several counts,
        the differences run from the least to the greatest feasible one, each interval is the
        envelope of theirs, the ratio is null and the p-values are the largest. Without an event
        in either arm there is no interval, ratio or p-value. The p-values are adjusted in the
        marts, which know what groups of a record hold different people.
    """
    pairs = pair_arms(cells)
    lo_1, hi_1, n_1 = (
        pairs[c].to_numpy().astype(float) for c in ("n_affected_lo", "n_affected_hi", "n_at_risk")
    )
    lo_2, hi_2, n_2 = (
        pairs[f"comparator_{c}"].to_numpy().astype(float)
        for c in ("n_affected_lo", "n_affected_hi", "n_at_risk")
    )
    exact = (lo_1 == hi_1) & (lo_2 == hi_2)
    events = (hi_1 > 0) | (hi_2 > 0)
    mn_lower, mn_upper = _corners(miettinen_nurminen, lo_1, hi_1, n_1, lo_2, hi_2, n_2)
    nc_lower, nc_upper = _corners(newcombe, lo_1, hi_1, n_1, lo_2, hi_2, n_2)
    ratio_lower, ratio_upper = _corners(score_ratio, lo_1, hi_1, n_1, lo_2, hi_2, n_2)
    ratio = risk_ratio(lo_1, n_1, lo_2, n_2)
    fisher, boschloo = _largest_p_values(lo_1, hi_1, n_1, lo_2, hi_2, n_2)
    computed = {
        "is_exact_count": exact,
        "has_events": events,
        "risk_difference_lo": lo_1 / n_1 - hi_2 / n_2,
        "risk_difference_hi": hi_1 / n_1 - lo_2 / n_2,
        "mn_lower": mn_lower,
        "mn_upper": mn_upper,
        "newcombe_lower": nc_lower,
        "newcombe_upper": nc_upper,
        # An infinite ratio or limit has no number to show.
        "risk_ratio": np.where(exact & np.isfinite(ratio), ratio, np.nan),
        "ratio_lower": ratio_lower,
        "ratio_upper": np.where(np.isfinite(ratio_upper), ratio_upper, np.nan),
        "fisher_p_value": fisher,
        "boschloo_p_value": boschloo,
    }
    frame = pairs.with_columns(
        pl.Series(name, values).fill_nan(None)
        if np.asarray(values).dtype.kind == "f"
        else pl.Series(name, values)
        for name, values in computed.items()
    )
    return frame.with_columns(
        pl.struct("adverse_event_id", "comparator_adverse_event_id")
        .map_elements(_comparison_id, return_dtype=pl.String)
        .alias("comparison_id"),
    ).select(COLUMNS)


def _comparison_id(pair: dict[str, str]) -> str:
    text = f"{pair['adverse_event_id']}|{pair['comparator_adverse_event_id']}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _corners(
    interval: Interval,
    lo_1: Floats,
    hi_1: Floats,
    n_1: Floats,
    lo_2: Floats,
    hi_2: Floats,
    n_2: Floats,
) -> tuple[Floats, Floats]:
    """Return an interval's envelope over feasible counts.

    Limits grow with the arm's count and fall with the comparator's, so the extremes stand where
    one count is least and the other greatest; a corner without any event has no interval.
    """
    least, greatest = interval(lo_1, n_1, hi_2, n_2), interval(hi_1, n_1, lo_2, n_2)
    return np.fmin(least[0], greatest[0]), np.fmax(least[1], greatest[1])


def _largest_p_values(
    lo_1: Floats, hi_1: Floats, n_1: Floats, lo_2: Floats, hi_2: Floats, n_2: Floats
) -> tuple[Floats, Floats]:
    """Return the largest Fisher and Boschloo p-value over the feasible counts of each pair."""
    feasible = pl.DataFrame(
        {
            "pair": np.arange(len(lo_1)),
            "n_1": n_1.astype(np.int64),
            "n_2": n_2.astype(np.int64),
            "x_1": [list(range(int(a), int(b) + 1)) for a, b in zip(lo_1, hi_1, strict=True)],
            "x_2": [list(range(int(a), int(b) + 1)) for a, b in zip(lo_2, hi_2, strict=True)],
        },
        schema_overrides={"x_1": pl.List(pl.Int64), "x_2": pl.List(pl.Int64)},
    )
    tables = (
        feasible.filter(pl.col("x_1").list.len() * pl.col("x_2").list.len() <= _MOST_PAIRS)
        .explode("x_1")
        .explode("x_2")
    )
    largest = np.full((2, len(lo_1)), np.nan)
    if tables.height:
        arguments = [tables[name].to_numpy() for name in ("x_1", "n_1", "x_2", "n_2")]
        for row, test in enumerate((fisher_exact, boschloo_exact)):
            np.fmax.at(largest[row], tables["pair"].to_numpy(), test(*arguments))
    return largest[0], largest[1]
