"""Two drugs with their concentrations, and what the slope of one's changes on the other's says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.web.components.look import number, thousands


def dosed(drug: str, doses: str | None) -> str:
    """Return a drug with its concentrations, which any word on its strength needs."""
    return f"{drug} at {doses}" if doses else f"{drug} (concentration not given)"


def pair_names(pair: Mapping[str, Any]) -> tuple[str, str]:
    """Return both drugs of a row of ``compare.PAIRS`` with their concentrations."""
    return dosed(pair["drug_a"], pair["doses_a"]), dosed(pair["drug_b"], pair["doses_b"])


def dose_words(pair: Mapping[str, Any]) -> str:
    """Return the two concentrations and what comparing at them is worth, as a sentence."""
    said = str(pair["dose_sentence"])
    return f"{said[:1].upper()}{said[1:]}."


def slope_words(pair: Mapping[str, Any]) -> str:
    """Return the interval of the slope over the responsive genes, and what it says of the drugs.

    A bound without a limit is None.
    """
    genes = f"{thousands(pair['n_responsive'])} genes called in either"
    slope, lower, upper = (pair[f"responsive_slope{end}"] for end in ("", "_lower", "_upper"))
    if slope is None:
        return f"{genes} are too few for a slope"
    name_a, name_b = pair_names(pair)
    said = f"neither {name_a} nor {name_b} is shown to change them more"
    if lower is not None and lower > 1:
        said = f"{name_b} changes them more than {name_a}"
    elif upper is not None and upper < 0:
        said = f"{name_a} and {name_b} change them in opposite directions"
    elif lower is not None and upper is not None and lower > -1 and upper < 1:
        said = f"{name_b} changes them less than {name_a}"
    interval = (
        "no interval"
        if lower is None and upper is None
        else f"95 % {'−∞' if lower is None else number(lower)} to "
        f"{'∞' if upper is None else number(upper)}"
    )
    return f"{interval} by bootstrap over {genes}: {said}. Over all genes {number(pair['slope'])}"
