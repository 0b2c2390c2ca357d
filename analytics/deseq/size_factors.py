"""Size factors: what each sample's counts are divided by to become comparable.

Method: median of ratios to the genes' geometric means (Anders and Huber, Genome
Biology 11:R106, 2010), and its variant over positive counts for data in which no
gene is seen in every sample.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.deseq.linalg import BoolArray, FloatArray


def ratio_reference(counts: NDArray[np.number]) -> tuple[FloatArray, BoolArray]:
    """Log geometric mean of each gene, and whether the gene is seen in every sample.

    Parameters
    ----------
    counts
        (n, g).

    Returns
    -------
    log_means : FloatArray
        (g,); minus infinity for genes with a zero.
    usable : BoolArray
        (g,).
    """
    usable: BoolArray = np.asarray((counts > 0).all(axis=0))
    log_means = np.full(counts.shape[1], -np.inf)
    log_means[usable] = np.log(counts[:, usable]).mean(axis=0)
    return log_means, usable


def positive_reference(counts: NDArray[np.number]) -> tuple[FloatArray, BoolArray]:
    """Like :func:`ratio_reference`, with zeros counted as ones and unseen genes left out."""
    usable: BoolArray = np.asarray((counts > 0).any(axis=0))
    log_means = np.full(counts.shape[1], -np.inf)
    log_means[usable] = np.log(np.maximum(counts[:, usable], 1)).mean(axis=0)
    return log_means, usable


def median_of_ratios(
    counts: NDArray[np.number], log_means: FloatArray, usable: BoolArray
) -> FloatArray:
    """Median over usable genes of each sample's counts against the reference.

    Parameters
    ----------
    counts
        (n, g).
    log_means
        Log of the reference, (g,).
    usable
        Genes with a reference, (g,).

    Returns
    -------
    FloatArray
        (n,).

    Raises
    ------
    ValueError
        If a sample has no count in any usable gene.
    """
    chosen, reference = counts[:, usable], log_means[usable]
    factors = np.empty(counts.shape[0])
    for i, row in enumerate(chosen):
        seen = row > 0
        if not seen.any():
            raise ValueError(
                f"Sample number {i + 1} has no count in any of the {reference.size} genes "
                "that size factors rest on; leave it out."
            )
        factors[i] = np.exp(np.median(np.log(row[seen]) - reference[seen]))
    return factors


def positive_size_factors(counts: NDArray[np.number], control: BoolArray) -> FloatArray:
    """Size factors over positive counts, scaled to a geometric mean of one.

    Parameters
    ----------
    counts
        (n, g).
    control
        Genes which may be used, (g,).

    Returns
    -------
    FloatArray
        (n,).
    """
    log_means, usable = positive_reference(counts)
    factors = median_of_ratios(counts, log_means, usable & control)
    return np.asarray(factors / np.exp(np.log(factors).mean()), dtype=np.float64)


def factors_from_lengths(counts: NDArray[np.integer], lengths: FloatArray) -> FloatArray:
    """Normalisation factors that take out transcript length as well as depth.

    A gene whose samples express transcripts of different lengths has counts in proportion
    to those lengths; quantifiers give their average per gene and sample.

    Parameters
    ----------
    counts
        (n, g).
    lengths
        Average transcript lengths, (n, g), positive, in bases or any other unit.

    Returns
    -------
    FloatArray
        (n, g); the geometric mean over samples is one in every gene.

    Raises
    ------
    ValueError
        If a length is not positive, or a sample has no count in any usable gene.

    Notes
    -----
    Soneson, Love and Robinson, F1000Research 4:1521 (2015): size factors are fitted to the
    counts divided by relative lengths, and multiplied with them.
    """
    if lengths.shape != counts.shape or not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ValueError(f"Average lengths must be positive numbers of shape {counts.shape}.")
    relative = lengths / np.exp(np.log(lengths).mean(axis=0))
    scaled = counts / relative
    log_means, usable = ratio_reference(scaled)
    size = (
        median_of_ratios(scaled, log_means, usable)
        if usable.any()
        else positive_size_factors(scaled, np.ones(counts.shape[1], dtype=np.bool_))
    )
    factors = relative * size[:, None]
    return np.asarray(factors / np.exp(np.log(factors).mean(axis=0)), dtype=np.float64)
