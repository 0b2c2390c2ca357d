"""How random sets of genes score in a ranking: what a gene set's enrichment is held against.

Under random membership a score depends on the set's size alone, so sets of one size share their
random scores and thousands of sets cost no more than their distinct sizes (Korotkevich et al.,
bioRxiv 060012, 2016). The score is that of Subramanian et al., PNAS 102:15545 (2005), weight 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Significance:
    """A score over the mean of the random scores of its sign, and its p-value."""

    normalised: float
    p_value: float


@dataclass
class RandomSets:
    """Random sets in one ranking of g genes.

    Attributes
    ----------
    statistic
        What the genes are ranked by, descending, (g,).
    largest
        Genes of the largest set that will be asked about.
    draws
        Random sets of each size.
    seed
        Decides the sets.
    """

    statistic: FloatArray
    largest: int
    draws: int
    seed: int
    _members: NDArray[np.int64] = field(init=False, repr=False)
    _scores: dict[int, FloatArray] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        # the first m of a random order are a random set of m
        rng = np.random.default_rng(self.seed)
        genes = self.statistic.size
        self._members = np.stack(
            [rng.permutation(genes)[: self.largest] for _ in range(self.draws)]
        )

    def scores(self, size: int) -> FloatArray:
        """Enrichment scores of the random sets of a size, (draws,)."""
        if size not in self._scores:
            places = np.sort(self._members[:, :size], axis=1)
            self._scores[size] = enrichment_scores(np.abs(self.statistic), places)
        return self._scores[size]

    def significance(self, score: float, size: int) -> Significance:
        """Hold a set's score against random sets of its size and of its score's sign."""
        random = self.scores(size)
        alike = np.abs(random[random >= 0] if score >= 0 else random[random < 0])
        if alike.size == 0:
            return Significance(float("nan"), 1.0 / (self.draws + 1))
        # none of so many random sets is no proof of impossibility
        p_value = (1 + int((alike >= abs(score)).sum())) / (1 + alike.size)
        return Significance(float(score / alike.mean()), p_value)


def running_sum(weight: FloatArray, places: NDArray[np.int64]) -> tuple[float, NDArray[np.int64]]:
    """Return one set's enrichment score and the places of its leading edge.

    Parameters
    ----------
    weight
        Not negative, of the genes in ranked order, (g,).
    places
        Where the set's m genes stand in the ranking, ascending, (m,).
    """
    highest, lowest = _deviations(weight, places[None])
    up, down = highest[0], lowest[0]
    if up.max() > -down.min():
        return float(up.max()), places[: int(up.argmax()) + 1]
    return float(down.min()), places[int(down.argmin()) :]


def enrichment_scores(weight: FloatArray, places: NDArray[np.int64]) -> FloatArray:
    """Return the largest deviation of the running sum, (b,).

    Parameters
    ----------
    weight
        Not negative, of the genes in ranked order, (g,).
    places
        Where the m genes of b sets stand in the ranking, ascending, (b, m).
    """
    deviations = _deviations(weight, places)
    highest, lowest = deviations[0].max(axis=1), deviations[1].min(axis=1)
    return np.asarray(np.where(highest > -lowest, highest, lowest), dtype=np.float64)


def _deviations(weight: FloatArray, places: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Return the running sum just after and just before each gene of the sets, (b, m) each."""
    size = places.shape[1]
    hits = np.cumsum(weight[places], axis=1)
    # genes that all stand at zero count alike
    flat = hits[:, -1] == 0
    hits[flat] = np.arange(1, size + 1)
    hits /= hits[:, -1:]
    misses = (places - np.arange(size)) / (weight.size - size)
    before = np.concatenate([np.zeros((len(hits), 1)), hits[:, :-1]], axis=1)
    return hits - misses, before - misses
