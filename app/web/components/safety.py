"""Adverse-event cells as words and as marks: typed states stay what they are."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

SILENT = ["not_reported", "not_in_source"]

VERIFICATION_WORDS = {
    "agrees": "agrees with the publication",
    "agrees_wrong_frame": "the figure agrees, its grade band or study does not",
    "consistent_but_misleading": "not wrong, but says far less than the publication",
    "threshold_only": "only the listing threshold is known",
    "unverified_plausible": "plausible, not seen in the publication",
    "disagrees_with_header": "does not belong to the column it stands in",
    "arithmetic_slip": "the printed percentage is not that of the printed count",
    "interim_superseded": "interim, superseded by later reports",
    "not_reported": "nothing printed to check",
}


def with_distinct_arms(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the cells with ``arm_label`` made distinct by trial where two arms share a label."""
    shared = pl.col("arm_id").n_unique().over("arm_label") > 1
    named = cells.with_columns(
        arm_label=pl.when(shared & pl.col("trial_name").is_not_null())
        .then(pl.format("{} · {}", "arm_label", "trial_name"))
        .otherwise(pl.col("arm_label").fill_null(pl.col("arm_id")))
    )
    still = pl.col("arm_id").n_unique().over("arm_label") > 1
    return named.with_columns(
        arm_label=pl.when(still)
        .then(pl.format("{} [{}]", "arm_label", "arm_id"))
        .otherwise(pl.col("arm_label"))
    )


def cell_text() -> pl.Expr:
    """Return the cell in words, with its interval where there is one.

    A registry counts serious and other events apart, and the cell says which it is.
    """
    lower, upper = (pl.col(name) * 100 for name in ("wilson_lower", "wilson_upper"))
    interval = pl.format(" [{}–{} %]", _one_decimal(lower), _one_decimal(upper))
    shown = (
        pl.when(pl.col("wilson_lower").is_not_null() & pl.col("wilson_upper").is_not_null())
        .then(pl.col("display_value") + interval)
        .otherwise(pl.col("display_value"))
    )
    return (
        pl.when(pl.col("event_type").is_not_null())
        .then(pl.col("event_type") + pl.lit(": ") + shown)
        .otherwise(shown)
    )


def _one_decimal(percent: pl.Expr) -> pl.Expr:
    tenths = (percent * 10).round(0).cast(pl.Int64)
    return pl.format("{}.{}", tenths // 10, tenths % 10)


def percent() -> pl.Expr:
    """Return the printed percentage; where a count is printed instead, what it amounts to."""
    return pl.coalesce(pl.col("value_pct"), pl.col("rate") * 100)


def cells_for_plot(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the cells that hold a figure as the dot plot takes them."""
    return (
        cells.with_columns(pct=percent())
        .filter(pl.col("pct").is_not_null())
        .with_columns(is_bound=pl.col("cell_state").is_in(["bound", "below_threshold"]))
        .select(
            "term",
            pl.col("arm_label").alias("arm"),
            pl.col("regimen_safety_id").alias("cell_id"),
            "pct",
            (pl.col("wilson_lower") * 100).alias("lower_pct"),
            (pl.col("wilson_upper") * 100).alias("upper_pct"),
            "is_bound",
            pl.col("display_value").alias("shown"),
            pl.col("grade_band").fill_null("not stated").alias("grade"),
            _bound_mark().alias("mark"),
            _is_upper_bound().alias("is_upper_bound"),
            pl.when(pl.col("event_type").is_not_null())
            .then(pl.format("{}, {} events", "arm_label", "event_type"))
            .otherwise(pl.col("arm_label"))
            .alias("row_label"),
        )
    )


def reaches(least: float) -> pl.Expr:
    """Return whether a cell's figure is known to be at least ``least`` percent.

    An upper bound, such as a term below the record's threshold, reaches nothing.
    """
    return (percent() >= least) & ~_is_upper_bound()


def _is_upper_bound() -> pl.Expr:
    return pl.col("operator").is_in(["<", "<="]).fill_null(value=False)


def _bound_mark() -> pl.Expr:
    """Return a bound as it is drawn: its sign, and an arrow to where the value may lie."""
    sign = pl.col("operator").replace_strict(
        {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}, default=None
    )
    value = _bare(pl.col("pct"))
    return (
        pl.when(_is_upper_bound())
        .then(pl.format("← {}{} %", sign, value))
        .otherwise(pl.format("{}{} % →", sign, value))
    )


def _bare(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String).str.strip_suffix(".0")


def active_filters(
    terms: Sequence[str],
    regimens: Sequence[str],
    grades: Sequence[str],
    show_silent: bool,
    least: float,
) -> list[str]:
    """Return the page's filters that are set, in words."""
    named = [
        (f"events {', '.join(terms)}", bool(terms)),
        (f"regimens {', '.join(regimens)}", bool(regimens)),
        (f"severity grade {', '.join(grades)}", bool(grades)),
        (f"events that reach at least {least:g} %", least > 0),
        ("events and regimens without a figure are hidden", not show_silent),
    ]
    return [words for words, is_set in named if is_set]
