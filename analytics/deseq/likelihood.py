"""The negative binomial log likelihood of each gene and its slope by the dispersion.

Among counts the log Gamma function and digamma are most of the cost. Both move their argument
c + r (c a count, r = 1 / alpha) up by eight, where Stirling's series is exact to rounding
(Abramowitz and Stegun 1964, 6.1.40 and 6.3.18), and take the eight steps off again by the
recurrence (6.1.15 and 6.3.5). The steps x, x + 1, ..., x + 7 are multiplied in pairs from both
ends: each pair is y = x (x + 7) and a constant. The series' leading logarithm is merged with the
likelihood's own, so that what is added up is of the size of a residual, not of log c!, and
rounds less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import numpy as np
from scipy.special import digamma, gammaln

from analytics.deseq.design import Layout
from analytics.deseq.linalg import FloatArray

# Where a climb ends is a matter of rounding for genes of almost no dispersion, and for one gene in
# some ten thousand else: up to this many samples, where one term more costs little, and beyond this
# size the likelihood is added up plainly, which rounds as the reference implementation does.
PLAIN_SAMPLES: Final = 100
PLAIN_SIZE: Final = 1e4

SHIFT: Final = 8.0
# enough to hide the cost of a call, few enough for the arrays to stay in a processor's cache
CELLS_PER_PASS: Final = 16_384

# of dispersions, (b,), counts and means, (n, b)
Sum: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]

_HALF_LOG_2_PI: Final = 0.5 * float(np.log(2.0 * np.pi))
# Bernoulli numbers B(2k) over 2k (2k - 1) and over 2k, k = 7 to 1
_LOG_GAMMA: Final = (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
_DIGAMMA: Final = (1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12)


def log_likelihood(alpha: FloatArray, counts: FloatArray, mu: FloatArray) -> FloatArray:
    """Log likelihood of the dispersion, without the terms that are free of it.

    Parameters
    ----------
    alpha
        Dispersion, (b,).
    counts, mu
        Counts and their means, (n, b); means are positive.

    Returns
    -------
    FloatArray
        (b,), in natural-log units.
    """
    return _summed(_likelihood, _plain_likelihood, alpha, counts, mu)


def slope(alpha: FloatArray, counts: FloatArray, mu: FloatArray) -> FloatArray:
    """Return the derivative of :func:`log_likelihood` by log alpha, (b,); parameters as there."""
    return _summed(_slope, _plain_slope, alpha, counts, mu)


def _summed(
    fast: Sum, plain: Sum, alpha: FloatArray, counts: FloatArray, mu: FloatArray
) -> FloatArray:
    """Take the plain sum where rounding matters or costs little, else the fast one."""
    if len(counts) <= PLAIN_SAMPLES:
        return plain(alpha, counts, mu)
    value = fast(alpha, counts, mu)
    small = alpha < 1.0 / PLAIN_SIZE
    if small.any():
        value[small] = plain(alpha[small], counts[:, small], mu[:, small])
    return value


def weights_by_cell(alpha: FloatArray, mu: FloatArray, layout: Layout) -> FloatArray:
    """Sum the weights 1 / (1 / mu + alpha), (n, b), of each cell's samples, (k, b)."""
    sums = np.zeros((len(layout.rows), alpha.size))
    for samples, (weights,) in _passes(mu.shape, 1):
        np.divide(1.0, mu[samples], out=weights)
        weights += alpha
        np.divide(1.0, weights, out=weights)
        layout.add(weights, samples, sums)
    return sums


def weight_changes_by_cell(
    alpha: FloatArray, mu: FloatArray, layout: Layout
) -> tuple[FloatArray, FloatArray]:
    """Return the sums of :func:`weights_by_cell` and their derivatives by alpha, (k, b) each."""
    sums, changes = np.zeros((2, len(layout.rows), alpha.size))
    for samples, (weights,) in _passes(mu.shape, 1):
        np.divide(1.0, mu[samples], out=weights)
        weights += alpha
        np.divide(1.0, weights, out=weights)
        layout.add(weights, samples, sums)
        weights *= weights
        np.negative(weights, out=weights)
        layout.add(weights, samples, changes)
    return sums, changes


def _plain_likelihood(alpha: FloatArray, counts: FloatArray, mu: FloatArray) -> FloatArray:
    size = 1.0 / alpha
    terms = gammaln(counts + size)
    terms -= gammaln(size)
    terms -= counts * np.log(mu + size)
    terms -= size * np.log(1.0 + mu * alpha)
    # adding row by row keeps the order of summation, which decides at alpha < 1e-6
    return np.asarray(terms.sum(axis=0))


def _plain_slope(alpha: FloatArray, counts: FloatArray, mu: FloatArray) -> FloatArray:
    size = 1.0 / alpha
    scaled = mu * alpha
    terms = digamma(size) - digamma(counts + size)
    terms += np.log(1.0 + scaled)
    terms -= scaled / (1.0 + scaled)
    terms += counts / (mu + size)
    return np.asarray(size * terms.sum(axis=0))


def _likelihood(alpha: FloatArray, counts: FloatArray, mu: FloatArray) -> FloatArray:
    size, n = 1.0 / alpha, len(counts)
    total = np.zeros(size.size)
    for rows, (x, z, w, y, t) in _passes(counts.shape, 5):
        np.add(counts[rows], size, out=x)
        np.add(x, SHIFT, out=z)
        # the eight steps over z^8 and its half power: t = log(sqrt(z) steps / z^8)
        np.add(x, 7.0, out=y)
        y *= x
        np.add(y, 6.0, out=t)
        t *= y
        np.add(y, 10.0, out=w)
        t *= w
        w += 2.0
        t *= w
        np.multiply(z, z, out=w)
        np.multiply(w, w, out=y)
        y *= y
        t /= y
        np.sqrt(z, out=y)
        t *= y
        np.log(t, out=t)
        # x log(z / (mu + size))
        np.add(mu[rows], size, out=y)
        np.divide(z, y, out=y)
        np.log(y, out=y)
        y *= x
        y -= t
        # the series
        np.divide(1.0, z, out=z)
        np.multiply(z, z, out=w)
        _polynomial(w, _LOG_GAMMA, out=t)
        t *= z
        y += t
        y -= x
        total += y.sum(axis=0)
    total += n * (_HALF_LOG_2_PI - SHIFT)
    total += n * (size * np.log(size) - gammaln(size))
    return total


def _slope(alpha: FloatArray, counts: FloatArray, mu: FloatArray) -> FloatArray:
    size, n = 1.0 / alpha, len(counts)
    total = np.zeros(size.size)
    for rows, (x, z, w, y, t) in _passes(counts.shape, 5):
        np.add(counts[rows], size, out=x)
        # (a b)' / (a b) with a = y (y + 6) and b = (y + 10) (y + 12), and y' = 2 (x + 3.5)
        np.add(x, 7.0, out=y)
        y *= x
        np.add(y, 6.0, out=z)
        z *= y
        np.add(y, 22.0, out=w)
        w *= y
        w += 120.0
        np.add(y, 11.0, out=t)
        t *= z
        y += 3.0
        y *= w
        t += y
        w *= z
        t /= w
        np.add(x, 3.5, out=y)
        t *= y
        t *= 4.0
        # less log(z / (mu + size)), plus (counts - mu) / (mu + size)
        x += SHIFT
        np.add(mu[rows], size, out=y)
        np.divide(1.0, y, out=y)
        np.subtract(counts[rows], mu[rows], out=w)
        w *= y
        t += w
        y *= x
        np.log(y, out=y)
        t -= y
        # the series
        np.divide(1.0, x, out=z)
        np.multiply(z, z, out=w)
        _polynomial(w, _DIGAMMA, out=y)
        y *= z
        y += 0.5
        y *= z
        t += y
        total += t.sum(axis=0)
    total += n * (digamma(size) - np.log(size))
    return np.asarray(size * total)


def _passes(shape: tuple[int, ...], arrays: int) -> Iterator[tuple[slice, FloatArray]]:
    """Cut the rows into passes; yield each with its (arrays, rows, b) of room to work in."""
    n, b = shape
    height = max(1, CELLS_PER_PASS // max(1, b))
    work = np.empty((arrays, min(height, n), b))
    for start in range(0, n, height):
        rows = slice(start, min(start + height, n))
        yield rows, work[:, : rows.stop - rows.start]


def _polynomial(square: FloatArray, coefficients: tuple[float, ...], out: FloatArray) -> None:
    np.multiply(square, coefficients[0], out=out)
    for coefficient in coefficients[1:-1]:
        out += coefficient
        out *= square
    out += coefficients[-1]
