"""Robust locally weighted regression on sorted points (Cleveland, JASA 74:829, 1979)."""

from __future__ import annotations

import numpy as np

from analytics.deseq.linalg import FloatArray


def lowess(x: FloatArray, y: FloatArray, share: float = 0.2, rounds: int = 3) -> FloatArray:
    """Smooth y over x with local lines.

    Parameters
    ----------
    x
        Ascending, (m,).
    y
        (m,).
    share
        Share of the points in each neighbourhood.
    rounds
        Rounds of robust reweighting after the first fit.

    Returns
    -------
    FloatArray
        Smoothed y, (m,).
    """
    m = x.size
    if m < 2:
        return y.astype(np.float64)
    neighbours = max(2, min(m, int(share * m + 1e-7)))
    kernels = _kernels(x, neighbours)
    robust = np.ones(m)
    for round_ in range(rounds + 1):
        smooth = _lines(x, y, kernels * robust)
        if round_ == rounds:
            break
        residual = np.abs(y - smooth)
        scale = 6.0 * np.median(residual)
        # an exact fit leaves nothing to weigh down
        if scale < 1e-7 * residual.mean():
            break
        robust = _bisquare(residual, scale)
    return smooth


def _kernels(x: FloatArray, neighbours: int) -> FloatArray:
    """Tricube weights of all points, row by row of the point smoothed, (m, m)."""
    m = x.size
    kernels = np.zeros((m, m))
    left, right = 0, neighbours - 1
    for i in range(m):
        while right < m - 1 and x[i] - x[left] > x[right + 1] - x[i]:
            left, right = left + 1, right + 1
        width = max(x[i] - x[left], x[right] - x[i])
        distance = np.abs(x - x[i])
        kernel = np.where(
            distance > 0.001 * width, (1.0 - (distance / max(width, 1e-300)) ** 3) ** 3, 1.0
        )
        kernel[distance > 0.999 * width] = 0.0
        kernel[:left] = 0.0
        if width == 0.0:
            kernel = (distance == 0.0).astype(np.float64)
        kernels[i] = kernel
    return kernels


def _bisquare(residual: FloatArray, scale: float) -> FloatArray:
    weights = (1.0 - (residual / scale) ** 2) ** 2
    weights[residual <= 0.001 * scale] = 1.0
    weights[residual > 0.999 * scale] = 0.0
    return weights


def _lines(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Height of each point's own weighted line above the point.

    Parameters
    ----------
    x, y
        (m,).
    weights
        Row by row of the point, (m, m).

    Returns
    -------
    FloatArray
        (m,).
    """
    total = weights.sum(axis=1, keepdims=True)
    weights = weights / np.where(total > 0, total, 1.0)
    centre = (weights * x).sum(axis=1, keepdims=True)
    spread = (weights * (x - centre) ** 2).sum(axis=1, keepdims=True)
    # points too close together carry a mean but no slope
    sloped = np.sqrt(spread) > 0.001 * (x[-1] - x[0])
    tilt = 1.0 + (x[:, None] - centre) * (x - centre) / np.where(sloped, spread, 1.0)
    height = (weights * np.where(sloped, tilt, 1.0) * y).sum(axis=1)
    return np.asarray(np.where(total[:, 0] > 0, height, y))
