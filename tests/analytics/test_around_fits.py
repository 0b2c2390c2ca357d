"""What ``imid analyze`` computes around the fits: stored once, again only when stale."""

from __future__ import annotations

import shutil

import numpy as np
import polars as pl
import pytest

from analytics.contrast_pair_jobs import analyze_contrast_pairs
from analytics.enrichment_jobs import analyze_gene_sets
from analytics.jobs import analyze_fits
from analytics.sample_jobs import analyze_samples
from analytics.transform import stabilised
from ingest.gene_sets import ingest_gene_sets
from warehouse.connections import current_release, open_working
from warehouse.frames import read_frame
from warehouse.home import Home
from warehouse.queries import query_release


@pytest.fixture
def copied(built_home, tmp_path):
    """A built warehouse that a test may change."""
    return Home(shutil.copytree(built_home.root, tmp_path / "home", symlinks=True))


def tell(*_):
    """A report that nobody reads."""


def count(con, table):
    return con.execute(f"select count(*) from analytics.{table}").fetchall()[0][0]


def test_nothing_is_computed_twice_and_new_thresholds_are(copied):
    with open_working(copied) as con:
        pairs = count(con, "contrast_pairs")
        assert analyze_contrast_pairs(con, 0.05, 1.0, tell) is None
        assert analyze_contrast_pairs(con, 0.01, 1.0, tell) == pairs // 2 > 0
        assert analyze_gene_sets(con, 0.05, 1.0, tell) == (0, [])
        tested = count(con, "gene_set_enrichment")
        assert analyze_gene_sets(con, 0.01, 1.0, tell)[0] > 0
        assert count(con, "gene_set_enrichment") == tested
        samples = count(con, "sample_groups")
        con.execute("update analytics.sample_groups set inputs_sha256 = 'stale'")
        told = []
        assert analyze_samples(con, copied, lambda *what: told.append(what)) == []
        assert [failure for _, failure in told] == [None]
        assert count(con, "sample_groups") == samples > 0


def test_what_is_computed_over_contrasts_keeps_the_results_it_rests_on(copied):
    with open_working(copied) as con:
        fits = dict(
            con.execute(
                "select distinct contrast_id, fit_id from analytics.differential_expression"
            ).fetchall()
        )
        kept = con.execute(
            "select contrast_id_a, result_id_a from analytics.contrast_pairs union "
            "select contrast_id_b, result_id_b from analytics.contrast_pairs union "
            "select contrast_id, fit_id from analytics.gene_set_enrichment union "
            "select contrast_id, result_id from analytics.poolable_contrasts"
        ).fetchall()
        assert len(kept) == len(fits) > 1
        assert dict(kept) == fits
        loads = "select gene_set_id, load_id from raw.gene_sets"
        tested = "select distinct gene_set_id, gene_set_load_id from analytics.gene_set_enrichment"
        sets = dict(con.execute(tested).fetchall())
        assert len(sets) > 1
        assert sets.items() <= dict(con.execute(loads).fetchall()).items()


def test_every_sample_has_components_and_every_pair_a_distance(copied):
    with open_working(copied) as con:
        n = count(con, "sample_groups")
        assert count(con, "sample_distances") == n * (n - 1) // 2
        shares = read_frame(
            con,
            "select distinct component, explained_variance as share from analytics.sample_pca "
            "order by component",
        )["share"]
    assert shares.is_sorted(descending=True)
    assert 0.3 < shares.sum() <= 1.0 + 1e-9


def test_stabilised_values_of_the_mart_are_those_of_the_transformation(built_home):
    found = query_release(
        current_release(built_home),
        "select sample_key, gene_id, normalised_count, stabilised_value "
        "from fct_normalised_expression order by gene_id, sample_key",
    )
    counts = query_release(
        current_release(built_home),
        "select sample_key, gene_id, count from fct_expression order by gene_id, sample_key",
    ).pivot(on="sample_key", index="gene_id", values="count")
    names = counts.columns[1:]
    expected = stabilised(counts.select(names).to_numpy().T)
    values = found.pivot(on="sample_key", index="gene_id", values="stabilised_value").select(names)
    np.testing.assert_allclose(values.to_numpy().T, expected.values, atol=1e-5)
    normed = found.pivot(on="sample_key", index="gene_id", values="normalised_count").select(names)
    np.testing.assert_allclose(
        normed.to_numpy().T * expected.size_factors[:, None], counts.select(names).to_numpy().T
    )


def test_a_new_gene_set_is_tested_in_every_contrast(copied, tmp_path):
    with open_working(copied) as con:
        genes = read_frame(
            con,
            "select gene_id from analytics.differential_expression where padj < 0.05 "
            "group by gene_id order by count(*) desc, gene_id limit 12",
        )["gene_id"]
        path = tmp_path / "own.gmt"
        path.write_text("MOVED\tof this study\t" + "\t".join(genes) + "\n")
        ingest_gene_sets(con, path)
        analyze_gene_sets(con, 0.05, 1.0, tell)
        found = read_frame(
            con,
            "select contrast_id, method, n_measured, p_value from analytics.gene_set_enrichment "
            "where gene_set_id = 'own/MOVED'",
        )
    assert found.height == 3 * found["contrast_id"].n_unique()
    assert found.filter(pl.col("method") == "gsea")["p_value"].min() < 0.05


ANOTHER_STUDY = """
insert into raw.studies
select * replace ('other' as load_id, 'other' as study_id, '{organism}' as organism)
from raw.studies limit 1;
insert into raw.features
select * replace ('other' as load_id, 'other' as study_id, {gene_id} as gene_id,
                  {symbol} as symbol_as_given)
from raw.features where symbol_as_given is not null
"""
MOUSE_REFERENCE = """
insert into raw.genes
select * replace ('mouse' as load_id, 'MUS' || gene_id as gene_id, 'mouse' as organism)
from raw.genes;
insert into raw.gene_aliases
select * replace ('mouse' as load_id, 'MUS' || gene_id as gene_id) from raw.gene_aliases
"""
OTHERS = {
    "human_by_symbol": ANOTHER_STUDY.format(
        organism="Homo sapiens", gene_id="symbol_as_given", symbol="null"
    ),
    "mouse": ANOTHER_STUDY.format(
        organism="Mus musculus", gene_id="'MUS' || gene_id", symbol="symbol_as_given"
    ),
    "mouse_reference": MOUSE_REFERENCE,
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_a_set_holds_in_a_study_depends_on_no_other_study_or_organism(copied, other):
    stored = (
        "select contrast_id, gene_set_id, method, n_measured, p_value "
        "from analytics.gene_set_enrichment order by all"
    )
    with open_working(copied) as con:
        before = read_frame(con, stored)
        con.execute(OTHERS[other])
        assert analyze_gene_sets(con, 0.05, 1.0, tell) == (0, [])
        con.execute("delete from analytics.gene_set_enrichment")
        assert analyze_gene_sets(con, 0.05, 1.0, tell)[0] > 0
        assert read_frame(con, stored).equals(before)
    by_library = before.group_by(pl.col("gene_set_id").str.contains("simulated")).agg(
        pl.col("n_measured").max()
    )
    assert by_library.height == 2
    assert by_library["n_measured"].min() > 0


def test_a_study_loaded_anew_has_its_sets_tested_anew(copied):
    """Its organism or its symbols may be others, which no fit depends on."""
    with open_working(copied) as con:
        for table in ("raw.studies", "raw.features", "analytics.fits"):
            con.execute(f"update {table} set load_id = 'anew'")
        assert analyze_gene_sets(con, 0.05, 1.0, tell)[0] > 0
        assert analyze_gene_sets(con, 0.05, 1.0, tell) == (0, [])


def test_a_fit_that_fails_is_named_and_the_others_are_stored(copied):
    with open_working(copied) as con:
        fits = count(con, "fits")
        for table in ("fits", "size_factors", "dispersions", "differential_expression"):
            con.execute(f"delete from analytics.{table}")
        for landed in copied.landed.iterdir():
            landed.rename(landed.with_suffix(".gone"))
        failures = analyze_fits(con, copied, tell, workers=1)
        assert len(failures) == fits
        assert all("FileNotFoundError" in failure.reason for failure in failures)
        for landed in copied.landed.iterdir():
            landed.rename(landed.with_suffix(".parquet"))
        assert analyze_fits(con, copied, tell, workers=1) == []
        assert count(con, "fits") == fits
