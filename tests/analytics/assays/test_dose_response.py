"""Curves with known parameters come back; what cannot be estimated is a bound or says why."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.optimize import curve_fit

from analytics.assays.dose_response import COLUMNS, fit_dose_responses, percent_of_vehicle
from analytics.assays.logistic import (
    LOG_IC50,
    SHARE,
    TOP,
    absolute_interval,
    fit_curve,
    relative_interval,
)

DOSES = np.geomspace(0.01, 100, 9)
FULL = 40_000.0


def response(dose: np.ndarray, ic50: float, slope: float, bottom: float) -> np.ndarray:
    """Return the share of the top that a curve leaves at a dose."""
    return bottom + (1 - bottom) / (1 + (dose / ic50) ** slope)


def plate(
    shares: np.ndarray,
    *,
    doses: np.ndarray = DOSES,
    vehicles: int = 6,
    noise: float = 0.0,
    seed: int = 1,
    **columns: Any,
) -> pl.DataFrame:
    """Return wells of one treatment; ``shares`` has one row per replicate."""
    rng = np.random.default_rng(seed)
    signals = np.concatenate([np.ones(vehicles), np.atleast_2d(shares).ravel()])
    signals = FULL * (signals + rng.normal(0, noise, signals.size) if noise else signals)
    given = np.tile(doses, len(np.atleast_2d(shares)))
    return pl.DataFrame(
        {
            "load_id": "l",
            "assay_run_id": "run",
            "cells": "MM.1S",
            "time_h": 72.0,
            "plate": "1",
            "treatment": ["DMSO"] * vehicles + ["drug"] * given.size,
            "role": ["vehicle"] * vehicles + ["treated"] * given.size,
            "concentration_um": np.concatenate([np.zeros(vehicles), given]),
            "signal": signals,
        }
        | columns
    )


def fitted(wells: pl.DataFrame) -> dict[str, Any]:
    frame = fit_dose_responses(wells)
    assert frame.columns == list(COLUMNS)
    (row,) = frame.to_dicts()
    return row


@pytest.mark.parametrize(
    ("ic50", "slope", "bottom"),
    [(1.0, 1.0, 0.0), (0.3, 1.8, 0.1), (5.0, 0.7, 0.3), (2.0, 4.0, 0.05)],
)
def test_a_curve_without_noise_comes_back(ic50: float, slope: float, bottom: float) -> None:
    row = fitted(plate(np.tile(response(DOSES, ic50, slope, bottom), (3, 1))))
    assert row["fit_state"] == "fitted"
    assert row["relative_ic50_um"] == pytest.approx(ic50, rel=1e-3)
    assert row["hill_slope"] == pytest.approx(slope, rel=2e-3)
    assert row["bottom_pct"] == pytest.approx(100 * bottom, abs=0.1)
    assert row["top_pct"] == pytest.approx(100, abs=0.05)
    # Half of the top is reached where (1 - bottom) / (1 + (c / ic50)^slope) = 1/2 - bottom.
    absolute = ic50 * (1 - 2 * bottom) ** (-1 / slope)
    assert row["absolute_ic50_um"] == pytest.approx(absolute, rel=2e-3)
    assert row["r_squared"] > 0.9999


def test_intervals_of_both_ic50s_cover_near_95_percent() -> None:
    ic50, slope, bottom = 1.0, 1.2, 0.1
    doses = np.repeat(np.geomspace(0.01, 100, 8), 2)
    log_dose = np.concatenate([np.full(4, -np.inf), np.log10(doses)])
    shares = np.concatenate([np.ones(4), response(doses, ic50, slope, bottom)])
    truth = np.log10(ic50), np.log10(ic50) - np.log10(1 - 2 * bottom) / slope
    rng = np.random.default_rng(23)
    plates, errors = 300, []
    covered = np.zeros(2)
    for _ in range(plates):
        signals = shares + rng.normal(0, 0.05, shares.size)
        percent = 100 * signals / signals[:4].mean()
        curve = fit_curve(log_dose, percent)
        errors.append(curve.theta[LOG_IC50] - truth[0])
        for place, interval in enumerate((relative_interval, absolute_interval)):
            lower, upper = interval(log_dose, percent, curve)
            covered[place] += lower <= truth[place] <= upper
    # Three standard errors of a share of 0.95 over 300 draws are 0.038.
    assert covered / plates == pytest.approx([0.95, 0.95], abs=0.038)
    assert abs(np.mean(errors)) < 0.02


def test_the_fit_equals_scipy() -> None:
    wells = plate(np.tile(response(DOSES, 0.8, 1.3, 0.1), (3, 1)), noise=0.06)
    percent = percent_of_vehicle(wells)["response_pct"].to_numpy()
    log_dose = np.log10(wells["concentration_um"].replace(0.0, 1e-300).to_numpy())

    def logistic(x: np.ndarray, top: float, bottom: float, middle: float, slope: float) -> Any:
        return bottom + (top - bottom) / (1 + 10 ** (slope * (x - middle)))

    expected, _ = curve_fit(logistic, log_dose, percent, p0=[100, 5, 0, 1])
    log_dose[log_dose < -10] = -np.inf
    curve = fit_curve(log_dose, percent)
    top = curve.theta[TOP]
    found = [top, top * curve.theta[SHARE], curve.theta[LOG_IC50], curve.slope]
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_a_flat_curve_is_a_bound_and_says_why() -> None:
    row = fitted(plate(np.ones((3, 9)), noise=0.05))
    assert row["fit_state"] == "no_response"
    assert "does not change" in row["reason"]
    assert (row["absolute_ic50_operator"], row["absolute_ic50_um"]) == (">", pytest.approx(100))
    empty = ["relative_ic50_operator", "relative_ic50_um", "absolute_ic50_lower_um", "hill_slope"]
    assert [row[name] for name in empty] == [None] * 4


def test_a_curve_that_stays_above_half_is_a_bound_though_it_has_a_midpoint() -> None:
    row = fitted(plate(np.tile(response(DOSES, 1.0, 1.5, 0.7), (3, 1)), noise=0.02))
    assert row["fit_state"] == "fitted"
    assert (row["absolute_ic50_operator"], row["absolute_ic50_um"]) == (">", pytest.approx(100))
    assert row["absolute_ic50_lower_um"] is None
    assert row["relative_ic50_operator"] == "="
    assert row["relative_ic50_lower_um"] < 1.0 < row["relative_ic50_upper_um"]


def test_a_curve_that_begins_below_half_is_bounded_from_above() -> None:
    row = fitted(plate(np.tile(response(DOSES, 0.0005, 1.0, 0.02), (3, 1)), noise=0.01))
    assert (row["absolute_ic50_operator"], row["absolute_ic50_um"]) == ("<", pytest.approx(0.01))
    assert row["relative_ic50_operator"] == "<"
    assert row["absolute_ic50_upper_um"] is None


def test_one_replicate_is_fitted_without_a_test_of_its_fit() -> None:
    row = fitted(plate(response(DOSES, 1.0, 1.2, 0.05), vehicles=1, noise=0.03))
    assert row["fit_state"] == "fitted"
    assert row["lack_of_fit_p_value"] is None
    assert row["relative_ic50_lower_um"] < row["relative_ic50_um"] < row["relative_ic50_upper_um"]


def test_a_curve_whose_end_was_not_reached_has_no_upper_limit() -> None:
    doses = np.geomspace(0.01, 3, 6)
    wells = plate(np.tile(response(doses, 3.0, 0.8, 0.0), (2, 1)), doses=doses, noise=0.1, seed=2)
    row = fitted(wells)
    assert row["absolute_ic50_operator"] == "="
    assert row["absolute_ic50_lower_um"] < row["absolute_ic50_um"] < 3
    assert row["absolute_ic50_upper_um"] is None


@pytest.mark.parametrize(
    ("wells", "reason"),
    [
        (plate(np.ones((3, 3)), doses=DOSES[:3]), "3 concentrations"),
        (plate(np.ones((1, 4)), doses=DOSES[:4], vehicles=0), "no vehicle wells"),
        (plate(np.ones((3, 9))), "every well has the same signal"),
        (
            plate(np.ones((3, 9))).with_columns(signal=-pl.col("signal")),
            "mean signal is not above",
        ),
    ],
)
def test_a_curve_that_cannot_be_fitted_says_why(wells: pl.DataFrame, reason: str) -> None:
    row = fitted(wells)
    assert row["fit_state"] == "not_fitted"
    assert reason in row["reason"]
    assert row["absolute_ic50_operator"] is None


def test_each_plate_is_held_against_its_own_vehicle_and_blanks() -> None:
    shares = response(DOSES, 1.0, 1.0, 0.0)
    blanks = plate(np.ones((1, 1)), doses=np.array([1.0]), vehicles=0).with_columns(
        role=pl.lit("blank"), signal=pl.lit(1000.0), plate=pl.lit("2")
    )
    dim = plate(shares, plate="2").with_columns(signal=pl.col("signal") * 0.5 + 1000)
    wells = pl.concat([plate(shares), dim, blanks], how="vertical_relaxed")
    percent = percent_of_vehicle(wells)
    assert "blank" not in percent["role"]
    by_plate = percent.partition_by("plate")
    assert by_plate[0]["response_pct"].to_list() == pytest.approx(
        by_plate[1]["response_pct"].to_list()
    )
    row = fitted(wells)
    assert (row["n_plates"], row["n_vehicle_wells"], row["n_wells"]) == (2, 12, 18)
    assert row["relative_ic50_um"] == pytest.approx(1.0, rel=1e-3)


def test_times_and_cells_are_curves_of_their_own() -> None:
    shares = np.tile(response(DOSES, 1.0, 1.0, 0.0), (2, 1))
    wells = pl.concat(
        [plate(shares), plate(shares, time_h=24.0), plate(shares, cells=None)],
        how="vertical_relaxed",
    )
    frame = fit_dose_responses(wells)
    assert frame["dose_response_id"].n_unique() == frame.height == 3
    assert frame["n_vehicle_wells"].to_list() == [6, 6, 6]
