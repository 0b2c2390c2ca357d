"""Differential expression of one design: counts in, one row per contrast and gene out."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import polars as pl

if TYPE_CHECKING:
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.ds import DeseqStats

GENE: Final = "gene_id"
ALPHA: Final = 0.05

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
    """Numerator over denominator of one factor; a positive change is higher in the numerator."""

    contrast_id: str
    factor: str
    numerator: str
    denominator: str


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
    """

    engine: str
    engine_version: str
    size_factors: pl.DataFrame
    dispersions: pl.DataFrame
    results: pl.DataFrame


Engine = Callable[
    [np.ndarray, Sequence[str], pd.DataFrame, str, Sequence[Contrast], float], FitResult
]


def fit(
    counts: pl.DataFrame,
    samples: pd.DataFrame,
    design: str,
    contrasts: Sequence[Contrast],
    *,
    engine: str = "pydeseq2",
    alpha: float = ALPHA,
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
    engine
        A key of ``ENGINES``.
    alpha
        The false-discovery rate that independent filtering optimises for.

    Raises
    ------
    KeyError
        If the engine is not known.

    Notes
    -----
    The method is DESeq2's (Love, Huber and Anders 2014): median-of-ratios size factors,
    dispersions shrunken to a trend, Wald tests, Cook's distances, independent filtering; changes
    for display and ranking are shrunken with apeGLM's prior (Zhu, Ibrahim and Love 2019).
    """
    genes = counts[GENE].to_list()
    matrix = counts.select(list(samples.index)).to_numpy().T
    ordered = with_reference_levels(samples, contrasts)
    return ENGINES[engine](matrix, genes, ordered, design, contrasts, alpha)


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


def _fit_pydeseq2(
    matrix: np.ndarray,
    genes: Sequence[str],
    samples: pd.DataFrame,
    design: str,
    contrasts: Sequence[Contrast],
    alpha: float,
) -> FitResult:
    """Run pydeseq2 unaltered."""
    # pydeseq2 takes seconds to import, and only this function needs it.
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.ds import DeseqStats

    counts = pd.DataFrame(matrix, index=samples.index, columns=list(genes))
    with _quiet():
        dds = DeseqDataSet(counts=counts, metadata=samples, design=design, quiet=True)
        dds.deseq2()
    frames = []
    for contrast in contrasts:
        with _quiet():
            stats = DeseqStats(
                dds,
                contrast=[contrast.factor, contrast.numerator, contrast.denominator],
                alpha=alpha,
                quiet=True,
            )
            stats.summary()
            table = stats.results_df.copy()
            table["shrunken"] = _shrunken(dds, stats, contrast)
        frames.append(_result_frame(contrast, genes, matrix, table))
    return FitResult(
        "pydeseq2",
        version("pydeseq2"),
        pl.DataFrame(
            {
                "sample_id": list(samples.index),
                "size_factor": np.asarray(dds.obs["size_factors"], dtype=float),
            }
        ),
        _nan_to_null(
            pl.DataFrame(
                {GENE: list(genes), "dispersion": np.asarray(dds.var["dispersions"], dtype=float)}
            )
        ),
        pl.concat(frames),
    )


def _shrunken(dds: DeseqDataSet, stats: DeseqStats, contrast: Contrast) -> np.ndarray:
    """Return apeGLM's changes where the contrast is a coefficient of the model, else NaN."""
    coefficient = f"{contrast.factor}[T.{contrast.numerator}]"
    reference = dds.obs[contrast.factor].cat.categories[0]
    if contrast.denominator != reference:
        return np.full(dds.n_vars, np.nan)
    stats.lfc_shrink(coeff=coefficient)
    return np.asarray(stats.results_df["log2FoldChange"], dtype=float)


def _result_frame(
    contrast: Contrast, genes: Sequence[str], matrix: np.ndarray, table: pd.DataFrame
) -> pl.DataFrame:
    columns: Mapping[str, str] = {
        "base_mean": "baseMean",
        "log2_fold_change": "log2FoldChange",
        "lfc_se": "lfcSE",
        "stat": "stat",
        "p_value": "pvalue",
        "padj": "padj",
        "shrunken_log2_fold_change": "shrunken",
    }
    values = {name: np.asarray(table[source], dtype=float) for name, source in columns.items()}
    reasons = not_tested_reasons(matrix.sum(axis=0) == 0, values["p_value"], values["padj"])
    frame = pl.DataFrame(
        {
            "contrast_id": [contrast.contrast_id] * len(genes),
            GENE: list(genes),
            **values,
            "not_tested_reason": reasons.tolist(),
        },
        schema=RESULT_SCHEMA,
    )
    return _nan_to_null(frame)


def _nan_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.selectors.float().fill_nan(None))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's progress lines and expected numerical warnings off the terminal."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


ENGINES: Final[Mapping[str, Engine]] = {"pydeseq2": _fit_pydeseq2}
DEFAULT_ENGINE: Final = "pydeseq2"
