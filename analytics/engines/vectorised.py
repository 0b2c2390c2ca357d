"""The vectorised engine: pydeseq2's model, all genes at once, with DESeq2's numerics."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from analytics import deseq
from analytics.differential_expression import Contrast, FitResult, pack_fit, result_frame


def fit(
    matrix: np.ndarray,
    genes: Sequence[str],
    samples: pd.DataFrame,
    design: str,
    contrasts: Sequence[Contrast],
    alpha: float,
) -> FitResult:
    """Fit once and test every contrast; shrunken changes for all of them."""
    # Small matrices in blocks: more BLAS threads only wait for each other.
    with threadpool_limits(1):
        model = deseq.fit_design(matrix, samples, design)
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
