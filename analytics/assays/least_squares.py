"""Nonlinear least squares for many starts at once: damped Gauss-Newton steps inside bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Parameters of shape (k, p) to predictions (k, n) and their derivatives (k, n, p).
Model: TypeAlias = Callable[[Floats], tuple[Floats, Floats]]

_STEPS: Final = 60
_TOLERANCE: Final = 1e-9
_LEAST_DAMPING: Final = 1e-10


def least_squares(
    model: Model,
    observed: Floats,
    start: Floats,
    bounds: tuple[Floats, Floats],
    *,
    fixed: int | None = None,
) -> tuple[Floats, Floats]:
    """Minimise the sum of squares from each start by Levenberg and Marquardt's method.

    A parameter that stands at a bound, where the gradient points outward, is held there for
    the step.

    Parameters
    ----------
    model
        Predictions and their derivatives for ``k`` parameter vectors at once.
    observed
        The values to fit, shape ``(n,)``.
    start
        Parameter vectors to start from, shape ``(k, p)``.
    bounds
        Least and greatest values, each of shape ``(p,)``.
    fixed
        A parameter that keeps its value of the start.

    Returns
    -------
    tuple of arrays
        Parameters, shape ``(k, p)``, and their sums of squares, shape ``(k,)``.

    References
    ----------
    Marquardt DW (1963), J Soc Ind Appl Math 11:431-441.
    """
    low, high = bounds
    theta = np.clip(np.array(start, dtype=np.float64), low, high)
    predicted, slopes = model(theta)
    residual = observed - predicted
    cost = np.einsum("kn,kn->k", residual, residual)
    damping = np.full(len(theta), 1e-2)
    running = np.ones(len(theta), dtype=bool)
    for _ in range(_STEPS):
        gradient = np.einsum("knp,kn->kp", slopes, residual)
        held = ((theta <= low) & (gradient < 0)) | ((theta >= high) & (gradient > 0))
        if fixed is not None:
            held[:, fixed] = True
        free = np.where(held[:, None, :], 0.0, slopes)
        normal = np.einsum("knp,knq->kpq", free, free)
        diagonal = np.einsum("kpp->kp", normal)
        weight = damping[:, None] * diagonal + np.where(diagonal > 0, 1e-12, 1.0)
        normal = normal + weight[:, :, None] * np.eye(theta.shape[1])
        step = np.linalg.solve(normal, np.where(held, 0.0, gradient)[:, :, None])[:, :, 0]
        candidate = np.clip(theta + step, low, high)
        tried, tried_slopes = model(candidate)
        tried_residual = observed - tried
        tried_cost = np.einsum("kn,kn->k", tried_residual, tried_residual)
        better = (tried_cost < cost) & running
        gained = np.where(better, (cost - tried_cost) / np.maximum(cost, 1e-300), 0.0)
        theta = np.where(better[:, None], candidate, theta)
        residual = np.where(better[:, None], tried_residual, residual)
        slopes = np.where(better[:, None, None], tried_slopes, slopes)
        cost = np.where(better, tried_cost, cost)
        damping = np.where(better, np.maximum(damping * 0.2, _LEAST_DAMPING), damping * 5)
        running &= ~((better & (gained < _TOLERANCE)) | (damping > 1e12))
        if not running.any():
            break
    return theta, cost
