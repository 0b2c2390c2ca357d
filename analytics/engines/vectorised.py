"""The vectorised engine: pydeseq2's model, all genes at once, with DESeq2's numerics."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from analytics import deseq
from analytics.deseq.size_factors import factors_from_lengths
from analytics.differential_expression import Contrast, FitResult, pack_fit, result_frame


def fit(
    matrix: np.ndarray,
    genes: Sequence[str],
    samples: pd.DataFrame,
    design: str,
    contrasts: Sequence[Contrast],
    alpha: float,
    lengths: np.ndarray | None = None,
) -> FitResult:
    """Fit once and test every contrast; shrunken changes for all of them.

    Parameters
    ----------
    matrix, lengths
        Counts, and mean transcript lengths to normalise by, (samples, genes).
    """
    # Small matrices in blocks: more BLAS threads only wait for each other.
    with threadpool_limits(1):
        factors = None if lengths is None else factors_from_lengths(matrix, lengths)
        model = deseq.fit_design(matrix, samples, design, factors)
        frames = [
            result_frame(
                contrast,
                genes,
                model.results(
                    deseq.Contrast(contrast.factor, contrast.numerator, contrast.denominator),
                    alpha=alpha,
                    shrink=contrast.is_shrunken,
                ),
            )
            for contrast in contrasts
        ]
    return pack_fit(
        engine="vectorised",
        engine_version=version("imid-warehouse"),
        samples=list(samples.index),
        size_factors=model.size_factors,
        genes=genes,
        dispersions=model.dispersion,
        results=frames,
    )
