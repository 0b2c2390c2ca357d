"""What a design matrix says about its samples: its cells, and sums over them.

Samples with equal rows of the design, a cell, share their linear predictor, so
weights need only be summed by cell. A design with as many cells as coefficients is a
one-way layout in other coordinates: there the information matrix is diagonal but for
the ridge, however many groups there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.deseq.bordered import Border
from analytics.deseq.linalg import (
    BoolArray,
    FloatArray,
    IntArray,
    cholesky,
    cholesky_inverse,
    cholesky_solve,
    log_determinant,
    pair_products,
    unpack,
    with_ridge,
)

RIDGE = 1e-6 / np.log(2.0) ** 2
SERIES_LENGTH = 60
SERIES_TOLERANCE = 1e-15
UNTOUCHED = 1e-12


def cells(design: FloatArray) -> tuple[FloatArray, IntArray]:
    """Group samples with equal rows of the design.

    Parameters
    ----------
    design
        Design matrix, (n, p).

    Returns
    -------
    rows : FloatArray
        The distinct rows, (k, p).
    cell : IntArray
        The distinct row of each sample, (n,).
    """
    rows, cell = np.unique(design, axis=0, return_inverse=True)
    return rows, cell.reshape(-1).astype(np.int64)


def in_large_cell(design: FloatArray, replicates: int) -> BoolArray:
    """Tell which samples, (n,), share their row of the design with enough others."""
    _, cell = cells(design)
    return np.asarray(np.bincount(cell)[cell] >= replicates)


@dataclass(frozen=True)
class Layout:
    """A design of full rank with its k cells and p coefficients.

    An *information* below is what is kept of each gene's X'WX, (s, b): the summed
    weights of the cells for a one-way layout (s = k), else the lower triangle
    (s = p (p + 1) / 2), or what is not zero of it where a factor has many levels.

    Attributes
    ----------
    rows
        Distinct rows of the design, (k, p).
    cell
        The cell of each sample, (n,).
    """

    rows: FloatArray
    cell: IntArray

    @classmethod
    def of(cls, design: FloatArray) -> Layout:
        """Read a design matrix, (n, p)."""
        rows, cell = cells(design)
        if len(rows) == len(design):
            return cls(design, np.arange(len(design)))
        return cls(rows, cell)

    @property
    def one_way(self) -> bool:
        """Whether there are as many cells as coefficients."""
        k, p = self.rows.shape
        return bool(k == p)

    @cached_property
    def border(self) -> Border | None:
        """What stands beside a factor of many levels, unless the layout is one-way."""
        return None if self.one_way else Border.of(self.rows)

    @cached_property
    def pairs(self) -> FloatArray:
        """Products of pairs of columns, (p (p + 1) / 2, k), or those that a border keeps."""
        return pair_products(self.rows) if self.border is None else self.border.pairs

    @cached_property
    def _inverse(self) -> FloatArray:
        """From cell predictors to coefficients in a one-way layout, (p, k)."""
        return np.asarray(np.linalg.inv(self.rows), dtype=np.float64)

    @cached_property
    def _ridge_between_cells(self) -> FloatArray:
        """The ridge in the coordinates of the cells, (k, k)."""
        return np.asarray(RIDGE * self._inverse.T @ self._inverse, dtype=np.float64)

    def spread(self, by_cell: FloatArray) -> FloatArray:
        """Give each sample its cell's values: (k, b) to (n, b)."""
        return by_cell if len(self.cell) == len(self.rows) else by_cell[self.cell]

    def sums(self, values: FloatArray) -> FloatArray:
        """Add the values of each cell's samples: (n, b) to (k, b)."""
        if len(self.cell) == len(self.rows):
            return values
        total = np.zeros((len(self.rows), values.shape[1]))
        self.add(values, slice(None), total)
        return total

    def add(self, values: FloatArray, samples: slice, total: FloatArray) -> None:
        """Add some samples' values, (m, b), to the sums of their cells, (k, b)."""
        for cell, row in zip(self.cell[samples], values, strict=True):
            total[cell] += row

    def information(self, sums: FloatArray) -> FloatArray:
        """Reduce summed weights, (k, b), to what is kept of X'WX, (s, b)."""
        return sums if self.one_way else np.asarray(self.pairs @ sums)

    def matrix(self, information: FloatArray) -> FloatArray:
        """Write out X'WX, (p, p, b)."""
        if self.border is not None:
            return self.border.matrix(information)
        packed = self.pairs @ information if self.one_way else information
        return unpack(np.asarray(packed), self.rows.shape[1])

    def least_squares(self, values: FloatArray) -> FloatArray:
        """Coefficients of least squares, (p, b), for values by sample, (n, b)."""
        if self.one_way:
            sizes = np.bincount(self.cell)[:, None]
            return np.asarray(self._inverse @ (self.sums(values) / sizes))
        design = self.spread(self.rows)
        return np.asarray(np.linalg.lstsq(design, values, rcond=None)[0], dtype=np.float64)

    def ridge_fit(self, information: FloatArray, right: FloatArray) -> FloatArray:
        """Coefficients of weighted ridge regression.

        Parameters
        ----------
        information
            (s, b).
        right
            Weighted responses summed by cell, (k, b).

        Returns
        -------
        FloatArray
            (p, b).
        """
        if self.one_way:
            return np.asarray(
                self._inverse @ _series(information, right, self._ridge_between_cells)
            )
        return self.solve(information, RIDGE, self.rows.T @ right)

    def solve(
        self, information: FloatArray, ridge: FloatArray | float, right: FloatArray
    ) -> FloatArray:
        """Solve (X'WX + a diagonal) x = right.

        Parameters
        ----------
        information
            (s, b).
        ridge
            A number, one per coefficient, (p,), or one per coefficient and gene, (p, b).
        right
            (p, b).

        Returns
        -------
        FloatArray
            (p, b); NaN where the matrix is not positive definite.
        """
        if self.border is not None:
            return self.border.eliminate(information, self._column(ridge)).solve(right)
        return cholesky_solve(cholesky(with_ridge(self.matrix(information), ridge)), right)

    def _column(self, ridge: FloatArray | float) -> FloatArray:
        """Return a ridge as one number per coefficient, (p, 1), or gene as well, (p, b)."""
        wide = np.asarray(ridge, dtype=np.float64)
        return wide if wide.ndim == 2 else np.broadcast_to(wide, (self.rows.shape[1],))[:, None]

    def variance(
        self, information: FloatArray, contrast: FloatArray, ridge: FloatArray | None = None
    ) -> FloatArray:
        """Variance of a contrast of ridge coefficients.

        Parameters
        ----------
        information
            (s, b).
        contrast
            (p,).
        ridge
            What was added to each coefficient's precision, (p,), if not the usual.

        Returns
        -------
        FloatArray
            (b,): c' (X'WX + r)^-1 X'WX (X'WX + r)^-1 c.
        """
        b = information.shape[1]
        if self.one_way and ridge is None:
            by_cell = self._inverse.T @ contrast
            # what the ridge carries to the other cells enters as its square, and vanishes
            touched = np.flatnonzero(np.abs(by_cell) > UNTOUCHED * np.abs(by_cell).max())
            own = information[touched]
            right = np.repeat(by_cell[touched, None], b, axis=1)
            solved = _series(own, right, self._ridge_between_cells[np.ix_(touched, touched)])
            return np.asarray((solved**2 * own).sum(axis=0))
        right = np.repeat(contrast[:, None], b, axis=1)
        if self.border is not None:
            added = self._column(RIDGE if ridge is None else ridge)
            solved = self.border.eliminate(information, added).solve(right)
            # X'WX x = c - r x
            return np.asarray((solved * (right - added * solved)).sum(axis=0))
        matrix = self.matrix(information)
        lower = cholesky(with_ridge(matrix, RIDGE if ridge is None else ridge))
        solved = cholesky_solve(lower, right)
        return np.asarray(np.einsum("ib,ijb,jb->b", solved, matrix, solved))

    def leverage(self, information: FloatArray) -> FloatArray:
        """Return x' (X'WX + ridge)^-1 x of each cell's row x, (k, b), from (s, b)."""
        if self.one_way:
            # what the ridge carries from cell to cell is its square, and vanishes
            own = np.diagonal(self._ridge_between_cells)[:, None]
            return np.asarray(1.0 / (information + own))
        return self._forms(information, RIDGE)

    def log_determinant(self, information: FloatArray) -> FloatArray:
        """Return the log determinant of X'WX, (b,), from (s, b), s not of a one-way layout."""
        if self.border is not None:
            return self.border.eliminate(information, self._column(0.0)).log_determinant()
        return log_determinant(cholesky(self.matrix(information)))

    def _forms(self, information: FloatArray, ridge: float) -> FloatArray:
        """Return x' (X'WX + ridge)^-1 x of each cell's row x, (k, b)."""
        if self.border is not None:
            return self.border.eliminate(information, self._column(ridge)).forms()
        matrix = self.matrix(information)
        inverse = cholesky_inverse(cholesky(with_ridge(matrix, ridge) if ridge else matrix))
        rows, columns = np.tril_indices(self.rows.shape[1])
        twice = np.where(rows == columns, 1.0, 2.0)[:, None]
        return np.asarray(self.pairs.T @ (inverse[rows, columns] * twice))


def _series(sums: FloatArray, right: FloatArray, ridge: FloatArray) -> FloatArray:
    """Solve (diagonal of sums + ridge) x = right in the coordinates of the cells.

    The ridge is small against any sum of weights, so a few terms of the series in it are
    exact to rounding.

    Parameters
    ----------
    sums, right
        (k, b).
    ridge
        (k, k).

    Returns
    -------
    FloatArray
        (k, b).
    """
    first = right / sums
    x = first
    for _ in range(SERIES_LENGTH):
        following = first - (ridge @ x) / sums
        change = np.abs(following - x).max(initial=0.0)
        x = following
        if not change > SERIES_TOLERANCE * np.abs(x).max(initial=0.0):
            break
    return np.asarray(x, dtype=np.float64)


@dataclass(frozen=True)
class CoxReid:
    """Half the log determinant of X'WX, taken off the profile likelihood.

    Attributes
    ----------
    layout
        The design.
    """

    layout: Layout

    @cached_property
    def _log_scale(self) -> float:
        """Log determinant of the change to cell coordinates."""
        return 2.0 * float(np.linalg.slogdet(self.layout.rows)[1])

    def value(self, sums: FloatArray) -> FloatArray:
        """Return the adjustment, (b,), for weights summed by cell, (k, b)."""
        if self.layout.one_way:
            return np.asarray(-0.5 * (np.log(sums).sum(axis=0) + self._log_scale))
        return -0.5 * self.layout.log_determinant(self.layout.information(sums))

    def slope(self, sums: FloatArray, changes: FloatArray) -> FloatArray:
        """Return the adjustment's derivative, (b,).

        Parameters
        ----------
        sums, changes
            The weights and their derivatives, summed by cell, (k, b).
        """
        layout = self.layout
        if layout.one_way:
            return np.asarray(-0.5 * (changes / sums).sum(axis=0))
        forms = layout._forms(layout.information(sums), 0.0)
        return np.asarray(-0.5 * (forms * changes).sum(axis=0))
