"""Gene sets in a contrast, and what a set's names stand for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import hypergeom

from analytics.enrichment import FEWEST_GENES, PERMUTATIONS, enrich
from analytics.enrichment_jobs import members_by_id

RNG = np.random.default_rng(17)
GENES = [f"g{i:04d}" for i in range(1000)]
SETS = {
    "hit": GENES[:20],
    "edge": [*GENES[:5], *GENES[500:515]],
    "none": GENES[600:640],
    "small": GENES[:4],
    "absent": ["x1", "x2"],
}


@pytest.fixture(scope="module")
def results():
    stat = RNG.normal(size=1000)
    stat[:20] = RNG.uniform(5, 9, 20)
    padj = np.where(np.abs(stat) > 4, 0.001, 0.5)
    return pl.DataFrame(
        {"gene_id": GENES, "log2_fold_change": stat / 2, "stat": stat, "padj": padj}
    ).with_columns(padj=pl.when(pl.col("gene_id") == "g0999").then(None).otherwise("padj"))


@pytest.fixture(scope="module")
def table(results):
    n_members = {name: len(genes) for name, genes in SETS.items()}
    return enrich(results, SETS, n_members, fdr=0.05, abs_log2_fold_change=1.0)


def row(table, method, name):
    found = table.filter((pl.col("method") == method) & (pl.col("gene_set_id") == name))
    return found.row(0, named=True)


def test_every_set_has_a_row_for_every_method(table):
    assert table.height == 15
    assert table.select("method", "gene_set_id").is_unique().all()
    assert table["n_background"].unique().to_list() == [999]


def test_over_representation_is_hypergeometric_among_the_genes_tested(table):
    hit, edge, none = (row(table, "ora_up", name) for name in ("hit", "edge", "none"))
    assert hit["n_called"] == hit["n_overlap"] == 20
    assert hit["leading_gene_ids"].split("|") == GENES[:20]
    np.testing.assert_allclose(hit["p_value"], hypergeom.sf(19, 999, 20, 20), rtol=1e-6)
    np.testing.assert_allclose(edge["p_value"], hypergeom.sf(4, 999, 20, 20), rtol=1e-6)
    assert (none["n_overlap"], none["p_value"], none["leading_gene_ids"]) == (0, 1.0, None)
    adjusted = [min(3 * hit["p_value"], 1), 3 * edge["p_value"] / 2, 1.0]
    np.testing.assert_allclose([r["padj"] for r in (hit, edge, none)], adjusted)


def test_a_direction_without_a_called_gene_says_so(table):
    down = row(table, "ora_down", "hit")
    assert down["not_tested_reason"] == "no gene is called down"
    assert down["p_value"] is None
    assert down["padj"] is None


def test_preranked_enrichment_finds_the_set_and_claims_no_impossible_certainty(table):
    hit, none = row(table, "gsea", "hit"), row(table, "gsea", "none")
    assert hit["normalised_enrichment_score"] > 2
    assert 1 / (PERMUTATIONS + 1) < hit["p_value"] < 0.005
    assert set(hit["leading_gene_ids"].split("|")) <= set(GENES[:20])
    assert none["p_value"] > 0.05


def test_the_seed_is_fixed_and_the_order_of_genes_does_not_matter(results, table):
    n_members = {name: len(genes) for name, genes in SETS.items()}
    shuffled = results.sample(fraction=1.0, shuffle=True, seed=1)
    again = enrich(shuffled, SETS, n_members, fdr=0.05, abs_log2_fold_change=1.0)
    assert again.equals(table)


@pytest.mark.parametrize(("name", "words"), [("small", "4 genes"), ("absent", "no gene")])
def test_small_sets_are_not_tested_and_say_why(table, name, words):
    for method in ("ora_up", "gsea"):
        found = row(table, method, name)
        assert found["p_value"] is None
        assert found["not_tested_reason"].startswith(words)
        assert str(FEWEST_GENES) in found["not_tested_reason"]


def test_names_resolve_by_symbol_first_and_never_by_picking():
    names = pl.DataFrame(
        [("A", "e1", 1), ("A", "e2", 2), ("OLD", "e3", 2), ("TWO", "e4", 2), ("TWO", "e5", 2)],
        schema=["name", "gene_id", "rank"],
        orient="row",
    )
    named = pl.DataFrame(
        [("s", "A"), ("s", "OLD"), ("s", "TWO"), ("t", "TWO"), ("t", "?")],
        schema=["gene_set_id", "name"],
        orient="row",
    )
    assert members_by_id(named, names) == {"s": ["e1", "e3"]}


def test_a_small_set_that_a_document_names_is_tested_with_a_caveat(results):
    sets = {"three": GENES[:3], "two": GENES[:2], "hit": SETS["hit"]}
    n_members = {name: len(genes) for name, genes in sets.items()}
    thresholds = {"fdr": 0.05, "abs_log2_fold_change": 1.0}
    found = enrich(results, sets, n_members, named={"three", "two"}, **thresholds)
    three, two, hit = (row(found, "gsea", name) for name in sets)
    assert three["not_tested_reason"] is None
    assert three["p_value"] < 0.05
    assert three["caveat"].startswith("only 3 genes")
    assert two["not_tested_reason"].endswith("at least 3 are needed")
    assert two["caveat"] is hit["caveat"] is None
