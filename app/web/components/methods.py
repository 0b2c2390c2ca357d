"""How a contrast came about, in words: fitted here and by what, or given with its study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NORMALISED: Final = {
    "size_factors": "counts divided by size factors, one per sample",
    "lengths": "counts divided by a factor each, from transcript lengths and depth",
}


def samples_in_words(about: Mapping[str, Any]) -> str:
    """Return the samples on both sides of a row of ``marts.contrast.CONTRASTS``."""
    if about["n_numerator"] is None or about["n_denominator"] is None:
        return "numbers of samples not given"
    return f"{about['n_numerator']} samples against {about['n_denominator']}"


def method_in_words(about: Mapping[str, Any]) -> str:
    """Return design, engine and normalisation of a fit, or what is known of given results."""
    if about["origin"] == "given":
        parts = [
            "results given with the study, not fitted here",
            f"read as {about['result_form']}" if about["result_form"] else None,
            f"test {about['result_test']}" if about["result_test"] else None,
            f"adjusted by {about['result_correction']}" if about["result_correction"] else None,
        ]
        return "; ".join(part for part in parts if part)
    normalised = _NORMALISED.get(about["normalisation"], "normalisation not recorded")
    return (
        f"design {about['design']}; fitted by the engine {about['engine']} "
        f"{about['engine_version']}; {normalised}"
    )
