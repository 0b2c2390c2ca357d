"""What the page on two drugs says of their strength."""

from __future__ import annotations

import pytest

from app.web.components.potency import pair_names, slope_words

PAIR = {
    "drug_a": "A",
    "doses_a": "5 uM",
    "drug_b": "B",
    "doses_b": None,
    "slope": 1.1,
    "n_responsive": 1234,
    "responsive_slope": 1.2,
    "responsive_slope_lower": 1.02,
    "responsive_slope_upper": 1.3,
}
A, B = "A at 5 uM", "B (concentration not given)"


@pytest.mark.parametrize(
    ("lower", "upper", "interval", "said"),
    [
        (1.02, 1.3, "95 % 1.02 to 1.30", f"{B} changes them more than {A}"),
        (1.02, None, "95 % 1.02 to ∞", f"{B} changes them more than {A}"),
        (0.4, 0.9, "95 % 0.40 to 0.90", f"{B} changes them less than {A}"),
        (0.9, 1.3, "95 % 0.90 to 1.30", f"neither {A} nor {B} is shown to change them more"),
        (-2.0, -1.5, "95 % −2.00 to −1.50", f"{A} and {B} change them in opposite directions"),
        (-0.5, 0.5, "95 % −0.50 to 0.50", f"{B} changes them less than {A}"),
        (None, None, "no interval", f"neither {A} nor {B} is shown to change them more"),
    ],
)
def test_a_drug_is_called_stronger_only_where_the_whole_interval_says_so(
    lower: float | None, upper: float | None, interval: str, said: str
) -> None:
    pair = PAIR | {"responsive_slope_lower": lower, "responsive_slope_upper": upper}
    assert pair_names(pair) == (A, B)
    words = slope_words(pair)
    assert words.startswith(f"{interval} by bootstrap over 1\u202f234 genes called in either")
    assert words.endswith(f": {said}. Over all genes 1.10")


def test_too_few_genes_have_no_slope() -> None:
    pair = PAIR | {"n_responsive": 2, "responsive_slope": None}
    assert slope_words(pair) == "2 genes called in either are too few for a slope"
