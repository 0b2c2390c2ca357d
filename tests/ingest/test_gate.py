"""The gate: which expectations run, in which order, what they say, and what refuses a load."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ingest.gate import Expectation, Suite, refuse_errors, validate
from ingest.suites import CONTRASTS, DE_RESULT_SETS, FEATURES, SAMPLE_PROFILES, SAMPLE_SHEET
from warehouse.errors import DataError
from warehouse.ledger import Validation

BETWEEN = "expect_column_values_to_be_between"


def failed(frame: pl.DataFrame, suite: Suite) -> list[tuple[str, str | None, str | None]]:
    return [
        (v.severity, v.column_name, v.unexpected_keys)
        for v in validate(frame, suite)
        if not v.is_success
    ]


def test_outcomes_come_in_the_suites_order_with_its_version() -> None:
    expectations = [
        Expectation(BETWEEN, f"{c} is small", "warning", {"column": c, "max_value": most})
        for c, most in (("b", 1), ("a", 1), ("b", 2))
    ]
    suite = Suite("s", 7, "key", expectations)
    frame = pl.DataFrame({"key": ["x", "y"], "a": [1, 5], "b": [0, 1]})
    outcomes = validate(frame, suite)
    assert [(v.column_name, v.is_success, v.suite_version) for v in outcomes] == [
        ("b", True, 7),
        ("a", False, 7),
        ("b", True, 7),
    ]
    assert (outcomes[1].unexpected_keys, outcomes[1].observed) == ("y", "5")


def test_what_is_not_there_is_not_judged() -> None:
    suite = Suite("s", 1, "key", [Expectation(BETWEEN, "", "error", {"column": "a"})])
    assert validate(pl.DataFrame({"key": ["x"]}), suite) == []
    empty = pl.DataFrame({"key": ["x"], "a": [None]}, schema_overrides={"a": pl.Float64})
    assert validate(empty, suite) == []


def test_errors_refuse_and_warnings_do_not() -> None:
    def outcome(severity: str, *, is_success: bool) -> Validation:
        return Validation("s", 1, BETWEEN, "a", severity, is_success, "5", "y", "It must be small.")

    refuse_errors([outcome("warning", is_success=False), outcome("error", is_success=True)], Path())
    with pytest.raises(DataError, match=r"It must be small\. Not so for y\.") as caught:
        refuse_errors([outcome("error", is_success=False)], Path("f"))
    assert (caught.value.file, caught.value.column) == (Path("f"), "a")


def profiles(**changes: list[int]) -> pl.DataFrame:
    columns = {
        "sample_id": ["a", "b"],
        "genes": [9, 9],
        "genes_detected": [5, 5],
        "library_size": [25_000_000, 25_000_000],
    }
    return pl.DataFrame({**columns, **changes})


def test_sample_profiles() -> None:
    assert failed(profiles(), SAMPLE_PROFILES) == []
    assert failed(profiles(library_size=[0, 25_000_000]), SAMPLE_PROFILES) == [
        ("error", "library_size", "a"),
        ("warning", "library_size", "a"),
    ]
    assert failed(profiles(library_size=[19_999_999, 20_000_000]), SAMPLE_PROFILES) == [
        ("warning", "library_size", "a")
    ]
    assert failed(profiles(genes=[9, 8]), SAMPLE_PROFILES) == [("error", "genes", None)]


def test_the_protocols_limits_are_warnings() -> None:
    sheet = pl.DataFrame(
        {
            "sample_id": ["a", "b", "c"],
            "rin": [8.0, 8.1, None],
            "a260_280": [1.79, 1.8, 2.2],
            "concentration_um": [0.0, 1.0, None],
        }
    )
    assert failed(sheet, SAMPLE_SHEET) == [("warning", "rin", "a"), ("warning", "a260_280", "a")]
    impossible = sheet.with_columns(pl.Series("rin", [11.0, 9.0, 9.0]))
    assert ("error", "rin", "a") in failed(impossible, SAMPLE_SHEET)
    arms = pl.DataFrame({"contrast_id": ["c"], "n_numerator": [2], "n_denominator": [3]})
    assert failed(arms, CONTRASTS) == [("warning", "n_numerator", "c")]


def test_symbols_that_a_spreadsheet_changed_are_named() -> None:
    names = ["1-Mar", "MARCH1", "Sep-02", "2-SEP", "10-Dec", "DEC1", "SEPTIN2", "Mar-1", "NKX2-1"]
    outcome = failed(pl.DataFrame({"gene_id_as_given": names}), FEATURES)
    assert outcome == [("warning", "gene_id_as_given", "1-Mar, Sep-02, 2-SEP, 10-Dec")]


def test_results_without_adjustment_or_in_excerpt_are_warned_of() -> None:
    sets = pl.DataFrame(
        {
            "contrast_id": ["full", "part"],
            "result_rows": [9, 9],
            "has_padj": [True, False],
            "is_excerpt": [False, True],
            "rows_refused": [0, 2],
        }
    )
    assert failed(sets, DE_RESULT_SETS) == [
        ("warning", "has_padj", "part"),
        ("warning", "is_excerpt", "part"),
        ("warning", "rows_refused", "part"),
    ]
