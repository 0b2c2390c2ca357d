"""The running sum of preranked enrichment: how a set's genes lie along a ranking.

Method: Subramanian et al., PNAS 102:15545 (2005), with weight 1. The sum climbs at each gene of
the set by its share of the set's absolute statistics and falls evenly at every other gene.
"""

from __future__ import annotations

import numpy as np
import polars as pl

SCHEMA = {"position": pl.Int64, "running_sum": pl.Float64}


def running_sum(ranking: pl.DataFrame, members: list[str]) -> pl.DataFrame:
    """Return the corners of the running sum of one set.

    Parameters
    ----------
    ranking
        ``gene_id, stat``, one row per tested gene from the highest statistic to the lowest.
    members
        Gene ids of the set; those not in the ranking take no part.

    Returns
    -------
    polars.DataFrame
        ``position`` (0 before the first gene, then the number of genes passed) and
        ``running_sum``, only where the line turns. Its value furthest from 0 is the enrichment
        score. Without a member, or without another gene, there are no rows.
    """
    size = ranking.height
    hit = ranking["gene_id"].is_in(members).to_numpy()
    places = np.flatnonzero(hit)
    if not places.size or places.size == size:
        return pl.DataFrame(schema=SCHEMA)
    weights = np.abs(ranking["stat"].to_numpy().astype(np.float64)[places])
    total = weights.sum()
    # where every statistic is 0 the genes count alike
    climb = np.cumsum(weights / total if total > 0 else np.full(places.size, 1 / places.size))
    order = np.arange(places.size)
    fall = (places - order) / (size - places.size)
    before, after = np.concatenate([[0.0], climb[:-1]]) - fall, climb - fall
    position = np.concatenate([[0], np.column_stack([places, places + 1]).ravel(), [size]])
    height = np.concatenate([[0.0], np.column_stack([before, after]).ravel(), [0.0]])
    return pl.DataFrame({"position": position, "running_sum": height}, schema=SCHEMA)


def enrichment_score(corners: pl.DataFrame) -> float | None:
    """Return the running sum's value furthest from 0; None where it has none."""
    if not corners.height:
        return None
    values = corners["running_sum"].to_numpy()
    return float(values[int(np.argmax(np.abs(values)))])
