"""How far dispersions scatter around their trend: the variance of their prior.

Method: Love, Huber and Anders (2014). With more than three residual degrees of
freedom the sampling variance of a log dispersion is trigamma(df / 2) and is taken
off; with fewer the log residuals are too skewed for that, and the variance is the
one whose simulated histogram lies nearest, in Kullback-Leibler distance, to theirs.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
from scipy.special import polygamma

from analytics.deseq.linalg import FloatArray

LOWEST_VARIANCE = 0.25
LARGEST_SIMULATED_DF = 3
HISTOGRAM_EDGES = np.linspace(-10.0, 10.0, 41)
COARSE_VARIANCES = np.linspace(0.0, 8.0, 200)
FINE_VARIANCES = np.linspace(0.0, 8.0, 1000)


def robust_variance(residuals: FloatArray) -> float:
    """Squared normal-consistent median absolute deviation of log residuals, (m,)."""
    centred = np.abs(residuals - np.median(residuals))
    return float((1.4826 * np.median(centred)) ** 2)


def prior_variance(residuals: FloatArray, df: int) -> float:
    """Variance of the normal prior on log dispersion.

    Parameters
    ----------
    residuals
        Log gene-wise dispersions minus the log trend, (m,).
    df
        Residual degrees of freedom, at least one.

    Returns
    -------
    float
        In squared natural-log units, at least 0.25.

    Raises
    ------
    ValueError
        If no degree of freedom is left.
    """
    if df < 1:
        raise ValueError("The prior variance needs at least one residual degree of freedom.")
    if df <= LARGEST_SIMULATED_DF:
        return max(_nearest_simulated_variance(residuals, df), LOWEST_VARIANCE)
    return max(robust_variance(residuals) - float(polygamma(1, df / 2.0)), LOWEST_VARIANCE)


def _nearest_simulated_variance(residuals: FloatArray, df: int) -> float:
    inside = residuals[(residuals > HISTOGRAM_EDGES[0]) & (residuals < HISTOGRAM_EDGES[-1])]
    observed = _densities(_right_closed_counts(inside)[None, :])[0]
    simulated = _simulated_densities(df)
    # a distance needs a floor below which both densities count as absent
    positive = np.where(simulated > 0, simulated, np.inf).min(axis=1)
    floor = np.minimum(positive, observed[observed > 0].min())[:, None]
    distance = (observed * (np.log(observed + floor) - np.log(simulated + floor))).sum(axis=1)
    return float(FINE_VARIANCES[np.argmin(_loess_operator() @ distance)])


def _right_closed_counts(values: FloatArray) -> FloatArray:
    bins = np.searchsorted(HISTOGRAM_EDGES, values, side="left") - 1
    return np.bincount(bins, minlength=HISTOGRAM_EDGES.size - 1).astype(np.float64)


def _densities(counts: FloatArray) -> FloatArray:
    width = HISTOGRAM_EDGES[1] - HISTOGRAM_EDGES[0]
    return np.asarray(counts / (counts.sum(axis=1, keepdims=True) * width), dtype=np.float64)


@cache
def _simulated_densities(df: int) -> FloatArray:
    with (files("analytics.deseq") / "data" / "dispersion_prior_tables.csv.gz").open("rb") as file:
        table = pd.read_csv(file, compression="gzip")
    rows = table[table["df"] == df].sort_values("variance_index")
    counts = rows.drop(columns=["df", "variance_index"]).to_numpy(np.float64)
    return _densities(counts)


@cache
def _loess_operator() -> FloatArray:
    with (files("analytics.deseq") / "data" / "loess_operator.csv.gz").open("rb") as file:
        entries = pd.read_csv(file, compression="gzip")
    operator = np.zeros((FINE_VARIANCES.size, COARSE_VARIANCES.size))
    operator[entries["row"], entries["column"]] = entries["value"]
    return operator
