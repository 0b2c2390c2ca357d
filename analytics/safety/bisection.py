"""Roots of many monotone sign changes at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def boundary(
    inside: Callable[[Floats], Flags], start: Floats, end: Floats, steps: int = 56
) -> Floats:
    """Return, for each element, where ``inside`` turns from true to false on the way to ``end``.

    Parameters
    ----------
    inside
        Given one point per element (shape ``(k,)``), says whether it belongs to the region.
    start
        Points taken to be inside, shape ``(k,)``.
    end
        The other ends of the search, shape ``(k,)``; an element that is inside there returns its
        ``end``.
    steps
        Halvings; the error is ``abs(end - start) / 2**steps``.

    Returns
    -------
    array
        The boundary of each element, shape ``(k,)``.
    """
    near = np.array(start, dtype=np.float64)
    far = np.array(end, dtype=np.float64)
    reaches_end = inside(far)
    for _ in range(steps):
        middle = 0.5 * (near + far)
        within = inside(middle)
        near = np.where(within, middle, near)
        far = np.where(within, far, middle)
    return np.where(reaches_end, np.asarray(end, dtype=np.float64), 0.5 * (near + far))
