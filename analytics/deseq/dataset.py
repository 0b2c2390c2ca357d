"""pydeseq2's data set with the estimation of the reference implementation.

Names of stored quantities are pydeseq2's, so its plots and transformations work on
the result.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.deseq import cooks, prior, trend
from analytics.deseq.design import Layout, in_large_cell
from analytics.deseq.inference import VectorisedInference
from analytics.deseq.linalg import BoolArray, FloatArray, factor_columns
from analytics.deseq.normalised import NormalisedDataSet

USABLE_FOR_TREND = 100.0
OUTLIER_DEVIATIONS = 2.0
TRIM_OF_REPLACEMENT = 0.2


class VectorisedDeseqDataSet(NormalisedDataSet):
    """Counts with their design, fitted for all genes at once.

    Takes the arguments of :class:`NormalisedDataSet`; the inference defaults to
    :class:`VectorisedInference`. Beside pydeseq2's results it keeps
    ``varm["information"]``, what is needed of X'WX, (g, s), from which every contrast's
    standard error follows.
    """

    inference: VectorisedInference

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  handed on to pydeseq2
        options.setdefault("inference", VectorisedInference(options.get("min_mu", 0.5)))
        options.setdefault("quiet", True)
        super().__init__(**options)
        # every contrast asks for these again
        self._layout: Layout | None = None
        self._counted: dict[str, BoolArray] = {}
        self._level_rows: dict[tuple[str, Any], FloatArray] = {}
        self._forget_replacements()

    def _forget_replacements(self) -> None:
        self.new_all_zeroes_genes = self.var_names[:0]
        self.replaced_counts = self.X[:, :0]

    @property
    def design_array(self) -> FloatArray:
        """Design matrix, (n, p)."""
        return np.asarray(self.obsm["design_matrix"], dtype=np.float64)

    @property
    def layout(self) -> Layout:
        """The design's cells and coefficients."""
        if self._layout is None:
            self._layout = Layout.of(self.design_array)
        return self._layout

    @property
    def tested(self) -> BoolArray:
        """Genes with at least one count, (g,)."""
        return np.asarray(self.var["non_zero"], dtype=np.bool_)

    def counted_in(self, group: str, samples: BoolArray) -> BoolArray:
        """Genes with a count in any of the samples, (n,), of a group: (g,), kept by its name."""
        if group not in self._counted:
            self._counted[group] = np.asarray((self.X[samples] > 0).any(axis=0), dtype=np.bool_)
        return self._counted[group]

    def level_row(self, factor: str, level: Any) -> FloatArray:  # noqa: ANN401  text or number
        """Row of the design at a factor's level, (p,), other factors at their reference."""
        key = (factor, level)
        if key not in self._level_rows:
            row = self.formulaic_contrasts.cond(**{factor: level})
            self._level_rows[key] = np.asarray(row, dtype=np.float64)
        return self._level_rows[key]

    @property
    def fitted_counts(self) -> NDArray[np.integer]:
        """Counts behind the coefficients, (n, g): outliers stand replaced."""
        if not self.replaced_counts.size:
            return np.asarray(self.X)
        counts = np.array(self.X)
        counts[:, self.var["replaced"].to_numpy(np.bool_)] = self.replaced_counts
        return counts

    def fit_genewise_dispersions(self, vst: bool = False) -> None:
        """Fit each gene's own dispersion.

        Parameters
        ----------
        vst
            Whether the result serves the variance-stabilising transformation.
        """
        if "size_factors" not in self.obs:
            self.fit_size_factors()
        self.var["non_zero"] = tested = np.asarray((self.X > 0).any(axis=0))
        self.non_zero_idx, self.non_zero_genes = np.flatnonzero(tested), self.var_names[tested]
        self._fit_MoM_dispersions()
        counts, factors, design = self.X[:, tested], self.factors_of(tested), self.design_array
        rough = self.var["_MoM_dispersions"].to_numpy(np.float64)[tested]
        if Layout.of(design).one_way:
            mu = self.inference.lin_reg_mu(counts, factors, design, self.min_mu)
        else:
            mu = self.inference.irls(counts, factors, design, rough, self.min_mu, self.beta_tol)[1]
        dispersions, converged = self.inference.alpha_mle(
            counts, design, mu, rough, self.min_disp, self.max_disp
        )
        if not vst:
            self.layers["_mu_hat"] = np.full((self.n_obs, self.n_vars), np.nan)
            self.layers["_mu_hat"][:, tested] = mu
        name = "vst_genewise_dispersions" if vst else "genewise_dispersions"
        self._spread(name, np.clip(dispersions, self.min_disp, self.max_disp), np.nan)
        self._spread("_genewise_converged", converged, False)

    def _fit_parametric_dispersion_trend(self, vst: bool = False) -> None:
        """Fit the parametric trend, or the local one where that fails."""
        name = "vst_genewise_dispersions" if vst else "genewise_dispersions"
        means = self.var["_normed_means"].to_numpy(np.float64)
        dispersions = self.var[name].to_numpy(np.float64)
        usable = dispersions > USABLE_FOR_TREND * self.min_disp
        coefficients = trend.parametric_trend(means[usable], dispersions[usable])
        if vst:
            self._keep_vst_trend(coefficients)
            return
        if coefficients is None:
            self._keep_local_trend(means, dispersions)
        else:
            self.uns["disp_function_type"] = "parametric"
            self.uns["trend_coeffs"] = pd.Series(coefficients, index=["a0", "a1"])
        fitted = np.full(self.n_vars, np.nan)
        fitted[self.tested] = self.disp_function(means[self.tested])
        self.var["fitted_dispersions"] = fitted

    def _keep_vst_trend(self, coefficients: FloatArray | None) -> None:
        if coefficients is None:
            self._fit_mean_dispersion_trend(vst=True)
        else:
            self.uns["vst_trend_coeffs"] = pd.Series(coefficients, index=["a0", "a1"])

    def _keep_local_trend(self, means: FloatArray, dispersions: FloatArray) -> None:
        warnings.warn(
            "The parametric dispersion trend does not fit these data: a local regression "
            "takes its place.",
            UserWarning,
            stacklevel=4,
        )
        usable = dispersions >= 10 * self.min_disp
        self.uns["disp_function_type"] = "local"
        self.uns["local_trend"] = trend.local_trend(means[usable], dispersions[usable])

    def disp_function(self, x: FloatArray) -> FloatArray:
        """Return the trend's dispersions at mean normalised counts, same shape."""
        if self.uns["disp_function_type"] == "local":
            curve: trend.LocalTrend = self.uns["local_trend"]
            return curve(np.asarray(x, dtype=np.float64))
        return np.asarray(super().disp_function(x), dtype=np.float64)

    def fit_dispersion_prior(self) -> None:
        """Fit the variance of the prior on log dispersion."""
        if "fitted_dispersions" not in self.var:
            self.fit_dispersion_trend()
        own = self.var["genewise_dispersions"].to_numpy(np.float64)
        usable = own >= USABLE_FOR_TREND * self.min_disp
        if not usable.any():
            raise ValueError(
                "No gene varies more than chance between replicates, so dispersions cannot be "
                "shrunk towards a trend. Are the replicates copies of each other?"
            )
        fitted = self.var["fitted_dispersions"].to_numpy(np.float64)
        residuals = np.log(own[usable]) - np.log(fitted[usable])
        n, p = self.design_array.shape
        self.uns["_squared_logres"] = prior.robust_variance(residuals)
        self.uns["prior_disp_var"] = np.float64(prior.prior_variance(residuals, n - p))

    def fit_MAP_dispersions(self) -> None:  # noqa: N802  pydeseq2's name
        """Shrink dispersions towards the trend, except those far above it."""
        if "prior_disp_var" not in self.uns:
            self.fit_dispersion_prior()
        tested = self.tested
        own = self.var["genewise_dispersions"].to_numpy(np.float64)[tested]
        fitted = self.var["fitted_dispersions"].to_numpy(np.float64)[tested]
        shrunk, converged = self.inference.alpha_mle(
            counts=self.X[:, tested],
            design_matrix=self.design_array,
            mu=self.layers["_mu_hat"][:, tested],
            alpha_hat=fitted,
            min_disp=self.min_disp,
            max_disp=self.max_disp,
            prior_disp_var=float(self.uns["prior_disp_var"]),
            prior_reg=True,
            start=np.where(own > 0.1 * fitted, own, fitted),
        )
        spread = np.sqrt(self.uns["_squared_logres"])
        outlier = np.log(own) > np.log(fitted) + OUTLIER_DEVIATIONS * spread
        self._spread("MAP_dispersions", shrunk, np.nan)
        self._spread("dispersions", np.where(outlier, own, shrunk), np.nan)
        self._spread("_outlier_genes", outlier, False)
        self._spread("_MAP_converged", converged, False)
        if self.low_memory:
            del self.layers["_mu_hat"]

    def _spread(self, name: str, values: FloatArray | BoolArray, absent: float | bool) -> None:
        """Store values of the tested genes, with another for the rest."""
        column = np.full(self.n_vars, absent, dtype=values.dtype)
        column[self.tested] = values
        self.var[name] = column

    def fit_LFC(self) -> None:  # noqa: N802  pydeseq2's name
        """Fit the coefficients, in natural-log units."""
        if "dispersions" not in self.var:
            self.fit_MAP_dispersions()
        tested = self.tested
        fit = self.inference.fit_glm(
            counts=self.X[:, tested],
            size_factors=self.factors_of(tested),
            design_matrix=self.design_array,
            disp=self.var["dispersions"].to_numpy(np.float64)[tested],
        )
        coefficients = np.full((self.n_vars, fit.beta.shape[1]), np.nan)
        coefficients[tested] = fit.beta
        self.varm["LFC"] = pd.DataFrame(
            coefficients, index=self.var_names, columns=self.obsm["design_matrix"].columns
        )
        information = np.full((self.n_vars, fit.information.shape[1]), np.nan)
        information[tested] = fit.information
        self.varm["information"] = information
        self.obsm["_mu_LFC"] = fit.mu
        self.obsm["_hat_diagonals"] = fit.hat
        self._spread("_LFC_converged", fit.converged, False)

    def calculate_cooks(self) -> None:
        """Compute Cook's distances, and drop the means and leverages they need."""
        if "LFC" not in self.varm:
            self.fit_LFC()
        tested = self.tested
        distances = np.full((self.n_obs, self.n_vars), np.nan)
        distances[:, tested] = cooks.cooks_distances(
            self.X[:, tested],
            self.factors_of(tested),
            self.design_array,
            self.obsm["_mu_LFC"],
            self.obsm["_hat_diagonals"],
        )
        del self.obsm["_mu_LFC"], self.obsm["_hat_diagonals"]
        self.layers["cooks"] = distances
        self.var["_highest_cooks"] = cooks.highest_distances(distances, self.design_array)

    def refit(self) -> None:
        """Replace outlying counts where a cell has enough replicates, and fit those genes anew."""
        n, p = self.design_array.shape
        replaceable = in_large_cell(self.design_array, self.min_replicates)
        with np.errstate(invalid="ignore"):
            outlying = self.layers["cooks"] > cooks.cutoff(n, p)
        replaced = outlying.any(axis=0) & bool(replaceable.any())
        self.obs["replaceable"] = replaceable
        self.var["replaced"] = replaced
        self.var["refitted"] = False
        self._forget_replacements()
        if not replaced.any():
            return

        counts = self.X[:, replaced]
        factors = factor_columns(self.factors, replaced)
        typical = cooks.trimmed_mean(counts / factors, TRIM_OF_REPLACEMENT)
        filled = np.trunc(typical * factors).astype(counts.dtype)
        counts = np.where(outlying[:, replaced] & replaceable[:, None], filled, counts)
        self.replaced_counts = counts
        genes = np.flatnonzero(replaced)
        empty = (counts == 0).all(axis=0)
        self._empty_genes(genes[empty])
        if not empty.all():
            self._refit_genes(genes[~empty], counts[:, ~empty])

    def _empty_genes(self, genes: Any) -> None:  # noqa: ANN401  positions of genes
        """Record genes whose only counts were outliers: no change, nothing to test."""
        self.new_all_zeroes_genes = self.var_names[genes]
        self._write({"_normed_means": 0.0, "_highest_cooks": np.nan}, genes)
        self.varm["LFC"].iloc[genes, :] = 0.0

    def _refit_genes(self, genes: Any, counts: Any) -> None:  # noqa: ANN401  arrays
        """Fit some genes with other counts, on the same trend, prior and size factors."""
        part = type(self)(
            counts=pd.DataFrame(counts, index=self.obs_names, columns=self.var_names[genes]),
            metadata=self.obs,
            design=self.design,
            min_mu=self.min_mu,
            min_disp=self.min_disp,
            max_disp=self.max_disp,
            inference=self.inference,
            quiet=True,
        )
        part._set_factors(self.factors_of(genes))
        part.fit_genewise_dispersions()
        for name in ("disp_function_type", "trend_coeffs", "mean_disp", "local_trend"):
            if name in self.uns:
                part.uns[name] = self.uns[name]
        part.var["fitted_dispersions"] = part.disp_function(
            part.var["_normed_means"].to_numpy(np.float64)
        )
        part.uns["_squared_logres"] = self.uns["_squared_logres"]
        part.uns["prior_disp_var"] = self.uns["prior_disp_var"]
        part.fit_MAP_dispersions()
        part.fit_LFC()

        columns = ["_normed_means", "genewise_dispersions", "fitted_dispersions"]
        columns += ["MAP_dispersions", "dispersions", "_LFC_converged"]
        self._write({name: part.var[name].to_numpy() for name in columns}, genes)
        self._write({"refitted": True}, genes)
        self.varm["LFC"].iloc[genes, :] = part.varm["LFC"].to_numpy()
        self.varm["information"][genes] = part.varm["information"]
        # a replaced count can no longer speak against its gene
        distances = self.layers["cooks"][:, genes].copy()
        distances[self.obs["replaceable"].to_numpy(np.bool_)] = 0.0
        highest = cooks.highest_distances(distances, self.design_array)
        self._write({"_highest_cooks": highest}, genes)

    def _write(self, values: Mapping[str, Any], genes: Any) -> None:  # noqa: ANN401
        for name, value in values.items():
            self.var.iloc[genes, self.var.columns.get_loc(name)] = value

    def cooks_outlier(self) -> pd.Series[bool]:
        """Tell which genes, (g,), hang on one outlying count."""
        name = "_pvalue_cooks_outlier"
        if name not in self.var:
            self.var[name] = cooks.outlier_genes(
                self.X,
                self.layers["cooks"],
                self.var["_highest_cooks"].to_numpy(np.float64),
                self.design_array,
                excuse_low=self._compares_two_groups(),
            )
            if self.low_memory:
                del self.layers["cooks"]
        flags: pd.Series[bool] = self.var[name]
        return flags

    def _compares_two_groups(self) -> bool:
        """Tell whether the design is one factor of two levels."""
        design = self.design_array
        return design.shape[1] == 2 and len(np.unique(design, axis=0)) == 2
