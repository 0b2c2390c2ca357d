"""The four-parameter logistic curve: its fit and profile-likelihood intervals for the IC50s.

The response falls from ``top`` without drug to ``bottom``; two IC50s are told apart. The
*relative* one is the curve's midpoint, where half of its own fall is done. The *absolute* one is
where the response is half of the top, which a curve with a high bottom never reaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special, stats

from analytics.assays.least_squares import Floats, Model, least_squares

CI_LEVEL: Final = 0.95
N_PARAMETERS: Final = 4
# Places of the parameters: top, bottom as a share of the top, log10 of an IC50, ln of the slope.
TOP, SHARE, LOG_IC50, LOG_SLOPE = range(4)
_SLOPES: Final = (0.1, 20.0)
# A limit farther than this from the tested concentrations (log10 units) is no limit.
FARTHEST: Final = 2.0
_HALF: Final = 0.4999
_LN10: Final = float(np.log(10.0))
_POINTS: Final = 12
_ROUNDS: Final = 2
_NEAREST: Final = 5e-3


@dataclass(frozen=True)
class Curve:
    """A fitted curve: parameters as the constants of this module order them."""

    theta: Floats
    sum_of_squares: float
    df: int

    @property
    def slope(self) -> float:
        """Return the Hill slope, positive for a falling curve."""
        return float(np.exp(self.theta[LOG_SLOPE]))

    def at(self, log_dose: float) -> float:
        """Return the response at a log10 concentration, as a share of the top."""
        fallen = special.expit(self.slope * _LN10 * (log_dose - self.theta[LOG_IC50]))
        return float(1 - (1 - self.theta[SHARE]) * fallen)


def fit_curve(log_dose: Floats, response: Floats) -> Curve:
    """Fit the curve by least squares, from several starts.

    Parameters
    ----------
    log_dose
        log10 concentrations, shape ``(n,)``; minus infinity for the vehicle.
    response
        Responses, shape ``(n,)``.

    Returns
    -------
    Curve
        The best fit with ``bottom`` between 0 and ``top`` and the slope between 0.1 and 20.
    """
    dosed = log_dose[np.isfinite(log_dose)]
    bounds = _bounds(log_dose, 1.0)
    top = response[np.isneginf(log_dose)].mean() if dosed.size < log_dose.size else response.max()
    share = float(np.clip(response.min() / top, 0.0, 0.95)) if top > 0 else 0.0
    starts = [
        (top, share, middle, np.log(slope))
        for middle in np.linspace(dosed.min(), dosed.max(), 6)
        for slope in (0.7, 1.5, 5.0)
    ]
    theta, cost = least_squares(
        _model(log_dose, absolute=False), response, np.array(starts), bounds
    )
    best = int(np.argmin(cost))
    return Curve(theta[best], float(cost[best]), len(response) - N_PARAMETERS)


def relative_interval(log_dose: Floats, response: Floats, curve: Curve) -> tuple[float, float]:
    """Return the profile-likelihood interval of the curve's midpoint (log10).

    It holds all midpoints whose best sum of squares, over the other parameters, is within
    ``1 + F / df`` times the least one, F being the quantile with 1 and ``df`` degrees.

    Returns
    -------
    tuple of float
        Minus or plus infinity where the data set no limit within two decades of the tested
        concentrations.

    References
    ----------
    Bates DM, Watts DG (1988), Nonlinear Regression Analysis and Its Applications, chapter 6.
    """
    model = _model(log_dose, absolute=False)
    return _profile(model, log_dose, response, curve, curve.theta, _bounds(log_dose, 1.0))


def absolute_log_ic50(curve: Curve) -> float:
    """Return the log10 concentration where the response is half of the top; NaN if nowhere."""
    share = curve.theta[SHARE]
    if share >= _HALF:
        return np.nan
    return float(curve.theta[LOG_IC50] - np.log10(1 - 2 * share) / curve.slope)


def absolute_interval(log_dose: Floats, response: Floats, curve: Curve) -> tuple[float, float]:
    """Return the profile-likelihood interval of the absolute IC50 (log10).

    As :func:`relative_interval`, with the curve written in terms of the absolute IC50.
    """
    theta = curve.theta.copy()
    theta[LOG_IC50] = absolute_log_ic50(curve)
    model = _model(log_dose, absolute=True)
    return _profile(model, log_dose, response, curve, theta, _bounds(log_dose, _HALF))


def _bounds(log_dose: Floats, most_share: float) -> tuple[Floats, Floats]:
    dosed = log_dose[np.isfinite(log_dose)]
    low = [1e-9, 0.0, dosed.min() - FARTHEST - 1, np.log(_SLOPES[0])]
    high = [np.inf, most_share, dosed.max() + FARTHEST + 1, np.log(_SLOPES[1])]
    return np.array(low), np.array(high)


def _model(log_dose: Floats, *, absolute: bool) -> Model:
    is_vehicle = np.isneginf(log_dose)
    dose = np.where(is_vehicle, 0.0, log_dose)

    def predict(theta: Floats) -> tuple[Floats, Floats]:
        top, share, place, log_slope = (theta[:, i : i + 1] for i in range(N_PARAMETERS))
        slope = np.exp(log_slope)
        # The midpoint lies below the absolute IC50, the more the higher the bottom.
        lift = np.log10(1 - 2 * share) if absolute else np.zeros_like(share)
        middle = place + lift / slope
        left = np.where(is_vehicle, 1.0, special.expit(-slope * _LN10 * (dose - middle)))
        steep = np.where(is_vehicle, 0.0, left * (1 - left)) * top * (1 - share) * _LN10
        by_middle = steep * slope
        by_slope = -steep * slope * (dose - middle)
        by_share = top * (1 - left)
        if absolute:
            by_share = by_share - by_middle * 2 / ((1 - 2 * share) * _LN10 * slope)
            by_slope = by_slope - by_middle * lift / slope
        by_top = share + (1 - share) * left
        slopes = np.stack([by_top, by_share, by_middle, by_slope], axis=2)
        return top * by_top, slopes

    return predict


def _profile(
    model: Model,
    log_dose: Floats,
    response: Floats,
    curve: Curve,
    theta: Floats,
    bounds: tuple[Floats, Floats],
) -> tuple[float, float]:
    """Return where the profile crosses its threshold on either side of the estimate."""
    dosed = log_dose[np.isfinite(log_dose)]
    ends = (dosed.min() - FARTHEST, dosed.max() + FARTHEST)
    threshold = curve.sum_of_squares * stats.f.ppf(CI_LEVEL, 1, curve.df) / curve.df
    low, high = (
        _crossing(model, response, curve.sum_of_squares, theta, bounds, end, threshold)
        for end in ends
    )
    return (low, high)


def _crossing(
    model: Model,
    response: Floats,
    least: float,
    theta: Floats,
    bounds: tuple[Floats, Floats],
    end: float,
    threshold: float,
) -> float:
    """Return the point between estimate and ``end`` where the profile rises by ``threshold``."""
    estimate = float(theta[LOG_IC50])
    reach = end - estimate
    # Points lie densest where a precise curve has its limits.
    offsets = reach * np.append(0.0, np.geomspace(_NEAREST, 1.0, _POINTS))
    for _ in range(_ROUNDS):
        rises = _rises(model, response, least, theta, bounds, estimate + offsets)
        over = np.flatnonzero(rises > threshold)
        if over.size == 0:
            return float(np.copysign(np.inf, reach))
        last = max(int(over[0]), 1)
        offsets = np.linspace(offsets[last - 1], offsets[last], _POINTS)
    # Within so short a stretch the root of the rise is a straight line.
    below, above = np.sqrt(np.maximum(rises[last - 1 : last + 1], 0.0))
    part = (np.sqrt(threshold) - below) / (above - below) if above > below else 1.0
    width = (offsets[-1] - offsets[0]) * part
    return float(estimate + offsets[0] + width)


def _rises(
    model: Model,
    response: Floats,
    least: float,
    theta: Floats,
    bounds: tuple[Floats, Floats],
    places: Floats,
) -> Floats:
    """Return how much the sum of squares rises where an IC50 is held at each of the places."""
    starts = []
    for log_slope in (theta[LOG_SLOPE], theta[LOG_SLOPE] - 0.7):
        start = np.tile(theta, (len(places), 1))
        start[:, LOG_IC50] = places
        start[:, LOG_SLOPE] = log_slope
        starts.append(start)
    _, cost = least_squares(model, response, np.concatenate(starts), bounds, fixed=LOG_IC50)
    return np.asarray(cost.reshape(len(starts), -1).min(axis=0) - least)
