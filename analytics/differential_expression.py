"""Differential expression of one design: counts in, one row per contrast and gene out."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast

import numpy as np
import pandas as pd
import polars as pl

from analytics.differences import DIFFERENCE_SCHEMA, within_fit

GENE: Final = "gene_id"
ALPHA: Final = 0.05
BY_SIZE_FACTORS: Final = "size_factors"

RESULT_SCHEMA: Final = {
    "contrast_id": pl.String,
    "gene_id": pl.String,
    "base_mean": pl.Float64,
    "log2_fold_change": pl.Float64,
    "lfc_se": pl.Float64,
    "stat": pl.Float64,
    "p_value": pl.Float64,
    "padj": pl.Float64,
    "shrunken_log2_fold_change": pl.Float64,
    "not_tested_reason": pl.String,
}


@dataclass(frozen=True)
class Contrast:
    """Numerator over denominator of one factor; a positive change is higher in the numerator.

    Attributes
    ----------
    is_shrunken
        Whether shrunken changes are wanted beside the others.
    """

    contrast_id: str
    factor: str
    numerator: str
    denominator: str
    is_shrunken: bool = True


@dataclass(frozen=True)
class FitResult:
    """What one fit gives.

    Attributes
    ----------
    size_factors
        ``sample_id, size_factor``.
    dispersions
        ``gene_id, dispersion`` (null for a gene without counts).
    results
        Columns of ``RESULT_SCHEMA``: one row per contrast and gene of the matrix. Changes are in
        log2 units. ``padj`` is null where a gene was not tested, and ``not_tested_reason`` says
        why: ``all_zero``, ``outlier`` (Cook's distance) or ``low_count`` (independent filtering).
    differences
        Columns of ``DIFFERENCE_SCHEMA`` for the pairs of contrasts asked for.
    """

    engine: str
    engine_version: str
    size_factors: pl.DataFrame
    dispersions: pl.DataFrame
    results: pl.DataFrame
    differences: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=DIFFERENCE_SCHEMA)
    )


Engine = Callable[
    [
        np.ndarray,
        Sequence[str],
        pd.DataFrame,
        str,
        Sequence[Contrast],
        float,
        np.ndarray | None,
    ],
    FitResult,
]


def fit(
    counts: pl.DataFrame,
    samples: pd.DataFrame,
    design: str,
    contrasts: Sequence[Contrast],
    *,
    pairs: Sequence[tuple[str, str]] = (),
    engine: str,
    alpha: float = ALPHA,
    lengths: pl.DataFrame | None = None,
) -> FitResult:
    """Fit a negative-binomial model once and test every contrast of its design.

    Parameters
    ----------
    counts
        Genes in rows: ``gene_id`` and one integer column per sample of ``samples``.
    samples
        Index: sample ids. Columns: the design's variables, text for a factor.
    design
        A formula such as ``~ celltype + dex``.
    pairs
        Ids of contrasts of one factor and denominator whose changes are to be told apart.
    engine
        A key of ``ENGINES``.
    alpha
        The false-discovery rate that independent filtering optimises for.
    lengths
        Mean transcript lengths, rows and columns as those of the counts: each count is then
        normalised by length as well as depth. By default by size factors alone.

    Raises
    ------
    KeyError
        If the engine is not known.
    ValueError
        If the engine cannot normalise by lengths, or they are not those of the counts.

    Notes
    -----
    The method is DESeq2's (Love, Huber and Anders 2014): median-of-ratios size factors,
    dispersions shrunken to a trend, Wald tests, Cook's distances, independent filtering; changes
    for display and ranking are shrunken with apeGLM's prior (Zhu, Ibrahim and Love 2019).
    """
    genes = counts[GENE].to_list()
    matrix = counts.select(list(samples.index)).to_numpy().T
    ordered = with_reference_levels(samples, contrasts)
    by_id = {c.contrast_id: c for c in contrasts}
    direct = [_a_over_b(by_id[a], by_id[b]) for a, b in pairs]
    by_length = None
    if lengths is not None:
        if not lengths[GENE].equals(counts[GENE]):
            raise ValueError("Transcript lengths must be of the counts' genes, in their order.")
        by_length = lengths.select(list(samples.index)).to_numpy().T
    fitted = load_engine(engine)(
        matrix, genes, ordered, design, [*contrasts, *direct], alpha, by_length
    )
    tables = fitted.results.partition_by("contrast_id", as_dict=True)
    differences = [
        within_fit(tables[(a,)], tables[(b,)], tables[(contrast.contrast_id,)])
        for (a, b), contrast in zip(pairs, direct, strict=True)
    ]
    return replace(
        fitted,
        results=pl.concat([tables[(contrast_id,)] for contrast_id in by_id]),
        differences=pl.concat([fitted.differences, *differences]),
    )


def _a_over_b(a: Contrast, b: Contrast) -> Contrast:
    if (a.factor, a.denominator) != (b.factor, b.denominator):
        raise ValueError(
            f"Contrasts {a.contrast_id!r} and {b.contrast_id!r} do not share their denominator."
        )
    name = f"{a.contrast_id} minus {b.contrast_id}"
    return Contrast(name, a.factor, a.numerator, b.numerator, is_shrunken=False)


def with_reference_levels(samples: pd.DataFrame, contrasts: Sequence[Contrast]) -> pd.DataFrame:
    """Make each contrast factor categorical, its most used denominator the first level.

    A contrast against the first level is a coefficient of the model, which shrinkage needs.
    """
    ordered = samples.copy()
    for factor in {c.factor for c in contrasts}:
        denominators = [c.denominator for c in contrasts if c.factor == factor]
        reference = max(denominators, key=denominators.count)
        levels = sorted(set(samples[factor]) - {reference})
        ordered[factor] = pd.Categorical(samples[factor], categories=[reference, *levels])
    return ordered


def not_tested_reasons(all_zero: np.ndarray, p_value: np.ndarray, padj: np.ndarray) -> np.ndarray:
    """Return why each gene has no adjusted p-value, or None where it has one.

    Parameters
    ----------
    all_zero, p_value, padj
        Shape (genes,): whether no sample has a count; NaN where there is no value.
    """
    reasons = np.full(padj.shape, None, dtype=object)
    reasons[np.isnan(padj)] = "low_count"
    reasons[np.isnan(p_value)] = "outlier"
    reasons[all_zero] = "all_zero"
    return reasons


def result_frame(contrast: Contrast, genes: Sequence[str], table: pd.DataFrame) -> pl.DataFrame:
    """Return one contrast's table, genes in the order of the matrix, as ``RESULT_SCHEMA``."""
    columns = [c for c in RESULT_SCHEMA if c not in {"contrast_id", GENE}]
    return pl.DataFrame(
        {
            "contrast_id": [contrast.contrast_id] * len(genes),
            GENE: list(genes),
            **{column: table[column].to_list() for column in columns},
        },
        schema=RESULT_SCHEMA,
    ).with_columns(pl.selectors.float().fill_nan(None))


def pack_fit(
    *,
    engine: str,
    engine_version: str,
    samples: Sequence[str],
    size_factors: np.ndarray,
    genes: Sequence[str],
    dispersions: np.ndarray,
    results: Sequence[pl.DataFrame],
) -> FitResult:
    """Put an engine's arrays into a :class:`FitResult`."""
    return FitResult(
        engine,
        engine_version,
        pl.DataFrame({"sample_id": list(samples), "size_factor": size_factors}),
        pl.DataFrame({GENE: list(genes), "dispersion": dispersions}).with_columns(
            pl.col("dispersion").fill_nan(None)
        ),
        pl.concat(results),
    )


def load_engine(name: str) -> Engine:
    """Import an engine, which takes seconds, so it is done only when one is asked for.

    Raises
    ------
    KeyError
        If no engine has this name.
    """
    return cast("Engine", importlib.import_module(ENGINES[name]).fit)


ENGINES: Final[Mapping[str, str]] = {
    "vectorised": "analytics.engines.vectorised",
    "pydeseq2": "analytics.engines.pydeseq2_default",
}
DEFAULT_ENGINE: Final = "vectorised"
