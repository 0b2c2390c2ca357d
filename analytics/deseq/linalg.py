"""Small linear systems, one per gene, solved for all genes of a block at once.

Genes are the last axis of every array, so that each elementary step is one
operation on contiguous memory. A symmetric matrix per gene has shape (p, p, b)
with p coefficients and b genes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

CELLS_PER_BLOCK = 400_000


def gene_blocks(n_samples: int, n_genes: int) -> Iterator[slice]:
    """Cut the genes into blocks which keep temporaries small.

    Parameters
    ----------
    n_samples
        Number of samples, n.
    n_genes
        Number of genes, g.

    Yields
    ------
    slice
        Consecutive slices of at most ``CELLS_PER_BLOCK / n`` genes.
    """
    size = max(1, CELLS_PER_BLOCK // max(1, n_samples))
    for start in range(0, n_genes, size):
        yield slice(start, min(start + size, n_genes))


def factor_columns(factors: FloatArray, genes: slice | BoolArray) -> FloatArray:
    """Size factors as they multiply some genes' counts.

    Parameters
    ----------
    factors
        Size factors, (n,), or normalisation factors, (n, g).
    genes
        The b genes.

    Returns
    -------
    FloatArray
        (n, 1) or (n, b).
    """
    return factors[:, None] if factors.ndim == 1 else factors[:, genes]


def pair_products(design: FloatArray) -> FloatArray:
    """Products of all pairs of design columns.

    Parameters
    ----------
    design
        Design matrix, (n, p).

    Returns
    -------
    FloatArray
        (p (p + 1) / 2, n): row ``i (i + 1) / 2 + j`` holds column i times column j, j <= i.
    """
    rows, columns = np.tril_indices(design.shape[1])
    return np.ascontiguousarray((design[:, rows] * design[:, columns]).T)


def unpack(packed: FloatArray, p: int) -> FloatArray:
    """Spread lower triangles, (p (p + 1) / 2, b), into symmetric matrices, (p, p, b)."""
    rows, columns = np.tril_indices(p)
    index = np.empty((p, p), dtype=np.intp)
    index[rows, columns] = np.arange(rows.size)
    index[columns, rows] = index[rows, columns]
    return packed[index]


def with_ridge(matrix: FloatArray, ridge: FloatArray | float) -> FloatArray:
    """Add a ridge to the diagonal of every matrix.

    Parameters
    ----------
    matrix
        (p, p, b).
    ridge
        A number, one per coefficient, (p,), or one per coefficient and gene, (p, b).

    Returns
    -------
    FloatArray
        A new array, (p, p, b).
    """
    p = matrix.shape[0]
    result = matrix.copy()
    diagonal = np.arange(p)
    added = np.asarray(ridge)
    result[diagonal, diagonal] += (
        added if added.ndim == 2 else np.broadcast_to(added, (p,))[:, None]
    )
    return result


def cholesky(matrix: FloatArray) -> FloatArray:
    """Lower Cholesky factors, (p, p, b); a matrix which is not positive definite gives NaN."""
    p = matrix.shape[0]
    lower = np.zeros_like(matrix)
    with np.errstate(invalid="ignore", divide="ignore"):
        for j in range(p):
            column = matrix[j:, j] - np.einsum("ikb,kb->ib", lower[j:, :j], lower[j, :j])
            # a pivot of zero or below is no square: NaN marks the gene
            pivot = np.sqrt(np.where(column[0] > 0, column[0], np.nan))
            lower[j, j] = pivot
            lower[j + 1 :, j] = column[1:] / pivot
    return lower


def log_determinant(lower: FloatArray) -> FloatArray:
    """Logarithm of the determinant, (b,), from lower Cholesky factors, (p, p, b)."""
    diagonal = np.arange(lower.shape[0])
    logs: FloatArray = np.log(lower[diagonal, diagonal])
    return np.asarray(2.0 * logs.sum(axis=0))


def cholesky_solve(lower: FloatArray, right: FloatArray) -> FloatArray:
    """Solve the system behind lower Cholesky factors.

    Parameters
    ----------
    lower
        (p, p, b).
    right
        (p, b).

    Returns
    -------
    FloatArray
        (p, b).
    """
    p = lower.shape[0]
    x = np.empty_like(right)
    for i in range(p):
        x[i] = (right[i] - (lower[i, :i] * x[:i]).sum(axis=0)) / lower[i, i]
    for i in range(p - 1, -1, -1):
        x[i] = (x[i] - (lower[i + 1 :, i] * x[i + 1 :]).sum(axis=0)) / lower[i, i]
    return x


def cholesky_inverse(lower: FloatArray) -> FloatArray:
    """Inverse matrices, (p, p, b), from lower Cholesky factors, (p, p, b)."""
    p, _, b = lower.shape
    inverse = np.empty_like(lower)
    for j in range(p):
        unit = np.zeros((p, b))
        unit[j] = 1.0
        inverse[:, j] = cholesky_solve(lower, unit)
    return inverse
