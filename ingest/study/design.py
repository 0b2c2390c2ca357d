"""Designs and contrasts against the sample sheet, before anything is fitted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import polars as pl
from formulaic import Formula
from formulaic.errors import FormulaicError

from ingest.messages import near_miss
from ingest.study.definition import ContrastDefinition, StudyDefinition
from ingest.study.samples import SampleSheet
from warehouse.errors import DataError

_NAME: Final = r"(?:[A-Za-z_]\w*|`[^`.]+`)"
# Names stand alone: one followed by a parenthesis would be a call.
_PLAIN_FORMULA: Final = re.compile(rf"\s*~(?:\s|[01]|[+:*()-]|{_NAME}(?!\s*[\w(.`]))+")


@dataclass(frozen=True)
class PlannedContrast:
    """A contrast that can be fitted, with the samples that take part.

    Attributes
    ----------
    samples
        ``sample_id, arm`` with arm ``numerator``, ``denominator`` or ``other`` (fitted, but in
        neither arm).
    subset
        JSON object of the attributes that the samples share by the contrast's ``where``.
    """

    contrast_id: str
    factor: str
    numerator: str
    denominator: str
    design: str
    subset: str
    samples: pl.DataFrame


def plan_contrasts(path: Path, study: StudyDefinition, sheet: SampleSheet) -> list[PlannedContrast]:
    """Check every contrast of a study and list its samples.

    Parameters
    ----------
    path
        ``study.yaml``, for messages.

    Raises
    ------
    DataError
        If a design's column or a contrast's level does not exist, a cell of the design is
        empty, the design is not of full rank or leaves no residual degree of freedom, or two
        contrasts have one name.
    """
    planned: dict[str, PlannedContrast] = {}
    for contrast in study.contrasts:
        plan = _plan(path, study, sheet, contrast)
        if plan.contrast_id in planned:
            raise DataError(
                f"two contrasts are called {plan.contrast_id}; give one a name.",
                path,
                column="contrasts",
            )
        planned[plan.contrast_id] = plan
    return list(planned.values())


def _plan(
    path: Path, study: StudyDefinition, sheet: SampleSheet, contrast: ContrastDefinition
) -> PlannedContrast:
    design = contrast.design or study.design
    variables = _variables(path, design)
    for column in (contrast.factor, *contrast.where, *variables):
        if column not in sheet.columns:
            raise DataError(
                f"{sheet.path.name} has no column {column}; its columns are "
                f"{', '.join(sheet.columns)}.{near_miss(column, sheet.columns)}",
                path,
                column="design" if column in variables else "contrasts",
            )
    if contrast.factor not in variables:
        raise DataError(
            f"the contrast's factor {contrast.factor} is not in the design {design}.",
            path,
            column="contrasts",
        )
    if contrast.factor in study.continuous:
        raise DataError(
            f"the contrast's factor {contrast.factor} is continuous; a contrast compares levels.",
            path,
            column="contrasts",
        )
    rows = sheet.attributes
    for column, value in contrast.where.items():
        _require_level(path, sheet, column, value, rows)
        rows = rows.filter(pl.col(column) == value)
    for level in (contrast.numerator, contrast.denominator):
        _require_level(path, sheet, contrast.factor, level, rows)
    if contrast.numerator == contrast.denominator:
        raise DataError(
            f"numerator and denominator are both {contrast.numerator}.", path, column="contrasts"
        )
    check_design(path, design, design_frame(rows, variables, study.continuous, sheet))
    arm = (
        pl.when(pl.col(contrast.factor) == contrast.numerator)
        .then(pl.lit("numerator"))
        .when(pl.col(contrast.factor) == contrast.denominator)
        .then(pl.lit("denominator"))
        .otherwise(pl.lit("other"))
    )
    return PlannedContrast(
        contrast_id=f"{study.id}.{contrast.slug()}",
        factor=contrast.factor,
        numerator=contrast.numerator,
        denominator=contrast.denominator,
        design=design,
        subset=json.dumps(contrast.where, sort_keys=True),
        samples=rows.select("sample_id", arm.alias("arm")),
    )


def _variables(path: Path, design: str) -> list[str]:
    # A formula can call any Python function; a study comes from anyone, so none may.
    if not _PLAIN_FORMULA.fullmatch(design):
        raise DataError(
            f"the design {design!r} is not a formula of sample columns joined by + : * - and "
            "parentheses, such as ~ batch + drug. Put a name with spaces in backticks, rename one "
            "with a dot, and put a computed value into a column of its own.",
            path,
            column="design",
        )
    try:
        names = Formula(design).required_variables
    except (FormulaicError, SyntaxError, TypeError, ValueError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataError(
            f"the design {design!r} is not a formula ({reason}).", path, column="design"
        ) from error
    return sorted(str(name) for name in names)


def _require_level(
    path: Path, sheet: SampleSheet, column: str, level: str, rows: pl.DataFrame
) -> None:
    levels = rows[column].drop_nulls().unique(maintain_order=True).to_list()
    if level not in levels:
        raise DataError(
            f"no sample has {column} = {level}; {sheet.path.name} has {', '.join(levels)}."
            f"{near_miss(level, levels)}",
            path,
            column="contrasts",
        )


def design_frame(
    rows: pl.DataFrame, variables: list[str], continuous: tuple[str, ...], sheet: SampleSheet
) -> pd.DataFrame:
    """Return the design's variables with factors as text and continuous ones as numbers.

    Raises
    ------
    DataError
        If a cell is empty or a continuous one is not a number.
    """
    for column in variables:
        missing = rows.filter(pl.col(column).is_null())
        if missing.height:
            raise DataError(
                "this cell is empty, but the design needs it.",
                sheet.path,
                sheet.lines[missing["sample_id"][0]],
                column,
            )
        if column in continuous:
            number = pl.col(column).cast(pl.Float64, strict=False)
            bad = rows.filter(number.is_null() | ~number.is_finite())
            if bad.height:
                raise DataError(
                    f"{bad[column][0]!r} is not a number, but {column} is continuous.",
                    sheet.path,
                    sheet.lines[bad["sample_id"][0]],
                    column,
                )
    frame = rows.select("sample_id", *variables).to_pandas().set_index("sample_id")
    for column in variables:
        frame[column] = frame[column].astype(float if column in continuous else object)
    return frame


def check_design(path: Path, design: str, frame: pd.DataFrame) -> None:
    """Refuse a design that cannot be fitted on these samples.

    Raises
    ------
    DataError
        If the model matrix is not of full rank (naming the columns that others determine) or
        there are not more samples than columns.
    """
    constant = [c for c in frame.columns if frame[c].nunique() < 2]
    if constant:
        raise DataError(
            f"the design {design} cannot be fitted: {constant[0]} is {frame[constant[0]].iloc[0]} "
            "in every sample of the contrast.",
            path,
            column="design",
        )
    matrix = Formula(design).get_model_matrix(frame)
    values = np.asarray(matrix, dtype=float)
    rank = np.linalg.matrix_rank(values)
    if rank < values.shape[1]:
        determined = [
            str(name)
            for i, name in enumerate(matrix.columns)
            if np.linalg.matrix_rank(values[:, : i + 1]) <= i
            and np.linalg.matrix_rank(values[:, :i]) == np.linalg.matrix_rank(values[:, : i + 1])
        ]
        raise DataError(
            f"the design {design} is not of full rank: {', '.join(determined)} is determined by "
            "the other columns (confounded). Drop a factor or restrict the samples.",
            path,
            column="design",
        )
    if values.shape[0] <= values.shape[1]:
        raise DataError(
            f"the design {design} needs {values.shape[1]} coefficients but there are only "
            f"{values.shape[0]} samples, so nothing is left to estimate variation; replicates "
            "are needed.",
            path,
            column="design",
        )
