"""Counts on a scale where all genes vary alike: the variance-stabilising transformation.

Method: Anders and Huber, Genome Biology 11:R106 (2010): the integral of one over the standard
deviation that the dispersion trend gives each mean. The trend is fitted blind to the design, so
that the samples are compared without knowing their groups.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.interpolate import CubicSpline
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from analytics.deseq.dataset import VectorisedDeseqDataSet

FloatArray = NDArray[np.float64]
Transform = Callable[[FloatArray], FloatArray]

GRID_POINTS: Final = 1000
CURVE_STEPS: Final = 4000
# At these quantiles of the genes' means the curve is made to agree with log2.
ANCHORS: Final = (0.95, 0.999)


@dataclass(frozen=True)
class Stabilised:
    """Transformed counts of n samples and g genes.

    Attributes
    ----------
    values
        (n, g), log2 units for high counts.
    size_factors
        Over all samples, (n,).
    transformation
        ``vst``, or ``log2`` of one plus normalised counts where no trend can be fitted.
    curve
        The transformation of the normalised counts sinh(k * ``step``), k = 0, 1, ...; between
        them it is straight to 1e-5 in asinh of the normalised count.
    step
        Distance of two such counts in asinh.
    """

    values: FloatArray
    size_factors: FloatArray
    transformation: Literal["vst", "log2"]
    curve: FloatArray
    step: float


def stabilised(counts: NDArray[np.integer]) -> Stabilised:
    """Normalise counts and make their variance independent of their mean.

    Parameters
    ----------
    counts
        (n, g), at least two samples.
    """
    # pydeseq2 and what it imports take seconds
    from analytics.deseq.dataset import VectorisedDeseqDataSet

    samples = pd.DataFrame({"all": 1}, index=[f"s{i}" for i in range(len(counts))])
    genes = pd.RangeIndex(counts.shape[1]).astype(str)
    table = pd.DataFrame(counts, index=samples.index, columns=genes)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)
        dataset = VectorisedDeseqDataSet(counts=table, metadata=samples, design="~1")
        dataset.fit_size_factors()
        normed = np.asarray(dataset.layers["normed_counts"], dtype=np.float64)
        try:
            dataset.fit_genewise_dispersions()
            dataset.fit_dispersion_trend()
            transform = _along_trend(dataset, normed)
            kind: Literal["vst", "log2"] = "vst"
        except ValueError:
            # replicates that are copies of each other leave nothing to fit a trend to
            transform, kind = _log2, "log2"
    # a little more than the largest, so that it lies before the last of them
    step = float(np.arcsinh(normed.max())) * (1.0 + 1e-9) / CURVE_STEPS
    curve = transform(np.sinh(step * np.arange(CURVE_STEPS + 1)))
    return Stabilised(transform(normed), dataset.factors, kind, curve, step)


def _log2(normed: FloatArray) -> FloatArray:
    return np.asarray(np.log2(normed + 1.0), dtype=np.float64)


def _along_trend(dataset: VectorisedDeseqDataSet, normed: FloatArray) -> Transform:
    if dataset.uns["disp_function_type"] == "parametric":
        floor, slope = (float(x) for x in dataset.uns["trend_coeffs"])
        return partial(parametric_transform, floor=floor, slope=slope)
    return numeric_transform(
        normed,
        dataset.disp_function,
        float(np.mean(1.0 / dataset.factors)),
    )


def parametric_transform(normed: FloatArray, floor: float, slope: float) -> FloatArray:
    """Transform normalised counts along the trend dispersion = floor + slope / mean.

    Parameters
    ----------
    normed
        Any shape.
    floor, slope
        The trend's coefficients, both positive.

    Returns
    -------
    FloatArray
        Same shape.
    """
    root = np.sqrt(floor * normed * (1.0 + slope + floor * normed))
    value = (1.0 + slope + 2.0 * floor * normed + 2.0 * root) / (4.0 * floor)
    return np.asarray(np.log2(value), dtype=np.float64)


def numeric_transform(
    normed: FloatArray,
    trend: Callable[[FloatArray], FloatArray],
    shot_noise: float,
) -> Transform:
    """Return the transformation along any trend, by integrating numerically.

    Parameters
    ----------
    normed
        Normalised counts whose quantiles set the scale, (n, g).
    trend
        Dispersions, (m,), from means, (m,).
    shot_noise
        Mean of one over the size factors.

    Returns
    -------
    Transform
        From normalised counts, at most the largest given, to values of the same shape.
    """
    grid = np.sinh(np.linspace(0.0, np.arcsinh(normed.max()), GRID_POINTS))[1:]
    density = 1.0 / np.sqrt(trend(grid) * grid**2 + shot_noise * grid)
    area = cumulative_trapezoid(density, grid, initial=0.0)
    curve = CubicSpline(np.arcsinh(grid), area)
    low, high = np.quantile(normed.mean(axis=0), ANCHORS)
    at_low, at_high = (float(curve(np.arcsinh(x))) for x in (low, high))
    scale = np.log2(high / low) / (at_high - at_low)

    def transform(counts: FloatArray) -> FloatArray:
        value = scale * (curve(np.arcsinh(counts)) - at_low) + np.log2(low)
        return np.asarray(value, dtype=np.float64)

    return transform
