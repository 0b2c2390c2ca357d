"""Ratios of colony counts: planted ratios, their coverage, and counts that allow none."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from analytics.assays.colonies import COLUMNS, colony_ratios


def dishes(*groups: tuple[str, str, list[int]], cells: float = 20_000, **more: Any) -> pl.DataFrame:
    """Return dishes of one colony type from ``(donor, treatment, counts)``."""
    rows = [
        {
            "load_id": "l",
            "assay_run_id": "run",
            "cells": None,
            "time_h": 24.0,
            "donor": donor,
            "treatment": treatment,
            "role": "vehicle" if treatment == "DMSO" else "treated",
            "concentration_um": 0.0 if treatment == "DMSO" else 1.0,
            "colony_type": "CFU-GM",
            "colonies": count,
            "cells_plated": cells,
        }
        | more
        for donor, treatment, counts in groups
        for count in counts
    ]
    return pl.DataFrame(rows, schema_overrides={"cells": pl.String})


def test_a_ratio_equals_the_counts_where_the_design_is_balanced() -> None:
    frame = colony_ratios(
        dishes(
            ("D1", "DMSO", [60, 66]),
            ("D1", "drug", [30, 28]),
            ("D2", "DMSO", [100, 92]),
            ("D2", "drug", [49, 51]),
        )
    )
    assert frame.columns == list(COLUMNS)
    (row,) = frame.to_dicts()
    assert row["ratio"] == pytest.approx((30 + 28 + 49 + 51) / (60 + 66 + 100 + 92))
    assert row["ratio_lower"] < row["ratio"] < row["ratio_upper"] < 1
    assert (row["n_donors"], row["n_dishes"], row["df_residual"]) == (2, 4, 5)
    # Dishes closer together than chance would have them do not narrow the interval.
    assert row["dispersion"] < 1
    half = np.log(row["ratio_upper"] / row["ratio"])
    error = np.sqrt(1 / 158 + 1 / 318)
    assert half == pytest.approx(2.570582 * error, rel=1e-4)


def test_the_model_equals_quasi_poisson_of_statsmodels() -> None:
    rng = np.random.default_rng(4)
    frame = dishes(
        *(
            (donor, drug, [int(rng.negative_binomial(8, 8 / (8 + mean * level)))])
            for donor, level in (("D1", 1.0), ("D2", 1.6), ("D3", 0.7))
            for drug, mean in (("DMSO", 50), ("a", 30), ("b", 20))
        )
    )
    frame = pl.concat([frame, frame.with_columns(colonies=pl.col("colonies") + 7)])
    design = np.column_stack(
        [(frame["donor"] == d).to_numpy() for d in ("D1", "D2", "D3")]
        + [(frame["treatment"] == t).to_numpy() for t in ("a", "b")]
    ).astype(float)
    fit = sm.GLM(
        frame["colonies"].to_numpy(),
        design,
        family=sm.families.Poisson(),
        offset=np.log(frame["cells_plated"].to_numpy()),
    ).fit(scale="X2", use_t=True)
    rows = {row["treatment"]: row for row in colony_ratios(frame).to_dicts()}
    for place, name in ((3, "a"), (4, "b")):
        assert rows[name]["ratio"] == pytest.approx(np.exp(fit.params[place]))
        assert rows[name]["dispersion"] == pytest.approx(fit.scale)
        assert rows[name]["dispersion"] > 1
        limits = np.exp(fit.conf_int()[place])
        assert (rows[name]["ratio_lower"], rows[name]["ratio_upper"]) == pytest.approx(limits)
        assert rows[name]["p_value"] == pytest.approx(fit.pvalues[place], rel=1e-4)
        assert rows[name]["padj"] >= rows[name]["p_value"]


def test_intervals_cover_a_planted_ratio_near_95_percent() -> None:
    rng = np.random.default_rng(9)
    runs, ratio, size, covered, flagged = 300, 0.5, 10.0, 0, 0
    parts = []
    for run in range(runs):
        for donor, level in (("D1", 0.7), ("D2", 1.0), ("D3", 1.4)):
            for name, mean in (("DMSO", 60.0), ("drug", 60.0 * ratio)):
                counts = rng.poisson(rng.gamma(size, mean * level / size, 3))
                parts.append(
                    dishes((donor, name, counts.tolist())).with_columns(
                        assay_run_id=pl.lit(f"r{run:03d}")
                    )
                )
    frame = colony_ratios(pl.concat(parts))
    assert frame.height == runs
    covered = ((frame["ratio_lower"] <= ratio) & (ratio <= frame["ratio_upper"])).mean()
    flagged = (frame["overdispersion_p_value"] < 0.05).mean()
    assert covered == pytest.approx(0.95, abs=0.038)
    assert flagged > 0.8
    assert np.exp(frame["ratio"].log().mean()) == pytest.approx(ratio, rel=0.03)


def test_cells_plated_are_the_offset() -> None:
    frame = pl.concat(
        [
            dishes(("D1", "DMSO", [50, 54, 46])),
            dishes(("D1", "drug", [50, 54, 46]), cells=40_000),
        ]
    )
    (row,) = colony_ratios(frame).to_dicts()
    assert row["ratio"] == pytest.approx(0.5)
    assert row["per_100k_cells"] == pytest.approx(125)
    assert row["vehicle_per_100k_cells"] == pytest.approx(250)


def test_no_colony_under_treatment_is_a_bound() -> None:
    (row,) = colony_ratios(dishes(("D1", "DMSO", [20, 22]), ("D1", "drug", [0, 0]))).to_dicts()
    assert (row["fit_state"], row["ratio_operator"]) == ("no_colonies", "<")
    # 0 of 42 in equal dishes: the treated share is at most 1 - 0.025^(1/42).
    share = 1 - 0.025 ** (1 / 42)
    assert row["ratio"] == row["ratio_upper"] == pytest.approx(share / (1 - share))
    assert row["ratio_lower"] is None
    assert row["p_value"] is None


def test_one_dish_each_has_a_ratio_and_no_interval() -> None:
    (row,) = colony_ratios(dishes(("D1", "DMSO", [40]), ("D1", "drug", [10]))).to_dicts()
    assert row["ratio"] == pytest.approx(0.25)
    assert row["ratio_lower"] is None
    assert "no dish is left over" in row["reason"]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (dishes(("D1", "DMSO", [0, 0]), ("D1", "drug", [4, 3])), "under the vehicle"),
        (
            dishes(("D1", "DMSO", [9, 8]), ("D2", "drug", [4, 3])),
            "no donor was also given the vehicle",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(frame: pl.DataFrame, reason: str) -> None:
    (row,) = colony_ratios(frame).to_dicts()
    assert row["fit_state"] == "not_fitted"
    assert reason in row["reason"]
    assert row["ratio"] is None
