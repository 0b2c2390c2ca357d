"""Cells to rates, and pairs of arms to comparisons."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.safety.comparisons import COLUMNS, compare_arms
from analytics.safety.rates import adverse_event_rates, feasible_counts

CELL = {
    "load_id": pl.String,
    "adverse_event_id": pl.String,
    "cell_state": pl.String,
    "value_pct": pl.Float64,
    "pct_decimals": pl.Int64,
    "n_affected": pl.Int64,
    "n_at_risk": pl.Int64,
}


def cells(*rows: dict[str, Any]) -> pl.DataFrame:
    filled = [{"adverse_event_id": str(i), "load_id": "l"} | row for i, row in enumerate(rows)]
    return pl.DataFrame([{name: row.get(name) for name in CELL} for row in filled], schema=CELL)


@given(st.integers(1, 500), st.data(), st.integers(0, 2))
def test_the_true_count_is_among_those_that_its_percentage_admits(
    n: int, data: st.DataObject, decimals: int
) -> None:
    x = data.draw(st.integers(0, n))
    admitted = feasible_counts(round(100 * x / n, decimals), decimals, n)
    assert admitted is not None
    assert admitted[0] <= x <= admitted[1]


def test_what_no_count_prints_as_is_a_finding() -> None:
    rates = adverse_event_rates(
        cells(
            {"cell_state": "percent", "value_pct": 12.3, "pct_decimals": 1, "n_at_risk": 361},
            {
                "cell_state": "n_of_n",
                "value_pct": 5.8,
                "pct_decimals": 1,
                "n_affected": 2,
                "n_at_risk": 34,
            },
            {"cell_state": "percent", "value_pct": 13.0, "pct_decimals": 0, "n_at_risk": 180},
        )
    )
    assert rates["finding"].to_list() == [
        "no whole number of 361 patients is 12.3 %",
        "2 of 34 is 5.88 %, but 5.8 % is printed",
        None,
    ]
    assert rates.select("n_affected_lo", "n_affected_hi", "rate").row(2) == (23, 24, None)
    assert rates["rate"][1] == pytest.approx(2 / 34)


@pytest.mark.parametrize("state", ["not_reported", "bound", "below_threshold", "other_source"])
def test_what_is_no_estimate_has_no_rate(state: str) -> None:
    rates = adverse_event_rates(
        cells({"cell_state": state, "value_pct": 5.0, "n_at_risk": 32, "pct_decimals": 0})
    )
    assert rates.row(0)[2:] == (None,) * 8


def pair(term: str, first: tuple[int, int, int], second: tuple[int, int, int]) -> list[dict]:
    shared = {
        "load_id": "l",
        "trial_id": "t",
        "term_group": "",
        "band": "other",
        "ascertainment": "u",
        "data_cut": "u",
        "term_key": term,
    }
    return [
        shared
        | {
            "adverse_event_id": f"{term}-{arm}",
            "arm_id": arm,
            "arm_order": order,
            "n_affected_lo": lo,
            "n_affected_hi": hi,
            "n_at_risk": n,
        }
        for order, (arm, (lo, hi, n)) in enumerate((("drug", first), ("placebo", second)))
    ]


@pytest.fixture(scope="module")
def compared() -> dict[str, dict[str, Any]]:
    rows = [
        *pair("neutropenia", (88, 88, 176), (23, 23, 180)),
        *pair("envelope", (88, 88, 176), (23, 24, 180)),
        *pair("silent", (0, 0, 176), (0, 0, 180)),
        *pair("only placebo", (0, 0, 176), (3, 3, 180)),
    ]
    return {row["term_key"]: row for row in compare_arms(pl.DataFrame(rows)).to_dicts()}


def test_exact_counts_give_the_values_of_the_design(compared: dict[str, Any]) -> None:
    row = compared["neutropenia"]
    assert (row["arm_id"], row["comparator_arm_id"]) == ("drug", "placebo")
    assert (
        row["risk_difference_lo"] == row["risk_difference_hi"] == pytest.approx(0.372222, abs=1e-6)
    )
    assert (row["mn_lower"], row["mn_upper"]) == pytest.approx((0.28133, 0.45818), abs=5e-6)
    assert row["risk_ratio"] == pytest.approx(3.913, abs=5e-4)


def test_a_percentage_gives_the_envelope(compared: dict[str, Any]) -> None:
    exact, envelope = compared["neutropenia"], compared["envelope"]
    assert not envelope["is_exact_count"]
    assert envelope["mn_lower"] < exact["mn_lower"]
    assert envelope["mn_upper"] == exact["mn_upper"]
    assert envelope["risk_ratio"] is None
    assert envelope["fisher_p_value"] >= exact["fisher_p_value"]


def test_no_events_give_nothing_but_the_counts(compared: dict[str, Any]) -> None:
    silent = compared["silent"]
    assert not silent["has_events"]
    empty = ["mn_lower", "newcombe_upper", "risk_ratio", "ratio_lower", "fisher_p_value"]
    assert [silent[name] for name in empty] == [None] * 5


def test_arms_are_compared_only_within_trial_band_and_term() -> None:
    rows = pair("rash", (3, 3, 10), (1, 1, 10))
    for change in (
        {"trial_id": "u"},
        {"band": "serious"},
        {"term_key": "anemia"},
        {"data_cut": "interim"},
        {"ascertainment": "treatment_emergent"},
        {"term_group": "Skin"},
    ):
        assert compare_arms(pl.DataFrame([rows[0], rows[1] | change])).height == 0
    assert compare_arms(pl.DataFrame(rows)).columns == list(COLUMNS)


def test_three_arms_are_compared_pairwise() -> None:
    rows = pair("rash", (3, 3, 10), (1, 1, 10))
    third = rows[1] | {"adverse_event_id": "third", "arm_id": "third", "arm_order": 2}
    frame = compare_arms(pl.DataFrame([*rows, third]))
    assert sorted(zip(frame["arm_id"], frame["comparator_arm_id"], strict=True)) == [
        ("drug", "placebo"),
        ("drug", "third"),
        ("placebo", "third"),
    ]


def test_a_comparison_keeps_the_loads_of_both_its_cells() -> None:
    first, second = pair("rash", (3, 3, 10), (1, 1, 10))
    (row,) = compare_arms(
        pl.DataFrame([first | {"load_id": "one"}, second | {"load_id": "two"}])
    ).to_dicts()
    assert (row["load_id"], row["comparator_load_id"]) == ("one", "two")
