"""How alike two contrasts are: correlations, agreement of signs, overlap and relative size.

Genes are no independent sample, since they are regulated together: the intervals say how firmly
the genes of these two contrasts agree, not how well the figure would be found again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import hypergeom
from threadpoolctl import threadpool_limits

from analytics.potency import FEWEST_GENES, Slope, total_least_squares_slope
from analytics.safety.single import wilson_interval

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NORMAL_QUANTILE: Final = 1.959963984540054
# Rank thresholds per half of each ranking in the search for the largest overlap.
RANK_STEPS: Final = 20
SMALLEST_P: Final = 1e-300


@dataclass(frozen=True)
class Changes:
    """Results of k contrasts on the same g genes, (g, k); NaN where a gene was not tested."""

    contrasts: tuple[str, ...]
    log2_fold_change: FloatArray
    p_value: FloatArray
    padj: FloatArray

    @classmethod
    def of(cls, results: pl.DataFrame) -> Changes:
        """Spread ``contrast_id, gene_id, log2_fold_change, p_value, padj`` into matrices."""
        tested = results.filter(
            pl.col("padj").is_not_null() & pl.col("log2_fold_change").is_not_null()
        )
        names = sorted(tested["contrast_id"].unique())
        row = tested["gene_id"].rank("dense").to_numpy() - 1
        column = tested["contrast_id"].replace_strict(
            names, list(range(len(names))), return_dtype=pl.Int64
        )
        shape = (int(row.max()) + 1 if row.size else 0, len(names))

        def spread(name: str) -> FloatArray:
            matrix = np.full(shape, np.nan)
            matrix[row.astype(np.int64), column.to_numpy().astype(np.int64)] = tested[
                name
            ].to_numpy()
            return np.asfortranarray(matrix)

        return cls(tuple(names), spread("log2_fold_change"), spread("p_value"), spread("padj"))


@dataclass(frozen=True)
class Pair:
    """Two contrasts, x and y, over the genes tested in both.

    Attributes
    ----------
    n_significant_either
        Genes called in x or in y; the agreement of signs, Jaccard's index and the bootstrapped
        slope rest on them.
    slope_all, slope, slope_lower, slope_upper
        Change of y per change of x by total least squares: over all genes, and over those called
        in either with a bootstrap interval.
    rrho_up_up, rrho_down_down, rrho_up_down, rrho_down_up
        Largest -log10 hypergeometric p of an overlap between the ends of the two rankings, over a
        grid of thresholds: a score to compare pairs by, not a corrected p-value.
    """

    n_tested: int
    n_significant_either: int
    n_significant_both_same: int
    n_significant_both_opposite: int
    n_sign_agree: int
    sign_agreement: float | None
    sign_agreement_lower: float | None
    sign_agreement_upper: float | None
    jaccard: float | None
    pearson: float | None
    pearson_lower: float | None
    pearson_upper: float | None
    spearman: float | None
    spearman_lower: float | None
    spearman_upper: float | None
    slope_all: float | None
    slope: float | None
    slope_lower: float | None
    slope_upper: float | None
    rrho_up_up: float
    rrho_down_down: float
    rrho_up_down: float
    rrho_down_up: float

    def reversed(self) -> Pair:
        """Return the pair with x and y exchanged."""
        lower, upper = _reciprocal(self.slope_upper), _reciprocal(self.slope_lower)
        if _sign(self.slope_lower) != _sign(self.slope_upper):
            # an axis that may be flat one way may be upright the other: no bound
            lower = upper = None
        return Pair(
            **{
                **asdict(self),
                "slope_all": _reciprocal(self.slope_all),
                "slope": _reciprocal(self.slope),
                "slope_lower": lower,
                "slope_upper": upper,
                "rrho_up_down": self.rrho_down_up,
                "rrho_down_up": self.rrho_up_down,
            }
        )


def _reciprocal(value: float | None) -> float | None:
    return 1.0 / value if value else None


def _sign(value: float | None) -> int:
    return 0 if value is None else (value > 0) - (value < 0)


@dataclass(frozen=True)
class _Ranking:
    """One contrast's genes in order, so that any part of them is ranked without sorting.

    ``place`` is each gene's place among the distinct values, (g,), ascending; NaN stand last.
    """

    place: NDArray[np.int64]
    distinct: int

    @classmethod
    def of(cls, values: FloatArray) -> _Ranking:
        known, place = np.unique(values, return_inverse=True)
        return cls(place.astype(np.int64), known.size)

    def among(self, genes: BoolArray) -> FloatArray:
        """Average ranks, from 1, of some genes among themselves."""
        place = self.place[genes]
        counts = np.bincount(place, minlength=self.distinct)
        average = np.cumsum(counts) - (counts - 1) / 2.0
        return np.asarray(average[place], dtype=np.float64)


def contrast_pairs(
    changes: Changes,
    fdr: float,
    abs_log2_fold_change: float,
    report: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:
    """Compare every contrast with every other.

    Parameters
    ----------
    changes
        The contrasts' results.
    fdr, abs_log2_fold_change
        A gene is called below the one and beyond the other.
    report
        Told each contrast before it is compared with those after it.

    Returns
    -------
    polars.DataFrame
        ``contrast_id_a, contrast_id_b`` and the fields of :class:`Pair`, x being a; two rows for
        every pair with at least 10 genes tested in both, one each way.
    """
    # short sums: more threads only wait for each other
    with threadpool_limits(1):
        rows = list(_compared(changes, fdr, abs_log2_fold_change, report))
    schema = {
        "contrast_id_a": pl.String,
        "contrast_id_b": pl.String,
        **{
            name: pl.Int64 if name.startswith("n_") else pl.Float64
            for name in Pair.__dataclass_fields__
        },
    }
    return pl.DataFrame(rows, schema=schema)


def _compared(
    changes: Changes, fdr: float, abs_log2_fold_change: float, report: Callable[[str], None]
) -> Iterator[dict[str, object]]:
    """Yield the rows of :func:`contrast_pairs`."""
    called = (changes.padj < fdr) & (np.abs(changes.log2_fold_change) > abs_log2_fold_change)
    strength = np.sign(changes.log2_fold_change) * -np.log10(
        np.maximum(changes.p_value, SMALLEST_P)
    )
    by_change = [_Ranking.of(column) for column in changes.log2_fold_change.T]
    by_strength = [_Ranking.of(column) for column in strength.T]
    told = -1
    for i, j in combinations(range(len(changes.contrasts)), 2):
        if i != told:
            report(changes.contrasts[i])
            told = i
        x, y = changes.log2_fold_change[:, i], changes.log2_fold_change[:, j]
        both = ~(np.isnan(x) | np.isnan(y))
        if int(both.sum()) < FEWEST_GENES:
            continue
        pair = compare(
            x[both],
            y[both],
            called[both, i],
            called[both, j],
            (by_change[i].among(both), by_change[j].among(both)),
            (by_strength[i].among(both), by_strength[j].among(both)),
        )
        names = {"contrast_id_a": changes.contrasts[i], "contrast_id_b": changes.contrasts[j]}
        swapped = {"contrast_id_a": changes.contrasts[j], "contrast_id_b": changes.contrasts[i]}
        yield {**names, **asdict(pair)}
        yield {**swapped, **asdict(pair.reversed())}


def compare(
    x: FloatArray,
    y: FloatArray,
    called_x: BoolArray,
    called_y: BoolArray,
    ranks: tuple[FloatArray, FloatArray],
    strengths: tuple[FloatArray, FloatArray],
) -> Pair:
    """Compare two contrasts over g genes tested in both.

    Parameters
    ----------
    x, y
        Log2 fold changes, (g,).
    called_x, called_y
        Whether each gene is called, (g,).
    ranks
        Average ranks of x and of y, (g,) each.
    strengths
        Ranks of what tells how surely each gene changes and which way, (g,) each.
    """
    n = x.size
    either, both = called_x | called_y, called_x & called_y
    same = np.sign(x) == np.sign(y)
    n_either, agreeing = int(either.sum()), int((either & (x * y > 0)).sum())
    agreement: tuple[float | None, float | None] = (None, None)
    if n_either:
        lower, upper = wilson_interval([agreeing], [n_either])
        agreement = (float(lower[0]), float(upper[0]))
    pearson, spearman = _correlation(x, y), _correlation(*ranks)
    responsive = (
        total_least_squares_slope(x[either], y[either])
        if n_either >= FEWEST_GENES
        else Slope(n_either, None, None, None)
    )
    overlaps = rank_overlaps(*strengths)
    return Pair(
        n,
        n_either,
        int((both & same).sum()),
        int((both & ~same).sum()),
        agreeing,
        agreeing / n_either if n_either else None,
        *agreement,
        int(both.sum()) / n_either if n_either else None,
        *_with_interval(pearson, 1.0, n),
        *_with_interval(spearman, 1.0 + (spearman or 0.0) ** 2 / 2.0, n),
        _axis_slope(x, y),
        responsive.slope,
        responsive.lower,
        responsive.upper,
        *overlaps,
    )


def _correlation(x: FloatArray, y: FloatArray) -> float | None:
    a, b = x - x.mean(), y - y.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return min(max(float(a @ b) / scale, -1.0), 1.0) if scale > 0 else None


def _with_interval(
    r: float | None, variance: float, n: int
) -> tuple[float | None, float | None, float | None]:
    """Return a correlation and its 95 % interval by Fisher's z.

    The variance of z times n - 3 is 1 for Pearson's, and 1 + r^2 / 2 for Spearman's (Bonett and
    Wright, Psychometrika 65:23, 2000).
    """
    if r is None or abs(r) >= 1.0:
        return r, None, None
    half = NORMAL_QUANTILE * math.sqrt(variance / (n - 3))
    return r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def _axis_slope(x: FloatArray, y: FloatArray) -> float | None:
    """Slope of the axis of greatest variance; None where the two do not vary together."""
    a, b = x - x.mean(), y - y.mean()
    covariance, difference = float(a @ b), float(b @ b) - float(a @ a)
    if covariance == 0:
        return None
    return (difference + math.hypot(difference, 2.0 * covariance)) / (2.0 * covariance)


def rank_overlaps(x: FloatArray, y: FloatArray) -> tuple[float, float, float, float]:
    """Summarise the rank-rank hypergeometric overlap of two rankings.

    Parameters
    ----------
    x, y
        Ranks of g genes, (g,) each.

    Returns
    -------
    tuple of float
        Largest -log10 p of an overlap between the tops, the bottoms, the top of x and the bottom
        of y, and the bottom of x and the top of y.

    Notes
    -----
    Plaisier et al., Nucleic Acids Research 38:e169 (2010). Each half of each ranking is cut at 20
    even steps; of the 400 overlaps the one with the largest likelihood ratio is tested.
    """
    n = x.size
    steps = np.unique(np.linspace(0, n // 2, RANK_STEPS + 1).astype(np.int64))[1:]
    ends = {"x": _ends(x, steps), "y": _ends(y, steps)}
    scores = [
        _largest_overlap(ends["x"][i], ends["y"][j], steps, n)
        for i, j in ((0, 0), (1, 1), (0, 1), (1, 0))
    ]
    return scores[0], scores[1], scores[2], scores[3]


def _ends(values: FloatArray, steps: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Return the first step that takes each gene in, (g,), from the top and from the bottom."""
    bottom = np.searchsorted(steps, values - 1.0, side="right")
    top = np.searchsorted(steps, values.size - values, side="right")
    return top, bottom


def _largest_overlap(
    x: NDArray[np.int64], y: NDArray[np.int64], steps: NDArray[np.int64], n: int
) -> float:
    k = steps.size
    counts = np.bincount(x * (k + 1) + y, minlength=(k + 1) ** 2).reshape(k + 1, k + 1)
    overlap = counts[:k, :k].cumsum(axis=0).cumsum(axis=1).astype(np.float64)
    a, b = steps[:, None].astype(np.float64), steps[None, :].astype(np.float64)
    table = (overlap, a - overlap, b - overlap, n - a - b + overlap)
    expected = (a * b / n, a * (n - b) / n, (n - a) * b / n, (n - a) * (n - b) / n)
    ratio = sum(xlogy(seen, seen / awaited) for seen, awaited in zip(table, expected, strict=True))
    i, j = np.unravel_index(
        int(np.argmax(np.where(overlap > expected[0], ratio, 0.0))), overlap.shape
    )
    tail = hypergeom.logsf(int(overlap[i, j]) - 1, n, int(steps[i]), int(steps[j]))
    return max(0.0, float(-tail / math.log(10.0)))
