"""Random-effects meta-analysis of one gene's change over studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import norm, t
from statsmodels.stats.meta_analysis import combine_effects

ALPHA: Final = 0.05
METHOD: Final = "Paule-Mandel"


@dataclass(frozen=True)
class Pooled:
    """A change pooled over studies, in log2 units.

    Attributes
    ----------
    ci_lower, ci_upper
        95 % normal interval of the random-effects mean.
    hk_lower, hk_upper
        95 % interval after Hartung, Knapp, Sidik and Jonkman, never narrower than the normal one;
        with two or three studies it is wide, and rightly so.
    tau2
        Variance between studies (Paule-Mandel).
    i2
        Share of the total variation that lies between studies, from 0 to 1.
    q_p_value
        p-value of the test that all studies share one change.
    """

    n_studies: int
    log2_fold_change: float
    standard_error: float
    ci_lower: float
    ci_upper: float
    hk_lower: float
    hk_upper: float
    p_value: float
    tau2: float
    i2: float
    q_p_value: float


def pool(changes: list[float], standard_errors: list[float]) -> Pooled:
    """Pool changes of one gene measured by at least two independent studies, by statsmodels.

    Raises
    ------
    ValueError
        If there are fewer than two studies or a standard error is not positive.
    """
    if len(changes) < 2:
        raise ValueError("a meta-analysis needs at least two studies")
    if min(standard_errors) <= 0:
        raise ValueError("a standard error must be positive")
    effect = np.asarray(changes, dtype=float)
    variance = np.asarray(standard_errors, dtype=float) ** 2
    # The library's own I2 divides by Cochran's Q, which is zero where studies agree exactly.
    with np.errstate(divide="ignore"):
        result = combine_effects(effect, variance, method_re="iterated", use_t=False, alpha=ALPHA)
    mean, error = float(result.mean_effect_re), float(result.sd_eff_w_re)
    z = float(norm.ppf(1 - ALPHA / 2))
    hk_error = float(result.sd_eff_w_re_hksj)
    q, df = float(result.q), len(changes) - 1
    half = max(float(t.ppf(1 - ALPHA / 2, df)) * hk_error, z * error)
    return Pooled(
        n_studies=len(changes),
        log2_fold_change=mean,
        standard_error=error,
        ci_lower=mean - z * error,
        ci_upper=mean + z * error,
        hk_lower=mean - half,
        hk_upper=mean + half,
        p_value=float(2 * norm.sf(abs(mean) / error)),
        tau2=float(result.tau2),
        i2=(q - df) / q if q > df else 0.0,
        q_p_value=float(result.test_homogeneity().pvalue),
    )
