"""Elimination of the many levels of one factor from systems with a few coefficients beside them.

The columns of a factor's levels share no sample, so X'WX is diagonal among them, and so it stays
with a ridge. Taking them out leaves a system of the few other coefficients, the border: an
intercept, batches, covariates. Time and memory grow with levels times border, not with the square
of the levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.deseq.linalg import (
    FloatArray,
    IntArray,
    cholesky,
    cholesky_inverse,
    cholesky_solve,
    log_determinant,
)

# With fewer levels the dense way is as fast.
FEWEST_LEVELS = 10
LARGEST_BORDER = 0.25


@dataclass(frozen=True)
class Border:
    """Which of p coefficients are eliminated, and where each product of columns is kept.

    Attributes
    ----------
    levels
        Columns of the design no two of which are both non-zero in one cell, (d,).
    others
        The border: all other columns, (e,).
    cell_level
        The position in ``levels`` of each cell's own column, (k,); -1 where it has none.
    rows
        Distinct rows of the design, (k, p).
    """

    levels: IntArray
    others: IntArray
    cell_level: IntArray
    rows: FloatArray

    @classmethod
    def of(cls, rows: FloatArray) -> Border | None:
        """Find the levels in the distinct rows of a design, (k, p); None where they are few."""
        present = (rows != 0.0).astype(np.int64)
        together = present.T @ present > 0
        np.fill_diagonal(together, False)
        kept = np.ones(rows.shape[1], dtype=np.bool_)
        while together[np.ix_(kept, kept)].any():
            kept[np.argmax(np.where(kept, together[:, kept].sum(axis=1), -1))] = False
        levels, others = np.flatnonzero(kept), np.flatnonzero(~kept)
        if levels.size < FEWEST_LEVELS or others.size > LARGEST_BORDER * levels.size:
            return None
        own = present[:, levels]
        cell_level = np.where(own.any(axis=1), own.argmax(axis=1), -1)
        return cls(levels, others, cell_level, rows)

    @cached_property
    def _corner(self) -> tuple[IntArray, IntArray]:
        return np.tril_indices(self.others.size)

    @cached_property
    def pairs(self) -> FloatArray:
        """Products of columns that are not zero throughout, (s, k), s = d + d e + e (e + 1) / 2.

        First the levels' squares, then each level with the border, then the border's triangle.
        """
        own, border = self.rows[:, self.levels], self.rows[:, self.others]
        low, high = self._corner
        mixed = (own[:, :, None] * border[:, None, :]).reshape(len(self.rows), -1)
        return np.ascontiguousarray(np.hstack([own**2, mixed, border[:, low] * border[:, high]]).T)

    def split(self, information: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return X'WX of (s, b) as the levels' diagonal (d, b), (d, e, b) and corner (e, e, b)."""
        d, e, b = self.levels.size, self.others.size, information.shape[1]
        low, high = self._corner
        corner = np.empty((e, e, b))
        corner[low, high] = corner[high, low] = information[d + d * e :]
        return information[:d], information[d : d + d * e].reshape(d, e, b), corner

    def matrix(self, information: FloatArray) -> FloatArray:
        """Write out X'WX, (p, p, b)."""
        diagonal, mixed, corner = self.split(information)
        p = self.rows.shape[1]
        full = np.zeros((p, p, information.shape[1]))
        full[self.levels, self.levels] = diagonal
        full[np.ix_(self.levels, self.others)] = mixed
        full[np.ix_(self.others, self.levels)] = mixed.transpose(1, 0, 2)
        full[np.ix_(self.others, self.others)] = corner
        return full

    def eliminate(self, information: FloatArray, ridge: FloatArray) -> Eliminated:
        """Factorise X'WX, (s, b), plus a diagonal, (p, 1) or (p, b)."""
        diagonal, mixed, corner = self.split(information)
        diagonal = diagonal + ridge[self.levels]
        # no matrix with such an entry is positive definite: NaN marks the gene
        diagonal = np.where(diagonal > 0, diagonal, np.nan)
        share = mixed / diagonal[:, None]
        left = corner - np.einsum("ieb,ifb->efb", mixed, share)
        own = np.arange(self.others.size)
        left[own, own] += ridge[self.others]
        return Eliminated(self, diagonal, share, cholesky(left))


@dataclass(frozen=True)
class Eliminated:
    """A factorised system of b genes.

    Attributes
    ----------
    diagonal
        Of the levels, (d, b).
    share
        What the levels carry of the border, (d, e, b).
    lower
        Cholesky factors of what is left of the border, (e, e, b).
    """

    border: Border
    diagonal: FloatArray
    share: FloatArray
    lower: FloatArray

    def log_determinant(self) -> FloatArray:
        """Return the log determinant, (b,)."""
        return np.asarray(np.log(self.diagonal).sum(axis=0) + log_determinant(self.lower))

    def solve(self, right: FloatArray) -> FloatArray:
        """Solve for right sides, (p, b)."""
        levels, others = self.border.levels, self.border.others
        rest = right[others] - np.einsum("ieb,ib->eb", self.share, right[levels])
        solved = np.empty_like(right)
        solved[others] = cholesky_solve(self.lower, rest)
        solved[levels] = right[levels] / self.diagonal
        solved[levels] -= np.einsum("ieb,eb->ib", self.share, solved[others])
        return solved

    def forms(self) -> FloatArray:
        """Return x' A x of each cell's row x, (k, b), for the inverses A."""
        border = self.border
        inverse = cholesky_inverse(self.lower)
        result = np.empty((len(border.rows), self.diagonal.shape[1]))
        for k, (row, level) in enumerate(zip(border.rows, border.cell_level, strict=True)):
            rest = np.broadcast_to(row[border.others][:, None], self.share.shape[1:])
            own: FloatArray | float = 0.0
            if level >= 0:
                entry = row[border.levels[level]]
                rest = rest - entry * self.share[level]
                own = entry**2 / self.diagonal[level]
            result[k] = own + np.einsum("eb,efb,fb->b", rest, inverse, rest)
        return result
