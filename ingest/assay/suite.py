"""The expectations on an assay, judged on one row per series."""

from __future__ import annotations

from typing import Final

from ingest.gate import Expectation, Suite

_BETWEEN: Final = "expect_column_values_to_be_between"

ASSAY_SERIES: Final = Suite(
    "assay_series",
    1,
    "series",
    (
        Expectation(
            _BETWEEN,
            "Every series needs cultures with the vehicle beside it.",
            arguments={"column": "n_vehicle", "min_value": 1},
        ),
        Expectation(
            _BETWEEN,
            "Fewer than three cultures with the vehicle make the level without drug uncertain.",
            "warning",
            {"column": "n_vehicle", "min_value": 3},
        ),
        Expectation(
            _BETWEEN,
            "A curve of four parameters needs at least four concentrations; a series with fewer "
            "gets no IC50.",
            "warning",
            {"column": "n_concentrations", "min_value": 4},
        ),
        Expectation(
            _BETWEEN,
            "Some concentrations have fewer than three replicates.",
            "warning",
            {"column": "n_replicates", "min_value": 3},
        ),
    ),
)
