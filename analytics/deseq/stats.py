"""pydeseq2's tests with the numerics of the reference implementation."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from pydeseq2.ds import DeseqStats

from analytics.deseq import filtering, shrinkage, wald
from analytics.deseq.dataset import VectorisedDeseqDataSet
from analytics.deseq.linalg import BoolArray, FloatArray
from analytics.deseq.posterior import Priors


def _floats(series: pd.Series[float]) -> FloatArray:
    return np.asarray(series, dtype=np.float64)


class VectorisedDeseqStats(DeseqStats):  # type: ignore[misc]  # pydeseq2 ships no types
    """Tests of one contrast, for all genes at once.

    Takes the arguments of :class:`pydeseq2.ds.DeseqStats`, on a fitted
    :class:`VectorisedDeseqDataSet`. The null value and the alternative hold for every
    contrast: levels, reference or not, or a vector of coefficients.
    """

    dds: VectorisedDeseqDataSet

    @property
    def vector(self) -> FloatArray:
        """Contrast over the coefficients, (p,)."""
        return np.asarray(self.contrast_vector, dtype=np.float64)

    def _build_contrast_vector(self) -> None:
        factor, numerator, denominator = self.contrast
        self.contrast_vector = self.dds.level_row(factor, numerator) - self.dds.level_row(
            factor, denominator
        )

    @cached_property
    def change(self) -> FloatArray:
        """Maximum-likelihood change, (g,), natural log; NaN where there is no count."""
        change: FloatArray = self.dds.varm["LFC"].to_numpy(np.float64) @ self.vector
        change[self._compares_nothing] = 0.0
        return change

    def run_wald_test(self) -> None:
        """Test the contrast in every gene."""
        change = self.change
        ridge = None
        if self.prior_LFC_var is not None:
            ridge = 1.0 / np.asarray(self.prior_LFC_var, dtype=np.float64) ** 2
        error = np.sqrt(
            wald.contrast_variance(
                self.dds.varm["information"], self.dds.layout, self.vector, ridge
            )
        )
        stat, p_value = wald.wald_test(
            change, error, float(np.log(2.0) * self.lfc_null), self.alt_hypothesis
        )
        nothing = self._compares_nothing
        stat[nothing], p_value[nothing] = 0.0, 1.0
        emptied = self.dds.var_names.isin(self.dds.new_all_zeroes_genes)
        error[emptied], stat[emptied], p_value[emptied] = 0.0, 0.0, 1.0

        genes = self.dds.var_names
        self.SE = pd.Series(error, index=genes)
        self.statistics = pd.Series(stat, index=genes)
        self.p_values = pd.Series(p_value, index=genes)

    def _cooks_filtering(self) -> None:
        """Leave out the p values of genes that hang on one outlying count."""
        if not hasattr(self, "p_values"):
            self.run_wald_test()
        self.p_values = self.p_values.mask(self.dds.cooks_outlier().to_numpy(np.bool_))

    @cached_property
    def _compares_nothing(self) -> BoolArray:
        """Genes with counts, but none in any sample that the contrast touches, (g,)."""
        counted = [self.dds.counted_in(*group) for group in self._groups_touched()]
        return np.asarray(self.dds.tested & ~np.any(counted, axis=0), dtype=np.bool_)

    def _compares_levels(self) -> bool:
        """Tell whether the contrast names two levels of a factor, and no numbers."""
        if isinstance(self.contrast, np.ndarray):
            return False
        return not pd.api.types.is_numeric_dtype(self.dds.obs[self.contrast[0]])

    def _groups_touched(self) -> list[tuple[str, BoolArray]]:
        """Name the groups of samples that the contrast touches, each with its samples, (n,)."""
        if self._compares_levels():
            factor, *levels = self.contrast
            return [
                (f"{factor} = {level}", np.asarray(self.dds.obs[factor] == level, dtype=np.bool_))
                for level in levels
            ]
        signs = np.sign(self.vector)
        # a vector of one sign is no comparison of groups
        if not ((signs > 0).any() and (signs < 0).any()):
            return [("all", np.ones(self.dds.n_obs, dtype=np.bool_))]
        design = self.dds.design_array
        return [(f"column {k}", design[:, k] != 0) for k in np.flatnonzero(signs)]

    def _independent_filtering(self) -> None:
        """Adjust p values over the genes above the most productive mean."""
        if not hasattr(self, "p_values"):
            self.run_wald_test()
        padj, self.filter_threshold = filtering.independent_filtering(
            _floats(self.base_mean), _floats(self.p_values), self.alpha
        )
        self.padj = pd.Series(padj, index=self.dds.var_names)

    def _p_value_adjustment(self) -> None:
        """Adjust p values over all tested genes."""
        if not hasattr(self, "p_values"):
            self.run_wald_test()
        padj = filtering.benjamini_hochberg(_floats(self.p_values))
        self.padj = pd.Series(padj, index=self.dds.var_names)

    def shrunken_change(self, adapt: bool = True) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Shrink the contrast itself, whether or not it is a coefficient.

        Replaced outliers stay replaced, as in the change that is shrunk.

        Parameters
        ----------
        adapt
            Whether the genes' own changes set the prior's scale; else it is one.

        Returns
        -------
        change : FloatArray
            Posterior mode, (g,), natural log; NaN where there is no count.
        error : FloatArray
            Posterior standard deviation, (g,).
        converged : BoolArray
            (g,).
        """
        if not hasattr(self, "SE"):
            self.run_wald_test()
        dds = self.dds
        tested = dds.tested
        error = _floats(self.SE)
        usable = tested & (error > 0)
        scale = shrinkage.prior_scale(self.change[usable], error[usable]) if adapt else 1.0

        design, index = self._design_of_contrast()
        # the same predictors in the new coefficients
        transform = np.linalg.lstsq(design, dds.design_array, rcond=None)[0]
        start = np.asarray(dds.varm["LFC"], dtype=np.float64)[tested] @ transform.T
        fit = shrinkage.shrink(
            dds.fitted_counts[:, tested],
            1.0 / _floats(dds.var["dispersions"])[tested],
            np.log(dds.factors_of(tested)),
            design,
            Priors(index, scale),
            start,
        )
        change, spread = np.full(dds.n_vars, np.nan), np.full(dds.n_vars, np.nan)
        converged = np.zeros(dds.n_vars, dtype=np.bool_)
        change[tested], converged[tested] = fit.beta[:, index], fit.converged
        spread[tested] = np.sqrt(fit.variance)
        return change, spread, converged

    def _design_of_contrast(self) -> tuple[FloatArray, int]:
        """Write the design with the contrast as a coefficient, whose place comes second.

        For two levels the denominator becomes the factor's reference; where the formula
        codes its factor otherwise, or for a vector, a coefficient gives way.
        """
        if self._compares_levels():
            factor, numerator, denominator = self.contrast
            samples = self.dds.obs.copy()
            levels = samples[factor].unique()
            others = sorted(level for level in levels if level != denominator)
            samples[factor] = pd.Categorical(samples[factor], [denominator, *others])
            coded = type(self.dds.formulaic_contrasts)(samples, self.dds.design)
            vector = np.asarray(coded.contrast(factor, denominator, numerator), dtype=np.float64)
            if np.count_nonzero(vector) == 1 and vector.max() == 1.0:
                return np.asarray(coded.design_matrix, dtype=np.float64), int(vector.argmax())
        return shrinkage.reparametrise(self.dds.design_array, self.vector)

    def lfc_shrink(self, coeff: str, adapt: bool = True) -> None:
        """Shrink one coefficient in place, as pydeseq2 does.

        Parameters
        ----------
        coeff
            Column of the coefficients; must be what the contrast tests.
        adapt
            Whether the genes' own changes set the prior's scale.

        Raises
        ------
        KeyError
            If there is no such coefficient.
        ValueError
            If the contrast tests another one.
        """
        if coeff not in self.LFC.columns:
            raise KeyError(
                f"There is no coefficient {coeff!r}; there are {', '.join(self.LFC.columns)}."
            )
        index = self.LFC.columns.get_loc(coeff)
        if not np.array_equal(self.vector, np.eye(self.vector.size)[index]):
            raise ValueError(
                f"The contrast does not test {coeff!r}; use shrunken_change for any contrast."
            )
        change, error, converged = self.shrunken_change(adapt)
        self.LFC[coeff] = change
        self.SE = pd.Series(error, index=self.dds.var_names)
        self._LFC_shrink_converged = pd.Series(converged, index=self.dds.var_names)
        self.shrunk_LFCs = True
        if hasattr(self, "results_df"):
            self.results_df["log2FoldChange"] = change / np.log(2.0)
            self.results_df["lfcSE"] = error / np.log(2.0)
