"""The expectation suites, one per kind of table.

Raise a suite's version with every change to it: each stored outcome names the version that
judged it. The protocol's limits (RIN, A260/280, reads, replicates) are those of the source
documents; missing them is a warning, never a refusal.
"""

from __future__ import annotations

from typing import Final

from ingest.gate import Expectation, Severity, Suite

_BETWEEN: Final = "expect_column_values_to_be_between"


def _between(
    column: str,
    meaning: str,
    severity: Severity = "error",
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Expectation:
    arguments: dict[str, object] = {"column": column}
    if above is not None:
        arguments |= {"min_value": above, "strict_min": True}
    if least is not None:
        arguments |= {"min_value": least}
    if most is not None:
        arguments |= {"max_value": most}
    return Expectation(_BETWEEN, meaning, severity, arguments)


def _unique(column: str) -> Expectation:
    return Expectation(
        "expect_column_values_to_be_unique",
        f"Every {column} must stand once.",
        arguments={"column": column},
    )


SAMPLE_PROFILES: Final = Suite(
    "sample_profiles",
    1,
    "sample_id",
    (
        _unique("sample_id"),
        _between("library_size", "A sample must have at least one read counted.", least=1),
        _between("genes_detected", "A sample must have at least one gene detected.", least=1),
        Expectation(
            "expect_column_unique_value_count_to_be_between",
            "Every sample must have a count for the same genes.",
            arguments={"column": "genes", "min_value": 1, "max_value": 1},
        ),
        _between(
            "library_size",
            "The source protocols ask for 20-30 million reads a sample; fewer than 20 million "
            "were counted.",
            "warning",
            least=20_000_000,
        ),
    ),
)

FEATURES: Final = Suite(
    "features",
    1,
    "gene_id_as_given",
    (
        Expectation(
            "expect_column_values_to_not_match_regex",
            "A gene's name is not a date; a spreadsheet has changed these symbols (1-Mar was "
            "MARCH1 or MARC1, 2-Sep was SEPT2), so they lead to no gene.",
            "warning",
            {
                "column": "gene_id_as_given",
                "regex": r"(?i)^(?:\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
                r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2})$",
            },
        ),
    ),
)

SAMPLE_SHEET: Final = Suite(
    "sample_sheet",
    1,
    "sample_id",
    (
        _unique("sample_id"),
        _between("rin", "RIN runs from 1 to 10.", least=1, most=10),
        _between("rin", "The source protocols ask for RIN > 8.", "warning", above=8),
        _between(
            "a260_280",
            "The source protocols ask for A260/A280 of about 2.0 (taken as 1.8 to 2.2).",
            "warning",
            least=1.8,
            most=2.2,
        ),
        _between("concentration_um", "A concentration is not negative.", least=0),
        _between("time_h", "A time is not negative.", least=0),
        _between("reads", "A number of reads is not negative.", least=0),
    ),
)

CONTRASTS: Final = Suite(
    "contrasts",
    1,
    "contrast_id",
    (
        _unique("contrast_id"),
        _between(
            "n_numerator",
            "The source protocols ask for at least 3 replicates in the numerator.",
            "warning",
            least=3,
        ),
        _between(
            "n_denominator",
            "The source protocols ask for at least 3 replicates in the denominator.",
            "warning",
            least=3,
        ),
    ),
)


DE_RESULT_SETS: Final = Suite(
    "de_result_sets",
    1,
    "contrast_id",
    (
        _unique("contrast_id"),
        _between("result_rows", "A table of results holds at least one gene.", least=1),
        Expectation(
            "expect_column_values_to_be_in_set",
            "These results have nominal p-values only; no gene of them is called.",
            "warning",
            {"column": "has_padj", "value_set": [True]},
        ),
        Expectation(
            "expect_column_values_to_be_in_set",
            "These results are an excerpt: nothing may be adjusted, ranked or tested over them.",
            "warning",
            {"column": "is_excerpt", "value_set": [False]},
        ),
        _between(
            "rows_refused",
            "Every row of a table of results should lead to one gene; those that do not were "
            "refused.",
            "warning",
            most=0,
        ),
    ),
)


def curated_suite(kind: str, key: str) -> Suite:
    """Return the suite of a curated table: its key is unique, and percentages are percentages."""
    expectations = [_unique(key)]
    if kind == "adverse-events":
        expectations += [
            _between("value_pct", "A percentage runs from 0 to 100.", least=0, most=100),
            Expectation(
                "expect_column_pair_values_a_to_be_greater_than_b",
                "No more patients can be affected than were at risk.",
                arguments={
                    "column_A": "n_at_risk",
                    "column_B": "n_affected",
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
            ),
        ]
    return Suite(kind.replace("-", "_"), 1, key, tuple(expectations))
