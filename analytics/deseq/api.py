"""One function for the rest of the product: fit a design, then ask for contrasts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from analytics.deseq.dataset import VectorisedDeseqDataSet
    from analytics.deseq.stats import VectorisedDeseqStats

LOG_OF_TWO = float(np.log(2.0))


@dataclass(frozen=True)
class Contrast:
    """A comparison of two levels: the sign is always numerator over denominator."""

    factor: str
    numerator: str
    denominator: str


@dataclass(frozen=True)
class Fit:
    """A fitted design of n samples and g genes; genes stay in the order of the counts.

    Attributes
    ----------
    size_factors
        (n,).
    base_mean
        Mean normalised count, (g,), after outliers were replaced.
    dispersion
        Final dispersion, (g,); NaN where all counts are zero.
    outlier
        Genes whose p value hangs on one outlying count, (g,).
    all_zero
        Genes without a count, (g,).
    converged
        Genes whose coefficients converged, (g,); False where all counts are zero.
    """

    size_factors: NDArray[np.float64]
    base_mean: NDArray[np.float64]
    dispersion: NDArray[np.float64]
    outlier: NDArray[np.bool_]
    all_zero: NDArray[np.bool_]
    converged: NDArray[np.bool_]
    _dataset: VectorisedDeseqDataSet = field(repr=False)

    def results(
        self,
        contrast: Contrast | NDArray[np.float64],
        alpha: float = 0.05,
        lfc_null: float = 0.0,
        alt_hypothesis: Literal["greaterAbs", "lessAbs", "greater", "less"] | None = None,
        shrink: bool = True,
    ) -> pd.DataFrame:
        """Test one contrast in every gene.

        Parameters
        ----------
        contrast
            Two levels of a factor, or a vector over the coefficients, (p,).
        alpha
            False-discovery rate which independent filtering is tuned to.
        lfc_null
            Null value of the log2 fold change.
        alt_hypothesis
            None: the change differs from the null; ``greater``, ``less``: it lies above,
            below; ``greaterAbs``, ``lessAbs``: its size does.
        shrink
            Whether to add apeGLM's shrunken changes; without, their columns are NaN.

        Returns
        -------
        pandas.DataFrame
            One row per gene: base_mean, log2_fold_change, lfc_se, stat, p_value, padj,
            shrunken_log2_fold_change, shrunken_lfc_se (changes and errors in log2 units)
            and not_tested_reason (``all_zero``, ``outlier``, ``low_count`` or None).

        Raises
        ------
        ValueError
            If the contrast does not fit the design, or the null the alternative.
        """
        # pydeseq2 and what it imports take seconds
        from analytics.deseq.stats import VectorisedDeseqStats

        stats = VectorisedDeseqStats(
            self._dataset,
            contrast=self._checked(contrast),
            alpha=alpha,
            lfc_null=lfc_null,
            alt_hypothesis=alt_hypothesis,
            inference=self._dataset.inference,
            quiet=True,
        )
        stats.run_wald_test()
        stats._cooks_filtering()
        stats._independent_filtering()
        return self._table(stats, shrink)

    def _checked(self, contrast: Contrast | NDArray[np.float64]) -> list[str] | NDArray[np.float64]:
        coefficients = self._dataset.design_array.shape[1]
        if isinstance(contrast, Contrast):
            obs = self._dataset.obs
            if contrast.factor not in self._dataset.variables:
                raise ValueError(f"The design has no factor {contrast.factor!r}.")
            known = obs[contrast.factor].astype(str).unique()
            for level in (contrast.numerator, contrast.denominator):
                if level not in known:
                    raise ValueError(
                        f"The factor {contrast.factor!r} has no level {level!r}; it has "
                        f"{', '.join(sorted(known))}."
                    )
            if contrast.numerator == contrast.denominator:
                raise ValueError(f"The contrast compares {contrast.numerator!r} with itself.")
            return [contrast.factor, contrast.numerator, contrast.denominator]
        if contrast.shape != (coefficients,):
            raise ValueError(
                f"A contrast vector of this design has {coefficients} entries, not {contrast.size}."
            )
        return np.asarray(contrast, dtype=np.float64)

    def _table(self, stats: VectorisedDeseqStats, shrink: bool) -> pd.DataFrame:
        shrunken = shrunken_error = np.full(self.base_mean.size, np.nan)
        if shrink:
            shrunken, shrunken_error, _ = stats.shrunken_change()
        p_value = stats.p_values.to_numpy(np.float64)
        padj = stats.padj.to_numpy(np.float64)
        reason = np.full(p_value.size, None, dtype=object)
        reason[np.isnan(padj)] = "low_count"
        reason[self.outlier] = "outlier"
        reason[self.all_zero] = "all_zero"
        return pd.DataFrame(
            {
                "base_mean": self.base_mean,
                "log2_fold_change": stats.change / LOG_OF_TWO,
                "lfc_se": stats.SE.to_numpy(np.float64) / LOG_OF_TWO,
                "stat": stats.statistics.to_numpy(np.float64),
                "p_value": p_value,
                "padj": padj,
                "shrunken_log2_fold_change": shrunken / LOG_OF_TWO,
                "shrunken_lfc_se": shrunken_error / LOG_OF_TWO,
                "not_tested_reason": reason,
            }
        )


def fit_design(counts: NDArray[np.integer], metadata: pd.DataFrame, design: str) -> Fit:
    """Fit a negative binomial model to every gene.

    Parameters
    ----------
    counts
        Non-negative integers, (n, g).
    metadata
        One row per sample in the counts' order, indexed by sample id, with a column for
        each factor of the design.
    design
        Formula, such as ``~ donor + drug``. Text columns are factors whose first level in
        alphabetical order is the reference; numbers are covariates.

    Returns
    -------
    Fit
        The fitted design.

    Raises
    ------
    ValueError
        If counts and metadata do not fit together, a count is negative or no integer, or
        the design leaves no replicate or is not of full rank.
    """
    # pydeseq2 and what it imports take seconds
    from analytics.deseq.dataset import VectorisedDeseqDataSet

    _check(counts, metadata)
    with warnings.catch_warnings():
        # the rank is checked below with an error, and gene positions serve as names
        warnings.filterwarnings("ignore", message="The design matrix is not full rank")
        warnings.filterwarnings("ignore", message="Transforming to str index")
        dataset = VectorisedDeseqDataSet(
            counts=pd.DataFrame(counts, index=metadata.index.astype(str)),
            metadata=metadata.set_axis(metadata.index.astype(str)),
            design=design,
        )
        n, p = dataset.design_array.shape
        if np.linalg.matrix_rank(dataset.design_array) < p:
            raise ValueError(
                f"The design {design!r} is not of full rank: some factors cannot be told apart "
                "in these samples."
            )
        if n <= p:
            raise ValueError(
                f"The design {design!r} has {p} coefficients for {n} samples: it leaves no "
                "replicates."
            )
        dataset.deseq2()
    return Fit(
        size_factors=dataset.factors,
        base_mean=dataset.var["_normed_means"].to_numpy(np.float64),
        dispersion=dataset.var["dispersions"].to_numpy(np.float64),
        outlier=dataset.cooks_outlier().to_numpy(np.bool_),
        all_zero=~dataset.tested,
        converged=dataset.var["_LFC_converged"].to_numpy(np.bool_),
        _dataset=dataset,
    )


def _check(counts: NDArray[np.integer], metadata: pd.DataFrame) -> None:
    if counts.ndim != 2 or counts.shape[0] != len(metadata):
        raise ValueError(
            f"Counts must be samples by genes with one row for each of the {len(metadata)} "
            f"metadata rows; their shape is {counts.shape}."
        )
    if not np.issubdtype(counts.dtype, np.integer):
        raise ValueError(f"Counts must be integers, not {counts.dtype}.")
    if counts.size and counts.min() < 0:
        raise ValueError("Counts must not be negative.")
    if metadata.index.has_duplicates:
        raise ValueError("Sample ids in the metadata's index must be unique.")
