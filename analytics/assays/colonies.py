"""Colony counts of treated cultures against the vehicle's, with donors as blocks.

Counts of colonies follow a Poisson law only where dishes differ by chance alone; they differ more.
So the ratio comes from a quasi-Poisson model: a log-linear Poisson model whose variance is
multiplied by the dispersion that the residuals show (never taken below 1).
"""

from __future__ import annotations

import hashlib
import warnings
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

# Part of what decides the stored ratios: change it with what is computed.
METHOD: Final = "quasi-Poisson, donors as blocks"
CI_LEVEL: Final = 0.95
_SERIES: Final = ("assay_run_id", "cells", "time_h", "colony_type")
_VEHICLE: Final = ("", None)
_PER: Final = 1e5

COLUMNS: Final = {
    "colony_ratio_id": pl.String,
    "load_id": pl.String,
    "assay_run_id": pl.String,
    "colony_type": pl.String,
    "treatment": pl.String,
    "concentration_um": pl.Float64,
    "cells": pl.String,
    "time_h": pl.Float64,
    "n_donors": pl.Int64,
    "n_dishes": pl.Int64,
    "n_vehicle_dishes": pl.Int64,
    "colonies": pl.Int64,
    "vehicle_colonies": pl.Int64,
    "per_100k_cells": pl.Float64,
    "vehicle_per_100k_cells": pl.Float64,
    "fit_state": pl.String,
    "reason": pl.String,
    "ratio_operator": pl.String,
    "ratio": pl.Float64,
    "ratio_lower": pl.Float64,
    "ratio_upper": pl.Float64,
    "p_value": pl.Float64,
    "padj": pl.Float64,
    "dispersion": pl.Float64,
    "overdispersion_p_value": pl.Float64,
    "df_residual": pl.Int64,
}


def colony_ratios(dishes: pl.DataFrame) -> pl.DataFrame:
    """Compare colony numbers of each treatment with the vehicle, per colony type.

    One model serves all treatments of a run, kind of cells, time and colony type: log expected
    colonies = donor + treatment + log of the cells plated.

    Parameters
    ----------
    dishes
        One row per dish and colony type: ``load_id, assay_run_id, cells, time_h, donor,
        treatment, role, concentration_um, colony_type, colonies, cells_plated``.

    Returns
    -------
    polars.DataFrame
        The columns :data:`COLUMNS`, one row per treatment and concentration of a series.
        ``ratio`` is treated over vehicle per cell plated, with its t interval on the residual
        degrees of freedom; ``fit_state`` is ``fitted``, ``no_colonies`` (none under treatment:
        the ratio is below its conditional exact upper limit, operator ``<``) or ``not_fitted``
        with the ``reason``. ``overdispersion_p_value`` is Pearson's chi-squared test against the
        Poisson law; ``padj`` is Benjamini-Hochberg over the run.

    References
    ----------
    McCullagh P, Nelder JA (1989), Generalized Linear Models, chapters 6 and 9.
    """
    rows: list[dict[str, Any]] = []
    for key, own in dishes.sort("treatment", "concentration_um", "donor").group_by(
        list(_SERIES), maintain_order=True
    ):
        rows += [{**dict(zip(_SERIES, key, strict=True)), **row} for row in _series(own)]
    for row in rows:
        text = "|".join(
            "" if row[name] is None else str(row[name])
            for name in (*_SERIES, "treatment", "concentration_um")
        )
        row["colony_ratio_id"] = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    frame = pl.DataFrame([{n: row.get(n) for n in COLUMNS} for row in rows], schema=COLUMNS)
    return frame.with_columns(_adjusted("p_value").over("assay_run_id").alias("padj"))


def _adjusted(column: str) -> pl.Expr:
    return pl.col(column).map_batches(_benjamini_hochberg, return_dtype=pl.Float64)


def _benjamini_hochberg(p_values: pl.Series) -> pl.Series:
    known = p_values.is_not_null().to_numpy()
    adjusted = np.full(len(p_values), np.nan)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p_values.drop_nulls().to_numpy())
    return pl.Series(adjusted).fill_nan(None)


def _series(own: pl.DataFrame) -> list[dict[str, Any]]:
    groups = [
        _VEHICLE if role == "vehicle" else (treatment, concentration)
        for role, treatment, concentration in own.select(
            "role", "treatment", "concentration_um"
        ).iter_rows()
    ]
    treated = [group for group in dict.fromkeys(groups) if group != _VEHICLE]
    is_of = {g: np.array([group == g for group in groups]) for g in [_VEHICLE, *treated]}
    counts = own["colonies"].to_numpy().astype(np.float64)
    cells = own["cells_plated"].to_numpy()
    donors = own["donor"].to_numpy()
    of_vehicle = is_of[_VEHICLE]
    without = [g for g in treated if counts[is_of[g]].sum() == 0]
    estimated = [g for g in treated if g not in without]
    model = (
        _QuasiPoisson.fit(counts, cells, donors, of_vehicle, {g: is_of[g] for g in estimated})
        if counts[of_vehicle].sum() > 0
        else None
    )
    rows = []
    for group in treated:
        mine = is_of[group]
        row: dict[str, Any] = {
            "load_id": own["load_id"][0],
            "treatment": group[0],
            "concentration_um": group[1],
            "n_donors": len(set(donors[mine])),
            "n_dishes": int(mine.sum()),
            "n_vehicle_dishes": int(of_vehicle.sum()),
            "colonies": int(counts[mine].sum()),
            "vehicle_colonies": int(counts[of_vehicle].sum()),
            "per_100k_cells": _PER * counts[mine].sum() / cells[mine].sum(),
            "vehicle_per_100k_cells": _PER * counts[of_vehicle].sum() / cells[of_vehicle].sum()
            if of_vehicle.any()
            else 0.0,
        }
        if model is None:
            row |= {"fit_state": "not_fitted", "reason": "no colony grew under the vehicle"}
        elif not set(donors[mine]) & set(donors[of_vehicle]):
            row |= {"fit_state": "not_fitted", "reason": "no donor was also given the vehicle"}
        elif group in without:
            shared = of_vehicle & np.isin(donors, donors[mine])
            row |= _none_under_treatment(counts, cells, mine, shared, model)
        else:
            row |= model.ratio(group)
        rows.append(row)
    return rows


def _none_under_treatment(
    counts: NDArray[np.float64],
    cells: NDArray[np.float64],
    mine: NDArray[np.bool_],
    vehicle: NDArray[np.bool_],
    model: _QuasiPoisson,
) -> dict[str, Any]:
    """Return the upper limit of a ratio without a colony under treatment.

    Given the total, the treated share of Poisson counts is binomial; overdispersion is allowed
    for by dividing the vehicle's colonies by the dispersion.
    """
    colonies = counts[vehicle].sum() / model.scale
    if colonies <= 0:
        return {"fit_state": "not_fitted", "reason": "no colony grew under the vehicle"}
    share = 1 - ((1 - CI_LEVEL) / 2) ** (1 / colonies)
    limit = share / (1 - share) * cells[vehicle].sum() / cells[mine].sum()
    return {
        "fit_state": "no_colonies",
        "reason": "no colony grew under the treatment",
        "ratio_operator": "<",
        "ratio": float(limit),
        "ratio_upper": float(limit),
        **model.spread(),
    }


class _QuasiPoisson:
    """The model of one series, with the dispersion of its residuals."""

    def __init__(
        self,
        names: list[tuple[str, float | None]],
        coefficients: NDArray[np.float64],
        errors: NDArray[np.float64],
        chi_squared: float,
        df: int,
    ) -> None:
        self._names, self._coefficients, self._errors = names, coefficients, errors
        self._df = df
        self._chi_squared = chi_squared
        self.scale = max(1.0, chi_squared / df) if df > 0 else 1.0

    @classmethod
    def fit(
        cls,
        counts: NDArray[np.float64],
        cells: NDArray[np.float64],
        donors: NDArray[Any],
        of_vehicle: NDArray[np.bool_],
        groups: dict[tuple[str, float | None], NDArray[np.bool_]],
    ) -> _QuasiPoisson:
        """Fit donors and treatments; dishes of a treatment without any colony are left out."""
        used = of_vehicle | np.any([*groups.values(), np.zeros(len(counts), bool)], axis=0)
        # A donor without a single colony has no level of its own to compare against.
        alive = [d for d in sorted(set(donors[used])) if counts[used & (donors == d)].sum() > 0]
        used &= np.isin(donors, alive)
        columns = [donors == d for d in alive] + list(groups.values())
        design = np.column_stack([column[used] for column in columns]).astype(np.float64)
        df = int(used.sum()) - int(np.linalg.matrix_rank(design))
        names = list(groups)
        # Importing it takes a second, and most commands do not need it.
        import statsmodels.api as sm

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = sm.GLM(
                counts[used], design, family=sm.families.Poisson(), offset=np.log(cells[used])
            ).fit()
        first = len(alive)
        errors = np.sqrt(np.diag(np.asarray(fit.normalized_cov_params)))[first:]
        return cls(names, np.asarray(fit.params)[first:], errors, float(fit.pearson_chi2), df)

    def spread(self) -> dict[str, Any]:
        """Return the dispersion and its test against the Poisson law."""
        if self._df < 1:
            return {"df_residual": self._df}
        return {
            "dispersion": self._chi_squared / self._df,
            "overdispersion_p_value": float(stats.chi2.sf(self._chi_squared, self._df)),
            "df_residual": self._df,
        }

    def ratio(self, group: tuple[str, float | None]) -> dict[str, Any]:
        """Return a treatment's ratio with its interval, or why it has none."""
        place = self._names.index(group)
        estimate = float(self._coefficients[place])
        row = {"fit_state": "fitted", "ratio_operator": "=", "ratio": float(np.exp(estimate))}
        if self._df < 1:
            reason = "no dish is left over to estimate the scatter from, so there is no interval"
            return {**row, "reason": reason, "df_residual": self._df}
        error = float(self._errors[place]) * np.sqrt(self.scale)
        reach = float(stats.t.ppf(0.5 + CI_LEVEL / 2, self._df)) * error
        return {
            **row,
            "ratio_lower": float(np.exp(estimate - reach)),
            "ratio_upper": float(np.exp(estimate + reach)),
            "p_value": float(2 * stats.t.sf(abs(estimate) / error, self._df)),
            **self.spread(),
        }
