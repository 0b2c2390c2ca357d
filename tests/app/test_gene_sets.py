"""Gene sets: the figures of the mart, its running sum again, and a list of one's own."""

from __future__ import annotations

import pytest

from analytics.running_sum import enrichment_score, running_sum
from app.web.marts import gene_sets as marts
from app.web.reader import Reader
from tests.app.conftest import OpenPage, metric_of, words_of
from warehouse.home import Home

CONTRAST = "small-imid.pomalidomide_vs_dmso"
SET = "simulated_sets/Simulated: made-up genes 1 to 60"


@pytest.fixture
def reader(built_home: Home) -> Reader:
    release = built_home.current.resolve()
    return Reader(release.stem, str(release))


def test_the_running_sum_reaches_the_score_of_the_mart(reader: Reader) -> None:
    ranking = reader.bulk(marts.RANKING, {"contrast": CONTRAST})
    tested = reader.bulk(
        marts.SETS,
        {"contrast": CONTRAST, "method": "gsea", "all_libraries": True, "libraries": []},
    ).drop_nulls("enrichment_score")
    assert SET in tested["gene_set_id"].to_list()
    for row in tested.iter_rows(named=True):
        members = reader.bulk(
            marts.MEMBERS, {"contrast": CONTRAST, "set": row["gene_set_id"], "leading": None}
        )
        again = enrichment_score(running_sum(ranking, members["gene_id"].to_list()))
        assert again == pytest.approx(row["enrichment_score"], abs=1e-6)


def test_sets_tested_and_their_genes_are_those_of_the_mart(
    built_home: Home, open_page: OpenPage, reader: Reader
) -> None:
    app = open_page(built_home, "gene_sets", contrast=CONTRAST, set=SET)
    assert not app.exception
    ((tested,),) = reader.bulk(
        "select count(*) from marts.fct_gene_set_enrichment where method = 'gsea' "
        f"and contrast_id = '{CONTRAST}' and not_tested_reason is null"
    ).rows()
    assert metric_of(app, "Sets tested") == str(tested)
    genes = app.dataframe[1].value
    assert len(genes) == 60
    assert (genes["part"] == "leading edge").any()
    assert app.session_state["gene_list_name"] == f"genes of {SET.partition('/')[2]}"


def test_sets_that_were_not_tested_say_why(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(
        built_home, "gene_sets", contrast=CONTRAST, sets="not tested", library="curated"
    )
    reasons = app.dataframe[0].value["not_tested_reason"]
    assert reasons.str.contains(r"tested in this contrast, and at least [35] are needed").all()


def test_a_list_of_ones_own_names_its_background_and_what_was_left_out(
    built_home: Home, open_page: OpenPage
) -> None:
    pasted = ", ".join(["SIM00001", "SIM00002", "SIM00003", "IL-2", "NOSUCHGENE"])
    app = open_page(built_home, "gene_sets", contrast=CONTRAST, genes=pasted)
    said = words_of(app)
    assert "3 of your genes, against " in said
    assert "NOSUCHGENE is no name of a gene here" in said
    assert "IL2 was not tested in this contrast" in said
    own = app.dataframe[-1].value.set_index("gene_set")
    assert own.loc[SET.partition("/")[2], "n_overlap"] == 3
