"""Anchored comparisons against numbers worked out by hand, and what may not be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from analytics.safety.indirect import COLUMNS, anchored_comparisons

SHARED = {
    "load_id": "l",
    "is_randomised": True,
    "term_key": "neutropenia",
    "band": "grade 3-4",
    "is_graded": True,
    "ascertainment": "treatment_emergent",
    "ctcae_version": "4.03",
    "data_cut": "final",
}


def cell(trial: str, regimen: str, x: int, n: int, **change: Any) -> dict[str, Any]:
    arm = f"{trial}-{regimen}"
    return (
        SHARED
        | {"trial_id": trial, "arm_id": arm, "adverse_event_id": arm, "regimen_id": regimen}
        | {"n_affected": x, "n_at_risk": n}
        | change
    )


# Two trials against one placebo: 30/100 vs 15/100, and 20/120 vs 24/120.
FIRST = [cell("t1", "a", 30, 100), cell("t1", "placebo", 15, 100)]
SECOND = [cell("t2", "b", 20, 120), cell("t2", "placebo", 24, 120)]


def compared(*cells: dict[str, Any]) -> list[dict[str, Any]]:
    frame = anchored_comparisons(pl.DataFrame(list(cells), infer_schema_length=None))
    assert frame.columns == list(COLUMNS)
    return frame.to_dicts()


def test_two_trials_give_the_numbers_worked_out_by_hand() -> None:
    """By Bucher's formulae (J Clin Epidemiol 1997;50:683), term for term.

    Risk ratios 0.30/0.15 = 2 and (20/120)/(24/120) = 5/6, so 2.4; the variance of its log is
    (1/30 - 1/100) + (1/15 - 1/100) + (1/20 - 1/120) + (1/24 - 1/120) = 0.155.
    Odds ratios (30/70)/(15/85) = 17/7 and (20/100)/(24/96) = 4/5, so 85/28; the variance is
    1/30 + 1/70 + 1/15 + 1/85 + 1/20 + 1/100 + 1/24 + 1/96 = 0.238134.
    """
    (row,) = compared(*FIRST, *SECOND)
    assert (row["first_regimen_id"], row["second_regimen_id"]) == ("a", "b")
    assert row["anchor_regimen_id"] == "placebo"
    assert row["risk_ratio"] == pytest.approx(2.4)
    assert row["log_risk_ratio_se"] == pytest.approx(np.sqrt(0.155))
    assert (row["risk_ratio_lower"], row["risk_ratio_upper"]) == pytest.approx(
        (1.10941, 5.19195), abs=1e-4
    )
    assert row["odds_ratio"] == pytest.approx(85 / 28)
    assert row["log_odds_ratio_se"] == pytest.approx(0.487989, abs=1e-6)
    assert (row["odds_ratio_lower"], row["odds_ratio_upper"]) == pytest.approx(
        (85 / 28 * np.exp(-0.956441), 85 / 28 * np.exp(0.956441)), rel=1e-5
    )
    assert row["not_estimable_reason"] is None


def test_no_p_value_is_given() -> None:
    assert not [name for name in COLUMNS if "p_value" in name]


@pytest.mark.parametrize(
    "change",
    [
        {"band": "grade 3-5"},
        {"ctcae_version": "5.0"},
        {"ascertainment": "all_causality"},
        {"term_key": "anemia"},
    ],
)
def test_trials_that_measured_otherwise_are_not_compared(change: dict[str, Any]) -> None:
    assert compared(*FIRST, *(c | change for c in SECOND)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"is_randomised": False},
        {"ctcae_version": None},
        {"ascertainment": "unstated"},
        {"regimen_id": None},
    ],
)
def test_what_is_not_stated_or_not_randomised_anchors_nothing(change: dict[str, Any]) -> None:
    assert compared(*(c | change for c in (*FIRST, *SECOND))) == []


def test_without_a_shared_comparator_nothing_is_compared() -> None:
    other = [SECOND[0], SECOND[1] | {"regimen_id": "standard"}]
    assert compared(*FIRST, *other) == []


def test_one_trial_alone_is_no_indirect_comparison() -> None:
    assert compared(*FIRST, cell("t1", "b", 20, 120)) == []


def test_ungraded_events_need_no_ctcae_version() -> None:
    change = {"is_graded": False, "ctcae_version": None, "band": "serious"}
    assert len(compared(*(c | change for c in (*FIRST, *SECOND)))) == 1


def test_a_zero_cell_gives_no_ratio_and_says_so() -> None:
    (row,) = compared(*FIRST, SECOND[0], SECOND[1] | {"n_affected": 0})
    assert row["risk_ratio"] is None
    assert row["odds_ratio_upper"] is None
    assert row["not_estimable_reason"] == "an arm has no event"


def test_all_affected_leaves_the_risk_ratio_alone() -> None:
    (row,) = compared(FIRST[0] | {"n_affected": 100}, FIRST[1], *SECOND)
    assert row["risk_ratio"] == pytest.approx((1 / 0.15) / (5 / 6))
    assert row["odds_ratio"] is None


def test_a_comparison_keeps_the_loads_of_all_its_cells() -> None:
    cells = [one | {"load_id": load} for one, load in zip([*FIRST, *SECOND], "abcd", strict=True)]
    (row,) = compared(*cells)
    names = ("load_id", "first_anchor_load_id", "second_load_id", "second_anchor_load_id")
    assert [row[name] for name in names] == ["a", "b", "c", "d"]
