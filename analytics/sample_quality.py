"""How a study's samples lie to each other: principal components, distances, outliers.

All three rest on transformed counts of all samples and know nothing of differential expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MOST_VARIABLE: Final = 500
COMPONENTS: Final = 10
# A sample is called an outlier beyond this many robust deviations from the usual distance to its
# own group, and at this multiple of it at least.
DEVIATIONS: Final = 3.5
MULTIPLE: Final = 1.5
# A sample is called misplaced if another group is nearer than its own by this factor.
NEARER: Final = 1.25
FEWEST_IN_GROUP: Final = 3
MAD_TO_DEVIATION: Final = 1.4826


def principal_components(values: FloatArray, samples: Sequence[str]) -> pl.DataFrame:
    """Return principal components of the most variable genes.

    Parameters
    ----------
    values
        Transformed counts, (n, g).
    samples
        The n sample ids.

    Returns
    -------
    polars.DataFrame
        ``sample_id, component`` (from 1)``, score`` (in the values' units)``,
        explained_variance`` (the component's share of the genes' variance)``, n_genes``. Of the
        two signs a component may have, its largest gene weight is positive.
    """
    variance = values.var(axis=0, ddof=1)
    chosen = np.sort(np.argsort(-variance, kind="stable")[:MOST_VARIABLE])
    chosen = chosen[variance[chosen] > 0]
    centred = values[:, chosen] - values[:, chosen].mean(axis=0)
    left, singular, weights = np.linalg.svd(centred, full_matrices=False)
    kept = min(COMPONENTS, len(samples) - 1, int((singular > 1e-9).sum()))
    sign = [np.sign(row[np.abs(row).argmax()]) for row in weights[:kept]]
    scores = left[:, :kept] * singular[:kept] * sign
    share = singular**2 / max(float((singular**2).sum()), np.finfo(np.float64).tiny)
    return pl.DataFrame(
        {
            "sample_id": np.repeat(np.asarray(samples, dtype=object), kept),
            "component": np.tile(np.arange(1, kept + 1, dtype=np.int32), len(samples)),
            "score": scores.ravel(),
            "explained_variance": np.tile(share[:kept], len(samples)),
            "n_genes": np.full(kept * len(samples), chosen.size, dtype=np.int64),
        },
        schema_overrides={"sample_id": pl.String},
    )


def distance_matrix(values: FloatArray) -> FloatArray:
    """Euclidean distances between samples over all genes, (n, n), from values (n, g)."""
    centred = values - values.mean(axis=0)
    inner = centred @ centred.T
    squares = np.diagonal(inner)
    squared = squares[:, None] + squares[None, :] - 2.0 * inner
    np.fill_diagonal(squared, 0.0)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


def sample_distances(
    values: FloatArray, distances: FloatArray, samples: Sequence[str]
) -> pl.DataFrame:
    """List every pair of samples once.

    Parameters
    ----------
    values
        Transformed counts, (n, g).
    distances
        Their :func:`distance_matrix`, (n, n).
    samples
        The n sample ids.

    Returns
    -------
    polars.DataFrame
        ``sample_id_a, sample_id_b, distance, correlation`` (Pearson's), the first sample
        before the second in the order given.
    """
    first, second = np.triu_indices(len(samples), 1)
    names = np.asarray(samples, dtype=object)
    correlation: FloatArray = np.atleast_2d(np.corrcoef(values))
    return pl.DataFrame(
        {
            "sample_id_a": names[first],
            "sample_id_b": names[second],
            "distance": distances[first, second],
            "correlation": correlation[first, second],
        },
        schema_overrides={"sample_id_a": pl.String, "sample_id_b": pl.String},
    ).with_columns(pl.col("correlation").fill_nan(None))


def outliers(distances: FloatArray, samples: Sequence[str], groups: Sequence[str]) -> pl.DataFrame:
    """Tell which samples lie apart from their group, or nearer to another one.

    Parameters
    ----------
    distances
        (n, n).
    samples, groups
        Sample ids and what was done to each, (n,).

    Returns
    -------
    polars.DataFrame
        ``sample_id, sample_group, group_distance`` (median to the others of its group; null
        alone)``, usual_group_distance`` (the study's median of these)``, outlier_reason``.
    """
    own = [
        _median(distances[i], [j for j, g in enumerate(groups) if g == group and j != i])
        for i, group in enumerate(groups)
    ]
    known = np.array([d for d in own if d is not None])
    usual = float(np.median(known)) if known.size else None
    limit = np.inf
    if usual is not None:
        spread = MAD_TO_DEVIATION * float(np.median(np.abs(known - usual)))
        limit = max(usual + DEVIATIONS * spread, MULTIPLE * usual)
    sizes = {group: list(groups).count(group) for group in groups}
    reasons = [
        _reason(i, distances, groups, sizes, own[i], usual, limit) for i in range(len(samples))
    ]
    return pl.DataFrame(
        {
            "sample_id": list(samples),
            "sample_group": list(groups),
            "group_distance": own,
            "usual_group_distance": [usual] * len(samples),
            "outlier_reason": reasons,
        },
        schema={
            "sample_id": pl.String,
            "sample_group": pl.String,
            "group_distance": pl.Float64,
            "usual_group_distance": pl.Float64,
            "outlier_reason": pl.String,
        },
    )


def _median(row: FloatArray, others: list[int]) -> float | None:
    return float(np.median(row[others])) if others else None


def _reason(
    i: int,
    distances: FloatArray,
    groups: Sequence[str],
    sizes: dict[str, int],
    own: float | None,
    usual: float | None,
    limit: float,
) -> str | None:
    # of two samples none can say which is the odd one
    if own is None or usual is None or sizes[groups[i]] < FEWEST_IN_GROUP:
        return None
    elsewhere = {
        group: float(np.median(distances[i, [j for j, g in enumerate(groups) if g == group]]))
        for group in sizes
        if group != groups[i] and sizes[group] >= FEWEST_IN_GROUP
    }
    reasons = []
    if own > limit:
        reasons.append(
            f"its median distance to the others of its group ({groups[i]}) is {own:.1f}, "
            f"{own / usual:.1f} times the study's usual {usual:.1f}"
        )
    if elsewhere:
        nearest = min(elsewhere, key=lambda group: elsewhere[group])
        if own > NEARER * elsewhere[nearest]:
            reasons.append(
                f"it lies nearer to {nearest} ({elsewhere[nearest]:.1f}) than to its own group "
                f"{groups[i]} ({own:.1f})"
            )
    return "; ".join(reasons) or None
