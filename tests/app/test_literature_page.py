"""The literature page: verdicts first, what all studies say, which drug does more, conflicts."""

from __future__ import annotations

import polars as pl

from app.web.components.standing import studies_words
from tests.app.conftest import OpenPage, words_of
from warehouse.home import Home
from warehouse.queries import query_release


def one(home: Home, sql: str) -> int:
    return int(query_release(home.current.resolve(), sql).item())


def test_tables_hold_what_the_marts_hold(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "literature")
    claims, standing, potency, conflicts = (table.value for table in app.dataframe)
    assert len(claims) == one(built_home, "select count(*) from mart_literature_concordance")
    tested = "select count(*) from mart_claim_standing where n_studies_tested > 0"
    assert len(standing) == one(built_home, tested) > 0
    assert len(potency) == one(built_home, "select count(*) from mart_claim_potency") > 0
    assert len(conflicts) == one(built_home, "select count(*) from mart_claim_conflict") == 6
    assert set(standing["data"]) == {"simulated"}


def test_studies_are_counted_by_verdict(built_home: Home, open_page: OpenPage) -> None:
    standing = open_page(built_home, "literature").dataframe[1].value
    for verdict in ("agree", "opposite", "not_significant"):
        shown = (standing["studies"] == f"1 {verdict.replace('_', ' ')}").sum()
        counted = f"select count(*) from mart_claim_standing where n_studies_{verdict} = 1"
        assert shown == one(built_home, counted) > 0
    several = {"agree": [2, 0], "opposite": [0, 0], "not_significant": [0, 3], "mixed": [1, 0]}
    counts = pl.DataFrame({f"n_studies_{name}": n for name, n in several.items()})
    assert counts.select(studies_words())["studies"].to_list() == [
        "2 agree, 1 mixed",
        "3 not significant",
    ]


def test_what_was_tested_comes_before_what_could_not_be(
    built_home: Home, open_page: OpenPage
) -> None:
    claims, _, potency, _ = (t.value for t in open_page(built_home, "literature").dataframe)
    for table in (claims, potency):
        untested = (table["verdict"] == "not testable").tolist()
        assert untested == sorted(untested)
        assert not untested[0]


def test_unequal_doses_are_said_to_be_unequal(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "literature")
    potency = app.dataframe[2].value
    measured = potency[potency["difference"].notna()]
    assert (measured["difference_ci_lower"] < measured["difference"]).all()
    assert measured["doses"].str.contains("1 uM / 5 uM").any()
    assert measured["dose_sentence"].str.contains("the concentrations are unequal").any()
    assert "compares the doses as much as the drugs" in words_of(app)


def test_an_older_link_with_the_code_of_a_level_is_read(
    built_home: Home, open_page: OpenPage
) -> None:
    by_words, by_code = (
        open_page(built_home, "literature", level=[level, "activity"]) for level in ("mRNA", "mrna")
    )
    for app in (by_words, by_code):
        assert "cannot be used here" not in words_of(app)
        assert app.multiselect(key="level").value == ["mRNA", "activity"]
    every = one(built_home, "select count(*) from mart_literature_concordance")
    assert 0 < len(by_code.dataframe[0].value) == len(by_words.dataframe[0].value) < every


def test_sections_follow_the_filters(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "literature", drug="thalidomide")
    *_, standing, potency = (table.value for table in app.dataframe)
    assert set(standing["drug"]) <= {"thalidomide", "lenalidomide", "pomalidomide"}
    assert potency["claim"].str.contains("thalidomide").all()
    assert "The documents do not disagree on these claims." in words_of(app)
