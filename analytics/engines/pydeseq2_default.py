"""pydeseq2, unaltered: the engine to check the other against."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Final

import numpy as np
import pandas as pd
from pydeseq2.dds import DeseqDataSet
from pydeseq2.ds import DeseqStats

from analytics.differential_expression import (
    Contrast,
    FitResult,
    not_tested_reasons,
    pack_fit,
    result_frame,
)

_COLUMNS: Final = {
    "baseMean": "base_mean",
    "log2FoldChange": "log2_fold_change",
    "lfcSE": "lfc_se",
    "stat": "stat",
    "pvalue": "p_value",
    "padj": "padj",
}


def fit(
    matrix: np.ndarray,
    genes: Sequence[str],
    samples: pd.DataFrame,
    design: str,
    contrasts: Sequence[Contrast],
    alpha: float,
    lengths: np.ndarray | None = None,
) -> FitResult:
    """Fit and test with pydeseq2's own inference.

    A contrast against another level than the reference has no shrunken change: pydeseq2 shrinks
    coefficients only.

    Raises
    ------
    ValueError
        If lengths are given: pydeseq2 normalises by size factors only.
    """
    if lengths is not None:
        raise ValueError("Unaltered pydeseq2 cannot normalise by transcript lengths.")
    counts = pd.DataFrame(matrix, index=samples.index, columns=list(genes))
    with _quiet():
        dds = DeseqDataSet(counts=counts, metadata=samples, design=design, quiet=True)
        dds.deseq2()
    all_zero = matrix.sum(axis=0) == 0
    frames = []
    for contrast in contrasts:
        with _quiet():
            table = _test(dds, contrast, alpha)
        table["not_tested_reason"] = not_tested_reasons(
            all_zero, table["p_value"].to_numpy(), table["padj"].to_numpy()
        )
        frames.append(result_frame(contrast, genes, table))
    return pack_fit(
        engine="pydeseq2",
        engine_version=version("pydeseq2"),
        samples=list(samples.index),
        size_factors=np.asarray(dds.obs["size_factors"], dtype=float),
        genes=genes,
        dispersions=np.asarray(dds.var["dispersions"], dtype=float),
        results=frames,
    )


def _test(dds: DeseqDataSet, contrast: Contrast, alpha: float) -> pd.DataFrame:
    stats = DeseqStats(
        dds,
        contrast=[contrast.factor, contrast.numerator, contrast.denominator],
        alpha=alpha,
        quiet=True,
    )
    stats.summary()
    table: pd.DataFrame = stats.results_df.rename(columns=_COLUMNS)
    table["shrunken_log2_fold_change"] = np.nan
    is_coefficient = contrast.denominator == dds.obs[contrast.factor].cat.categories[0]
    if contrast.is_shrunken and is_coefficient:
        stats.lfc_shrink(coeff=f"{contrast.factor}[T.{contrast.numerator}]")
        table["shrunken_log2_fold_change"] = stats.results_df["log2FoldChange"]
    return table


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
