"""Wald tests of one contrast in all genes.

Method: Love, Huber and Anders (2014), with thresholds as DESeq2 documents them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy.stats import norm

from analytics.deseq.design import Layout
from analytics.deseq.linalg import FloatArray, gene_blocks

Alternative: TypeAlias = Literal["greaterAbs", "lessAbs", "greater", "less"]


def contrast_variance(
    information: FloatArray,
    layout: Layout,
    contrast: FloatArray,
    ridge: FloatArray | None = None,
) -> FloatArray:
    """Variance of a contrast in all genes.

    Parameters
    ----------
    information
        What the fit kept of X'WX, one row per gene, (g, s).
    layout
        The design.
    contrast
        (p,).
    ridge
        What was added to the diagonal of X'WX in the fit, (p,), if not the usual.

    Returns
    -------
    FloatArray
        (g,), squared natural-log units.
    """
    if layout.one_way and ridge is None:
        return layout.variance(information.T, contrast)
    result = np.empty(information.shape[0])
    entries = information.shape[1] if layout.border is not None else contrast.size**2
    for block in gene_blocks(entries, information.shape[0]):
        part = np.ascontiguousarray(information[block].T)
        result[block] = layout.variance(part, contrast, ridge)
    return result


def wald_test(
    change: FloatArray, error: FloatArray, null: float, alternative: Alternative | None
) -> tuple[FloatArray, FloatArray]:
    """Test changes against a null value.

    Parameters
    ----------
    change, error
        Changes and their standard errors, (g,), in one unit; NaN passes through.
    null
        Null value in the same unit.
    alternative
        None: the change differs from the null; ``greater``, ``less``: it lies above,
        below; ``greaterAbs``, ``lessAbs``: its size does.

    Returns
    -------
    stat : FloatArray
        Wald statistic, (g,).
    p_value : FloatArray
        (g,).

    Raises
    ------
    ValueError
        If the alternative is unknown, or a size is held against a negative null.
    """
    check_null(null, alternative)
    above, below = (change - null) / error, (change + null) / error
    if alternative is None:
        return above, 2.0 * norm.sf(np.abs(above))
    if alternative == "greater":
        return np.maximum(above, 0.0), norm.sf(above)
    if alternative == "less":
        return np.minimum(above, 0.0), norm.cdf(above)
    if alternative == "greaterAbs":
        beyond = (np.abs(change) - null) / error
        stat = np.sign(change) * np.maximum(beyond, 0.0)
        return stat, np.minimum(2.0 * norm.sf(beyond), 1.0)
    stat = np.minimum(np.maximum(-above, 0.0), np.maximum(below, 0.0))
    return stat, np.maximum(norm.cdf(above), norm.sf(below))


def check_null(null: float, alternative: Alternative | None) -> None:
    """Refuse an alternative that is unknown or does not go with the null value.

    Parameters
    ----------
    null
        Null value.
    alternative
        As for :func:`wald_test`.

    Raises
    ------
    ValueError
        If the alternative is unknown, or a size is held against a negative null.
    """
    if alternative not in (None, *get_args(Alternative)):
        raise ValueError(
            f"Unknown alternative {alternative!r}: use greaterAbs, lessAbs, greater, less or None."
        )
    if alternative in ("greaterAbs", "lessAbs") and null < 0:
        raise ValueError(
            f"The alternative {alternative} compares sizes, so its null value cannot be "
            f"negative (got {null})."
        )
