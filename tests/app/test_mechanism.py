"""The map of the mechanism: where its nodes stand and what its arrows say."""

from __future__ import annotations

import polars as pl

from app.web.components.mechanism import OTHER_DRUG, UNTESTABLE, edge_table, places
from app.web.reader import Reader
from tests.app.conftest import OpenPage, words_of
from warehouse.home import Home

CONTRAST = "small-imid.pomalidomide_vs_dmso"


def arrow(edge: str, drug: str, verdict: str | None, testable: bool = True) -> dict[str, object]:
    return {
        "edge_id": edge,
        "source_symbol": "A",
        "target_symbol": "B",
        "relation": "loss_lowers",
        "is_testable_by_mrna": testable,
        "drug_id": drug,
        "drug": drug,
        "document": "d",
        "verdict": verdict,
    }


def test_an_arrow_says_what_the_claims_of_the_drug_came_to() -> None:
    claims = pl.DataFrame(
        [
            arrow("protein", "len", "not_testable", testable=False),
            arrow("both", "len", "agrees"),
            arrow("both", "len", "opposite"),
            arrow("same", "len", "agrees"),
            arrow("same", "len", "not_significant"),
            arrow("flat", "len", "not_significant"),
            arrow("cells", "len", "not_testable"),
            arrow("other", "pom", None),
        ],
        infer_schema_length=None,
    )
    states = dict(edge_table(claims, "len").select("edge_id", "state").iter_rows())
    assert states == {
        "protein": UNTESTABLE,
        "both": "agrees and opposite",
        "same": "agrees",
        "flat": "not significant",
        "cells": "not testable",
        "other": OTHER_DRUG,
    }


def test_causes_stand_left_of_effects_and_a_circle_is_no_trap() -> None:
    edges = [("", "C"), ("C", "K"), ("K", "M"), ("", "R"), ("R", "M"), ("M", "C")]
    placed = places(edges)
    assert [placed[node][0] for node in ("", "C", "K", "R", "M")] == [0, 1, 2, 2, 3]
    assert len(set(placed.values())) == len(placed)


def test_every_shipped_arrow_rests_on_claims_about_one_of_its_ends(built_home: Home) -> None:
    release = built_home.current.resolve()
    astray = Reader(release.stem, str(release)).bulk(
        """
        select e.edge_id, e.claim_id, c.target_name
        from marts.mart_mechanism_edge as e
        inner join marts.fct_literature_claim as c on e.claim_id = c.claim_id
        where c.gene_symbol is null or c.gene_symbol not in (e.source_symbol, e.target_symbol)
          and not (e.source_symbol is null and c.gene_symbol = e.target_symbol)
        """
    )
    assert astray.rows() == []


def test_a_measured_gene_is_drawn_and_an_arrow_opens_its_words(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "mechanism", contrast=CONTRAST)
    assert not app.exception
    nodes = app.dataframe[0].value.set_index("gene")
    assert nodes.loc["IRF4", "call"] == "down"
    assert nodes.loc["MYC", "call"] == "not significant"
    edges = app.dataframe[1].value
    states = edges.set_index(["from", "to"])["the data of this contrast"]
    assert states["IKZF1", "IRF4"] == "agrees"
    assert states["CRBN", "IKZF1"] == UNTESTABLE
    assert "no measurement of mRNA can test" in words_of(app)
