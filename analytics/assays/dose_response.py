"""Wells of cytotoxicity plates to IC50s with intervals, or to bounds, or to the reason why not."""

from __future__ import annotations

import hashlib
import math
from typing import Any, Final

import numpy as np
import polars as pl
from scipy import stats

from analytics.assays.least_squares import Floats
from analytics.assays.logistic import (
    LOG_IC50,
    N_PARAMETERS,
    SHARE,
    TOP,
    Curve,
    absolute_interval,
    absolute_log_ic50,
    fit_curve,
    relative_interval,
)

# Part of what decides the stored curves: change it with what is computed.
METHOD: Final = "four-parameter logistic"
# A curve is called a response to the drug at this level of the F test against no change.
RESPONSE_ALPHA: Final = 0.05
FEWEST_CONCENTRATIONS: Final = 4
_CURVE: Final = ("assay_run_id", "cells", "time_h", "treatment")

COLUMNS: Final = {
    "dose_response_id": pl.String,
    "load_id": pl.String,
    "assay_run_id": pl.String,
    "treatment": pl.String,
    "cells": pl.String,
    "time_h": pl.Float64,
    "n_plates": pl.Int64,
    "n_wells": pl.Int64,
    "n_vehicle_wells": pl.Int64,
    "n_concentrations": pl.Int64,
    "lowest_um": pl.Float64,
    "highest_um": pl.Float64,
    "fit_state": pl.String,
    "reason": pl.String,
    "top_pct": pl.Float64,
    "bottom_pct": pl.Float64,
    "hill_slope": pl.Float64,
    **{
        f"{which}_ic50_{part}": kind
        for which in ("relative", "absolute")
        for part, kind in (
            ("operator", pl.String),
            ("um", pl.Float64),
            ("lower_um", pl.Float64),
            ("upper_um", pl.Float64),
        )
    },
    "r_squared": pl.Float64,
    "residual_sd_pct": pl.Float64,
    "response_p_value": pl.Float64,
    "lack_of_fit_p_value": pl.Float64,
}


def percent_of_vehicle(wells: pl.DataFrame) -> pl.DataFrame:
    """Express signals in percent of the vehicle's mean on the same plate.

    Parameters
    ----------
    wells
        ``assay_run_id, cells, time_h, plate, role, signal`` and whatever else describes a well.

    Returns
    -------
    polars.DataFrame
        The vehicle's and the treated wells with ``response_pct``: the mean signal of the
        plate's blank wells, where it has any, is taken off both. Null where the plate has no
        vehicle well, or its mean is not above the blanks'.
    """
    plate = ["assay_run_id", "cells", "time_h", "plate"]
    # Blank wells hold no cells, so they belong to the plate whatever cells it carries.
    blank = (
        pl.col("signal").filter(pl.col("role") == "blank").mean().over("assay_run_id", "plate")
    ).fill_null(0.0)
    vehicle = pl.col("net").filter(pl.col("role") == "vehicle").mean().over(plate)
    return (
        wells.with_columns(net=pl.col("signal") - blank)
        .with_columns(vehicle_mean=vehicle)
        .filter(pl.col("role") != "blank")
        .with_columns(
            response_pct=pl.when(pl.col("vehicle_mean") > 0).then(
                100 * pl.col("net") / pl.col("vehicle_mean")
            )
        )
        .drop("net", "vehicle_mean")
    )


def fit_dose_responses(wells: pl.DataFrame) -> pl.DataFrame:
    """Fit a curve to every treatment of every run, kind of cells and time.

    Parameters
    ----------
    wells
        One row per well: ``load_id, assay_run_id, cells, time_h, plate, treatment, role,
        concentration_um, signal``; ``role`` is ``vehicle``, ``blank`` or ``treated``.

    Returns
    -------
    polars.DataFrame
        The columns :data:`COLUMNS`, one row per curve. ``fit_state`` is ``fitted``,
        ``no_response`` (the signal does not change with the concentration) or ``not_fitted``,
        the latter two with the ``reason``. An IC50 has the operator ``=`` and an interval, or
        ``>`` the highest or ``<`` the lowest concentration tested, which is a bound and has
        none; a limit that the data do not set is null. ``lack_of_fit_p_value`` compares the
        curve with the replicates' own scatter and needs replicates.
    """
    measured = percent_of_vehicle(wells)
    treated = measured.filter(pl.col("role") == "treated")
    vehicle = measured.filter(pl.col("role") == "vehicle")
    rows = []
    for key, own in treated.sort("treatment").group_by(list(_CURVE), maintain_order=True):
        run, cells, time_h, _ = key
        beside = vehicle.filter(
            (pl.col("assay_run_id") == run)
            & pl.col("cells").eq_missing(pl.lit(cells, dtype=pl.String))
            & pl.col("time_h").eq_missing(pl.lit(time_h, dtype=pl.Float64))
            & pl.col("plate").is_in(own["plate"].unique().implode())
        )
        rows.append(_described(key, own, beside) | _fitted(own, beside))
    return pl.DataFrame([{n: row.get(n) for n in COLUMNS} for row in rows], schema=COLUMNS)


def _described(key: tuple[Any, ...], own: pl.DataFrame, vehicle: pl.DataFrame) -> dict[str, Any]:
    text = "|".join("" if part is None else str(part) for part in key)
    return {
        **dict(zip(_CURVE, key, strict=True)),
        "dose_response_id": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "load_id": own["load_id"][0],
        "n_plates": own["plate"].n_unique(),
        "n_wells": own.height,
        "n_vehicle_wells": vehicle.height,
        "n_concentrations": own["concentration_um"].n_unique(),
        "lowest_um": own["concentration_um"].min(),
        "highest_um": own["concentration_um"].max(),
    }


def _fitted(own: pl.DataFrame, vehicle: pl.DataFrame) -> dict[str, Any]:
    concentrations = own["concentration_um"].n_unique()
    if vehicle.height == 0:
        return _not_fitted("no vehicle wells stand on its plates")
    if own["response_pct"].null_count():
        return _not_fitted(
            "on a plate the vehicle has no wells, or its mean signal is not above the blanks'"
        )
    if concentrations < FEWEST_CONCENTRATIONS:
        return _not_fitted(
            f"{concentrations} concentrations; a curve of four parameters needs at least "
            f"{FEWEST_CONCENTRATIONS}"
        )
    log_dose = np.concatenate(
        [np.full(vehicle.height, -np.inf), np.log10(own["concentration_um"].to_numpy())]
    )
    response = np.concatenate([vehicle["response_pct"].to_numpy(), own["response_pct"].to_numpy()])
    if len(response) <= N_PARAMETERS:
        return _not_fitted(f"{len(response)} wells leave nothing to estimate the scatter from")
    total = float(np.sum((response - response.mean()) ** 2))
    if total == 0:
        return _not_fitted("every well has the same signal")
    curve = fit_curve(log_dose, response)
    return _judged(log_dose, response, curve, total)


def _not_fitted(reason: str) -> dict[str, Any]:
    return {"fit_state": "not_fitted", "reason": reason}


def _judged(log_dose: Floats, response: Floats, curve: Curve, total: float) -> dict[str, Any]:
    dosed = log_dose[np.isfinite(log_dose)]
    lowest, highest = float(dosed.min()), float(dosed.max())
    explained = (total - curve.sum_of_squares) / (N_PARAMETERS - 1)
    noise = curve.sum_of_squares / curve.df
    p_value = float(stats.f.sf(explained / noise, N_PARAMETERS - 1, curve.df)) if noise else 0.0
    quality = {
        "r_squared": 1 - curve.sum_of_squares / total,
        "residual_sd_pct": math.sqrt(noise),
        "response_p_value": p_value,
        "lack_of_fit_p_value": _lack_of_fit(log_dose, response, curve),
    }
    if p_value >= RESPONSE_ALPHA:
        return {
            **quality,
            "fit_state": "no_response",
            "reason": f"the signal does not change with the concentration (F test, p = "
            f"{p_value:.2g})",
            "r_squared": None,
            "lack_of_fit_p_value": None,
            **_bound("absolute", ">", highest),
        }
    top = float(curve.theta[TOP])
    parameters = {
        "fit_state": "fitted",
        "top_pct": top,
        "bottom_pct": top * float(curve.theta[SHARE]),
        "hill_slope": curve.slope,
    }
    middle = float(curve.theta[LOG_IC50])
    if middle > highest:
        relative = _bound("relative", ">", highest)
    elif middle < lowest:
        relative = _bound("relative", "<", lowest)
    else:
        limits = relative_interval(log_dose, response, curve)
        relative = _estimate("relative", middle, limits)
    if curve.at(highest) > 0.5:
        absolute = _bound("absolute", ">", highest)
    elif curve.at(lowest) < 0.5:
        absolute = _bound("absolute", "<", lowest)
    else:
        limits = absolute_interval(log_dose, response, curve)
        absolute = _estimate("absolute", absolute_log_ic50(curve), limits)
    return {**quality, **parameters, **relative, **absolute}


def _bound(which: str, operator: str, log_dose: float) -> dict[str, Any]:
    # Rounding takes off what the logarithm put on: the bound is a concentration tested.
    return {f"{which}_ic50_operator": operator, f"{which}_ic50_um": float(f"{10**log_dose:.12g}")}


def _estimate(which: str, log_dose: float, limits: tuple[float, float]) -> dict[str, Any]:
    lower, upper = (10**limit if math.isfinite(limit) else None for limit in limits)
    return {
        f"{which}_ic50_operator": "=",
        f"{which}_ic50_um": 10**log_dose,
        f"{which}_ic50_lower_um": lower,
        f"{which}_ic50_upper_um": upper,
    }


def _lack_of_fit(log_dose: Floats, response: Floats, curve: Curve) -> float | None:
    """Return the p-value of the curve's misfit against the scatter of replicates."""
    _, group = np.unique(log_dose, return_inverse=True)
    sizes = np.bincount(group)
    means = np.bincount(group, weights=response) / sizes
    pure = float(np.sum((response - means[group]) ** 2))
    df_pure, df_misfit = len(response) - len(sizes), len(sizes) - N_PARAMETERS
    if df_pure < 1 or df_misfit < 1 or pure == 0:
        return None
    misfit = max(curve.sum_of_squares - pure, 0.0)
    return float(stats.f.sf((misfit / df_misfit) / (pure / df_pure), df_misfit, df_pure))
