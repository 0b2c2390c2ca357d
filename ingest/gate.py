"""The quality gate: Great Expectations on small frames, before a load is visible.

Great Expectations has no polars or DuckDB engine. So a large table is summed up in one row per
sample, computed in polars, and that profile is validated as a pandas frame; small tables are
validated whole.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Final, Literal

import polars as pl

from warehouse.errors import DataError
from warehouse.ledger import Validation

Severity = Literal["error", "warning"]
_MOST_KEYS: Final = 20


@dataclass(frozen=True)
class Expectation:
    """One expectation on a frame.

    Attributes
    ----------
    type
        Great Expectations' name for it, such as ``expect_column_values_to_be_between``.
    meaning
        What it demands, in plain words; shown wherever it fails.
    severity
        ``error`` refuses the load; ``warning`` loads and is reported.
    """

    type: str
    meaning: str
    severity: Severity = "error"
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Suite:
    """A versioned list of expectations for one kind of table; ``key`` names its rows."""

    name: str
    version: int
    key: str
    expectations: Sequence[Expectation]


def import_ahead() -> Thread:
    """Begin to import Great Expectations beside other work; it takes seconds.

    Collecting garbage is paused meanwhile: nothing that an import makes is garbage, and looking
    for it costs a sixth of the time.
    """
    thread = Thread(target=_import_great_expectations, name="import great_expectations")
    thread.start()
    return thread


def _import_great_expectations() -> None:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        import great_expectations  # noqa: F401
    finally:
        if was_enabled:
            gc.enable()


@dataclass
class GateError(DataError):
    """A load that the gate refuses, with every outcome."""

    validations: Sequence[Validation] = ()


def validate(frame: pl.DataFrame, suite: Suite) -> list[Validation]:
    """Validate a frame and return one outcome per expectation, in the suite's order.

    Expectations on a column that the frame lacks, or that is null throughout, are left out:
    there is nothing to judge.
    """
    applicable = [e for e in suite.expectations if _applies(frame, e)]
    if not applicable:
        return []
    results = _run(frame, suite, applicable)
    return [
        Validation(
            suite=suite.name,
            suite_version=suite.version,
            expectation=expectation.type,
            column_name=expectation.arguments.get("column"),
            severity=expectation.severity,
            is_success=bool(result["success"]),
            observed=_observed(result),
            unexpected_keys=_unexpected_keys(result, suite.key),
            meaning=expectation.meaning,
        )
        for expectation, result in zip(applicable, results, strict=True)
    ]


def refuse_errors(validations: Sequence[Validation], path: Path) -> None:
    """Raise for the first failed expectation of severity ``error``.

    Raises
    ------
    GateError
        With what was expected and which rows were not so.
    """
    for v in validations:
        if v.severity == "error" and not v.is_success:
            rows = f" Not so for {v.unexpected_keys}." if v.unexpected_keys else ""
            raise GateError(
                f"{v.meaning}{rows}", path, column=v.column_name, validations=validations
            )


def _applies(frame: pl.DataFrame, expectation: Expectation) -> bool:
    column = expectation.arguments.get("column")
    return column is None or (column in frame.columns and frame[column].null_count() < frame.height)


def _run(
    frame: pl.DataFrame, suite: Suite, expectations: Sequence[Expectation]
) -> list[dict[str, Any]]:
    # Importing it takes seconds, and most commands do not need it.
    _import_great_expectations()
    import great_expectations as gx
    from great_expectations.core import ExpectationSuite
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.registry import (
        get_expectation_impl,
    )

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frame").add_dataframe_asset(suite.name)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
        {"dataframe": frame.to_pandas()}
    )
    gx_suite = ExpectationSuite(name=f"{suite.name}_v{suite.version}")
    for position, expectation in enumerate(expectations):
        gx_suite.add_expectation(
            get_expectation_impl(expectation.type)(
                **expectation.arguments,
                meta={"position": position},
                severity=FailureSeverity(
                    "critical" if expectation.severity == "error" else "warning"
                ),
            )
        )
    outcome = batch.validate(
        gx_suite,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [suite.key],
        },
    )
    # The results come grouped by column, not in the order of the suite.
    results = [dict(result.to_json_dict()) for result in outcome.results]
    return sorted(results, key=lambda r: r["expectation_config"]["meta"]["position"])


def _observed(result: Mapping[str, Any]) -> str | None:
    detail = result["result"]
    if result["success"]:
        return None
    if "observed_value" in detail:
        return str(detail["observed_value"])
    values = detail.get("unexpected_list") or []
    return ", ".join(_short(v) for v in values[:_MOST_KEYS]) or None


def _short(value: object) -> str:
    return re.sub(r"\s+", " ", f"{value:g}" if isinstance(value, float) else str(value))[:80]


def _unexpected_keys(result: Mapping[str, Any], key: str) -> str | None:
    rows = result["result"].get("unexpected_index_list") or []
    names = [str(row[key]) for row in rows if key in row]
    more = len(names) - _MOST_KEYS
    return ", ".join(names[:_MOST_KEYS]) + (f" and {more} more" if more > 0 else "") or None
