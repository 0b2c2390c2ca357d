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
        (n,); with normalisation factors, each sample's mean over genes with counts.
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

    @property
    def coefficients(self) -> list[str]:
        """Names of the p coefficients, in the order of a contrast vector."""
        return list(self._dataset.obsm["design_matrix"].columns)

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
        from analytics.deseq.wald import check_null

        check_null(lfc_null, alt_hypothesis)
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

    def likelihood_ratio(self, reduced: str, alpha: float = 0.05) -> pd.DataFrame:
        """Test all terms which a reduced design lacks at once, in every gene.

        Parameters
        ----------
        reduced
            Formula nested in the fit's, such as ``~ donor``.
        alpha
            False-discovery rate which independent filtering is tuned to.

        Returns
        -------
        pandas.DataFrame
            One row per gene: base_mean, stat, p_value, padj and not_tested_reason.

        Raises
        ------
        ValueError
            If the reduced design is not nested in the fit's.
        """
        from analytics.deseq.filtering import independent_filtering
        from analytics.deseq.likelihood_ratio import likelihood_ratio_test

        dataset = self._dataset
        matrix = type(dataset.formulaic_contrasts)(dataset.obs, reduced).design_matrix
        counts = dataset.fitted_counts
        fitted = (counts > 0).any(axis=0)
        stat, p_value = np.full((2, self.base_mean.size), np.nan)
        # a gene whose only counts were outliers has nothing left to differ
        stat[~self.all_zero], p_value[~self.all_zero] = 0.0, 1.0
        stat[fitted], p_value[fitted] = likelihood_ratio_test(
            counts[:, fitted],
            dataset.factors_of(fitted),
            dataset.design_array,
            np.asarray(matrix, dtype=np.float64),
            self.dispersion[fitted],
        )
        p_value[self.outlier] = np.nan
        padj, _ = independent_filtering(self.base_mean, p_value, alpha)
        return pd.DataFrame(
            {
                "base_mean": self.base_mean,
                "stat": stat,
                "p_value": p_value,
                "padj": padj,
                "not_tested_reason": self._reasons(padj),
            }
        )

    def _reasons(self, padj: NDArray[np.float64]) -> NDArray[np.object_]:
        reason = np.full(padj.size, None, dtype=object)
        reason[np.isnan(padj)] = "low_count"
        reason[self.outlier] = "outlier"
        reason[self.all_zero] = "all_zero"
        return reason

    def _checked(self, contrast: Contrast | NDArray[np.float64]) -> list[str] | NDArray[np.float64]:
        coefficients = self._dataset.design_array.shape[1]
        if isinstance(contrast, Contrast):
            obs = self._dataset.obs
            if contrast.factor not in self._dataset.variables:
                raise ValueError(f"The design has no factor {contrast.factor!r}.")
            levels = {str(level): level for level in obs[contrast.factor].unique()}
            for level in (contrast.numerator, contrast.denominator):
                if level not in levels:
                    raise ValueError(
                        f"The factor {contrast.factor!r} has no level {level!r}; it has "
                        f"{', '.join(sorted(levels))}."
                    )
            if contrast.numerator == contrast.denominator:
                raise ValueError(f"The contrast compares {contrast.numerator!r} with itself.")
            return [contrast.factor, levels[contrast.numerator], levels[contrast.denominator]]
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
        padj = np.asarray(stats.padj, dtype=np.float64)
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
                "not_tested_reason": self._reasons(padj),
            }
        )


def fit_design(
    counts: NDArray[np.integer],
    metadata: pd.DataFrame,
    design: str,
    normalisation_factors: NDArray[np.float64] | None = None,
) -> Fit:
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
        alphabetical order is the reference; numbers are covariates, or factors as
        ``C(dose)``.
    normalisation_factors
        What each count is divided by to become comparable, (n, g), in place of size
        factors; see :func:`analytics.deseq.size_factors.factors_from_lengths`.

    Returns
    -------
    Fit
        The fitted design.

    Raises
    ------
    ValueError
        If counts, factors and metadata do not fit together, a count is negative or no
        integer, a normalisation factor is not positive, a factor of the design is missing or
        has a gap, or the design leaves no replicate or is not of full rank.
    """
    # pydeseq2 and what it imports take seconds
    from analytics.deseq.dataset import VectorisedDeseqDataSet

    _check_counts(counts, metadata)
    _check_columns(metadata, design)
    if normalisation_factors is not None:
        _check_factors(counts, normalisation_factors)
    samples = metadata.set_axis(metadata.index.astype(str))
    genes = pd.RangeIndex(counts.shape[1]).astype(str)
    with warnings.catch_warnings():
        # an error below takes this warning's place
        warnings.filterwarnings("ignore", message="The design matrix is not full rank")
        dataset = VectorisedDeseqDataSet(
            counts=pd.DataFrame(counts, index=samples.index, columns=genes),
            metadata=samples,
            design=design,
            normalisation=normalisation_factors,
            low_memory=True,
        )
    n, p = dataset.design_array.shape
    if np.linalg.matrix_rank(dataset.design_array) < p:
        raise ValueError(
            f"The design {design!r} is not of full rank: some factors cannot be told apart "
            "in these samples."
        )
    if n <= p:
        raise ValueError(
            f"The design {design!r} has {p} coefficients for {n} samples: it leaves no replicates."
        )
    dataset.deseq2()
    return Fit(
        size_factors=dataset.sample_factors,
        base_mean=dataset.var["_normed_means"].to_numpy(np.float64),
        dispersion=dataset.var["dispersions"].to_numpy(np.float64),
        outlier=dataset.cooks_outlier().to_numpy(np.bool_),
        all_zero=~dataset.tested,
        converged=dataset.var["_LFC_converged"].to_numpy(np.bool_),
        _dataset=dataset,
    )


def _check_columns(metadata: pd.DataFrame, design: str) -> None:
    from formulaic import Formula

    for name in sorted(Formula(design).required_variables):
        if name not in metadata.columns:
            raise ValueError(
                f"The design {design!r} asks for {name!r}, which the metadata lacks; it has "
                f"{', '.join(map(str, metadata.columns))}."
            )
        missing = metadata.index[metadata[name].isna()]
        if len(missing):
            raise ValueError(
                f"The metadata's column {name!r} has no value for sample {missing[0]!r}."
            )


def _check_factors(counts: NDArray[np.integer], factors: NDArray[np.float64]) -> None:
    if factors.shape != counts.shape:
        raise ValueError(
            f"Normalisation factors must have the counts' shape {counts.shape}, not "
            f"{factors.shape}."
        )
    if not (np.isfinite(factors) & (factors > 0)).all():
        raise ValueError("Normalisation factors must be positive numbers.")


def _check_counts(counts: NDArray[np.integer], metadata: pd.DataFrame) -> None:
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
