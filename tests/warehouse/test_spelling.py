"""How names are written, without any data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.resolve import spelling


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("IFN-γ", ["IFNGAMMA", "IFNG"]),
        ("IFN- γ", ["IFNGAMMA", "IFNG"]),
        ("IFN-gamma", ["IFNGAMMA", "IFNG"]),
        ("TNFα", ["TNFALPHA", "TNFA"]),
        ("C/EBP-β", ["CEBPBETA", "CEBPB"]),
        ("β-catenin", ["BETACATENIN", "BCATENIN"]),
        ("p21(WAF-1)", ["P21WAF1"]),
        ("irf 4", ["IRF4"]),
        ("PU.1", ["PU1"]),
        ("alphabet", ["ALPHABET"]),
        ("ENSG00000111537.12", ["ENSG00000111537"]),
        ("GeneID: 3458", ["3458"]),
        ("---", []),
    ],
)
def test_keys(name: str, keys: list[str]) -> None:
    assert spelling.keys(name) == keys


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("DNMT1, 3a, 3b", ["DNMT1", "3a", "3b"]),
        ("IKZF1 and IKZF3", ["IKZF1", "IKZF3"]),
        ("a & b + c", ["a", "b", "c"]),
        ("PVR (CD155, NECL5), MICA", ["PVR (CD155, NECL5)", "MICA"]),
        (" , ,", []),
    ],
)
def test_lists(text: str, terms: list[str]) -> None:
    assert spelling.listed(text) == terms


def test_slashes_split_outside_parentheses_only() -> None:
    assert spelling.slashed("MICA/PVR (CD155/NECL5)") == ["MICA", "PVR (CD155/NECL5)"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Cereblon (CRBN)", ("Cereblon", "CRBN")),
        ("nuclear factor (NF)-κB", ("nuclear factor-κB", "NF-κB")),
        ("interferon (IFN) gamma", ("interferon gamma", "IFN gamma")),
        ("(CRBN)", None),
        ("CRBN", None),
        ("a (b) (c)", None),
    ],
)
def test_parentheses(name: str, parts: tuple[str, str] | None) -> None:
    assert spelling.parenthesised(name) == parts


@pytest.mark.parametrize(
    ("previous", "suffix", "name"),
    [
        ("DNMT1", "3a", "DNMT3a"),
        ("DNMT3a", "3b", "DNMT3b"),
        ("DNMT3A", "B", "DNMT3B"),
        ("IKZF1", "3", "IKZF3"),
        ("IL-2", "6", "IL-6"),
        ("4609", "3", None),
        ("MYC", "IRF4", None),
        ("CRBN", "3", None),
    ],
)
def test_continuation(previous: str, suffix: str, name: str | None) -> None:
    assert spelling.continued(previous, suffix) == name


def test_a_set_is_asked_for_by_its_name_its_short_form_and_without_its_kind() -> None:
    assert spelling.set_keys("Interferon-stimulated genes (ISGs)") == {
        "INTERFERONSTIMULATEDGENESISGS",
        "INTERFERONSTIMULATEDGENES",
        "INTERFERONSTIMULATED",
        "ISGS",
    }
    assert {"NFKBPATHWAY", "NFKB", "NFKAPPAB"} <= spelling.set_keys("NF-κB pathway")


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    spelling.keys(text)
    spelling.set_keys(text)
    for line in spelling.lines(text):
        for term in spelling.listed(line):
            spelling.slashed(term)
            spelling.parenthesised(term)
