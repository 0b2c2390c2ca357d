"""pydeseq2's data set with the normalisation of the reference implementation."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
from pydeseq2.dds import DeseqDataSet

from analytics.deseq import size_factors
from analytics.deseq.linalg import BoolArray, FloatArray

SizeFactorType = Literal["ratio", "poscounts", "iterative"]


class NormalisedDataSet(DeseqDataSet):  # type: ignore[misc]  # pydeseq2 ships no types
    """Counts with what makes them comparable: size factors, or a factor for each count.

    Parameters
    ----------
    normalisation
        Normalisation factors, (n, g), positive, which then stand in place of fitted size
        factors; ``obs["size_factors"]`` holds each sample's mean over genes with counts.
    **options
        Arguments of :class:`pydeseq2.dds.DeseqDataSet`.
    """

    def __init__(
        self,
        normalisation: FloatArray | None = None,
        **options: Any,  # noqa: ANN401  handed on to pydeseq2
    ) -> None:
        super().__init__(**options)
        self._normalisation = normalisation

    @property
    def factors(self) -> FloatArray:
        """Size factors, (n,), or normalisation factors, (n, g)."""
        if self._normalisation is not None:
            return self._normalisation
        return np.asarray(self.obs["size_factors"], dtype=np.float64)

    @property
    def sample_factors(self) -> FloatArray:
        """Size factors, or the mean normalisation factors of genes with counts, (n,)."""
        return np.asarray(self.obs["size_factors"], dtype=np.float64)

    def factors_of(self, genes: Any) -> FloatArray:  # noqa: ANN401  mask or positions
        """Size factors, (n,), or the normalisation factors of some genes, (n, b)."""
        factors = self.factors
        return factors if factors.ndim == 1 else factors[:, genes]

    def fit_size_factors(
        self,
        fit_type: SizeFactorType | None = None,
        control_genes: Any = None,  # noqa: ANN401  any indexer of genes
    ) -> None:
        """Fit size factors by the median of ratios.

        Where every gene has a zero, positive counts are used instead, with a warning. With
        normalisation factors nothing is fitted.

        Parameters
        ----------
        fit_type
            ``ratio`` or ``poscounts``; by default what the data set was made with.
        control_genes
            Genes to use; by default what the data set was made with.

        Raises
        ------
        ValueError
            If another type is asked for.
        """
        if self._normalisation is not None:
            self._set_factors(self._normalisation)
            return
        kind = fit_type or self.size_factors_fit_type
        if kind not in ("ratio", "poscounts"):
            raise ValueError(f"Size factors are fitted by ratio or poscounts, not by {kind}.")
        chosen = self.control_genes if control_genes is None else control_genes
        control: BoolArray = np.ones(self.n_vars, dtype=np.bool_)
        if chosen is not None:
            control[:] = False
            control[self._normalize_indices((slice(None), chosen))[1]] = True

        log_means, usable = size_factors.ratio_reference(self.X)
        if kind == "ratio" and not (usable & control).any():
            warnings.warn(
                "Every gene has a zero count in some sample: size factors are fitted over "
                "positive counts.",
                UserWarning,
                stacklevel=2,
            )
            kind = "poscounts"
        if kind == "poscounts":
            factors = size_factors.positive_size_factors(self.X, control)
            log_means, usable = size_factors.positive_reference(self.X)
        else:
            factors = size_factors.median_of_ratios(self.X, log_means, usable & control)
        self.logmeans, self.filtered_genes = log_means, usable
        self._set_factors(factors)

    def _set_factors(self, factors: FloatArray) -> None:
        """Normalise by size factors, (n,), or by normalisation factors, (n, g)."""
        if factors.ndim == 2:
            self._normalisation = factors
            self.obs["size_factors"] = factors[:, (self.X > 0).any(axis=0)].mean(axis=1)
            self.layers["normed_counts"] = self.X / factors
        else:
            self.obs["size_factors"] = factors
            self.layers["normed_counts"] = self.X / factors[:, None]
        self.var["_normed_means"] = self.layers["normed_counts"].mean(axis=0)
