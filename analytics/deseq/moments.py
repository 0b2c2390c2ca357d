"""First guesses of the dispersion from means and variances.

Method: Love, Huber and Anders (2014) and Anders and Huber, Genome Biology 11:R106 (2010).
"""

from __future__ import annotations

import numpy as np

from analytics.deseq.design import Layout
from analytics.deseq.linalg import FloatArray, gene_blocks


def rough_dispersions(normed: FloatArray, design: FloatArray) -> FloatArray:
    """Dispersions by moments around a linear model, the first guess of the climb.

    Parameters
    ----------
    normed
        Counts divided by size factors, (n, g).
    design
        Design matrix, (n, p).

    Returns
    -------
    FloatArray
        (g,), not below zero.

    Raises
    ------
    ValueError
        If no residual degree of freedom is left.
    """
    n, p = design.shape
    if n <= p:
        raise ValueError(
            f"The design has {p} coefficients for {n} samples: without replicates no "
            "dispersion can be estimated. Use a design with fewer coefficients."
        )
    layout = Layout.of(design)
    result = np.empty(normed.shape[1])
    for block in gene_blocks(*normed.shape):
        y = normed[:, block]
        fitted = np.maximum(layout.spread(layout.rows @ layout.least_squares(y)), 1.0)
        result[block] = (((y - fitted) ** 2 - fitted) / fitted**2).sum(axis=0) / (n - p)
    return np.maximum(result, 0.0)


def moment_dispersions(normed: FloatArray, size_factors: FloatArray) -> FloatArray:
    """Dispersions from each gene's mean and variance over all samples.

    Parameters
    ----------
    normed
        Counts divided by size factors, (n, g).
    size_factors
        (n,).

    Returns
    -------
    FloatArray
        (g,); zero for genes without counts.
    """
    mean = normed.mean(axis=0)
    variance = normed.var(axis=0, ddof=1)
    shot_noise = np.mean(1.0 / size_factors)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num((variance - shot_noise * mean) / mean**2))
