"""Anchored indirect comparisons: two regimens of two trials by way of the comparator they share.

Bucher's method keeps randomisation: each regimen is compared with the shared comparator inside its
own trial, and only the two effects are compared. It assumes that the trials' patients differ in
nothing that changes those effects.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import polars as pl
from scipy import stats

from analytics.safety.single import ALPHA

# Part of what decides the stored comparisons: change it with what is computed.
METHOD: Final = "Bucher"
# What must be the same in both trials. The version of the grading criteria belongs to it, since
# versions grade one event differently.
SHARED: Final = ("anchor_regimen_id", "term_key", "band", "ascertainment", "ctcae_version")
_SIDES: Final = ("first", "second")
_CELL: Final = ("trial_id", "arm_id", "regimen_id", "adverse_event_id", "n_affected", "n_at_risk")

COLUMNS: Final = (
    "anchored_comparison_id",
    "load_id",
    "term_key",
    "band",
    "ascertainment",
    "ctcae_version",
    "anchor_regimen_id",
    *(
        f"{side}_{name}"
        for side in _SIDES
        for name in (
            *_CELL,
            "anchor_arm_id",
            "anchor_adverse_event_id",
            "anchor_n_affected",
            "anchor_n_at_risk",
        )
    ),
    "risk_ratio",
    "risk_ratio_lower",
    "risk_ratio_upper",
    "odds_ratio",
    "odds_ratio_lower",
    "odds_ratio_upper",
    "log_risk_ratio_se",
    "log_odds_ratio_se",
    "not_estimable_reason",
    "first_anchor_load_id",
    "second_load_id",
    "second_anchor_load_id",
)


def anchored_comparisons(cells: pl.DataFrame) -> pl.DataFrame:
    """Compare regimens of different randomised trials by way of a shared comparator regimen.

    Parameters
    ----------
    cells
        One row per cell with an exact count: ``adverse_event_id, load_id, trial_id, arm_id,
        regimen_id, is_randomised, term_key, band, is_graded, ascertainment, ctcae_version,
        data_cut, n_affected, n_at_risk``.

    Returns
    -------
    polars.DataFrame
        The columns :data:`COLUMNS`, one row per pair of trials, event and pair of regimens. The
        ratios are the first regimen over the second, each relative to the anchor: the difference
        of the two log ratios, its variance the sum of theirs. Cells qualify only from randomised
        trials, with a stated ascertainment and, where events are graded, a stated CTCAE version;
        both must be equal. With a zero cell there is no ratio, and the reason is given: nothing
        is added to a count.

    References
    ----------
    Bucher HC, Guyatt GH, Griffith LE, Walter SD (1997), J Clin Epidemiol 50:683-691.
    """
    frame = _pairs(_against_anchor(_qualifying(cells)))
    counts = {
        name: frame[name].to_numpy().astype(np.float64)
        for side in _SIDES
        for name in (
            f"{side}_n_affected",
            f"{side}_n_at_risk",
            f"{side}_anchor_n_affected",
            f"{side}_anchor_n_at_risk",
        )
    }
    x = np.array([counts[f"{side}_{who}n_affected"] for side in _SIDES for who in ("", "anchor_")])
    n = np.array([counts[f"{side}_{who}n_at_risk"] for side in _SIDES for who in ("", "anchor_")])
    signs = np.array([[1.0], [-1.0], [-1.0], [1.0]])
    quantile = stats.norm.isf(ALPHA / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = {
            "risk": (np.log(x / n), 1 / x - 1 / n),
            "odds": (np.log(x / (n - x)), 1 / x + 1 / (n - x)),
        }
        columns = {}
        for name, (log_rate, variance) in effects.items():
            possible = (x > 0).all(axis=0) & ((name == "risk") | (x < n).all(axis=0))
            effect = np.where(possible, (signs * log_rate).sum(axis=0), np.nan)
            error = np.where(possible, np.sqrt(variance.sum(axis=0)), np.nan)
            columns[f"{name}_ratio"] = np.exp(effect)
            columns[f"{name}_ratio_lower"] = np.exp(effect - quantile * error)
            columns[f"{name}_ratio_upper"] = np.exp(effect + quantile * error)
            columns[f"log_{name}_ratio_se"] = error
    return frame.with_columns(
        *(
            pl.Series(name, values, dtype=pl.Float64).fill_nan(None)
            for name, values in columns.items()
        ),
        pl.Series(
            "not_estimable_reason",
            np.where((x == 0).any(axis=0), "an arm has no event", "").tolist(),
            dtype=pl.String,
        ).replace("", None),
        pl.concat_str("first_adverse_event_id", "second_adverse_event_id", separator="|")
        .map_elements(_md5, return_dtype=pl.String)
        .alias("anchored_comparison_id"),
    ).select(COLUMNS)


def _qualifying(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.filter(
        pl.col("is_randomised")
        & pl.col("regimen_id").is_not_null()
        & ~pl.col("ascertainment").is_in(["", "unstated"])
        & (~pl.col("is_graded") | pl.col("ctcae_version").is_not_null())
    )


def _against_anchor(cells: pl.DataFrame) -> pl.DataFrame:
    """Pair every cell with each other arm of its trial, which may serve as the anchor."""
    within = ["trial_id", "term_key", "band", "ascertainment", "ctcae_version", "data_cut"]
    anchor = cells.select(
        *within,
        pl.col("arm_id").alias("anchor_arm_id"),
        pl.col("regimen_id").alias("anchor_regimen_id"),
        pl.col("adverse_event_id").alias("anchor_adverse_event_id"),
        pl.col("load_id").alias("anchor_load_id"),
        pl.col("n_affected").alias("anchor_n_affected"),
        pl.col("n_at_risk").alias("anchor_n_at_risk"),
    )
    return cells.join(anchor, on=within, how="inner", nulls_equal=True).filter(
        pl.col("regimen_id") != pl.col("anchor_regimen_id")
    )


def _pairs(effects: pl.DataFrame) -> pl.DataFrame:
    """Pair effects of different trials against one anchor; each pair stands once."""
    own = [*_CELL, *(c for c in effects.columns if c.startswith("anchor_") and c not in SHARED)]
    first = effects.select(*SHARED, "load_id", *(pl.col(c).alias(f"first_{c}") for c in own))
    second = effects.select(*SHARED, *(pl.col(c).alias(f"second_{c}") for c in (*own, "load_id")))
    return (
        first.join(second, on=list(SHARED), how="inner", nulls_equal=True)
        .filter(
            (pl.col("first_trial_id") != pl.col("second_trial_id"))
            & (pl.col("first_regimen_id") < pl.col("second_regimen_id"))
        )
        .sort("first_adverse_event_id", "second_adverse_event_id")
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
