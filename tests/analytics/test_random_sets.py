"""Preranked enrichment against gseapy's, and against what random membership must give."""

from __future__ import annotations

import logging

import gseapy
import numpy as np
import pandas as pd
import pytest

from analytics.random_sets import RandomSets, enrichment_scores, running_sum

GENES = 2000


@pytest.fixture(scope="module")
def ranking():
    rng = np.random.default_rng(4)
    return pd.Series(np.sort(rng.normal(0, 2, GENES))[::-1], [f"g{i:04d}" for i in range(GENES)])


@pytest.fixture(scope="module")
def sets():
    rng = np.random.default_rng(6)
    drawn = {f"random{m}": rng.choice(GENES, m, replace=False) for m in (5, 12, 40, 40, 150)}
    drawn["top"] = rng.choice(GENES // 4, 30, replace=False)
    drawn["bottom"] = GENES - 1 - rng.choice(GENES // 3, 20, replace=False)
    return {name: np.sort(places) for name, places in drawn.items()}


@pytest.fixture(scope="module")
def theirs(ranking, sets):
    logging.disable(logging.WARNING)
    table = gseapy.prerank(
        rnk=ranking,
        gene_sets={name: list(ranking.index[places]) for name, places in sets.items()},
        outdir=None,
        no_plot=True,
        min_size=3,
        max_size=GENES - 1,
        permutation_num=1000,
        threads=1,
        seed=3,
    ).res2d
    logging.disable(logging.NOTSET)
    return table.set_index("Term")


def test_scores_and_leading_edges_are_those_of_gseapy(ranking, sets, theirs):
    weight = np.abs(ranking.to_numpy())
    for name, places in sets.items():
        score, leading = running_sum(weight, places)
        assert score == pytest.approx(theirs.loc[name, "ES"], abs=1e-12)
        assert enrichment_scores(weight, places[None])[0] == score
        assert set(ranking.index[leading]) == set(theirs.loc[name, "Lead_genes"].split(";"))


def test_significance_is_that_of_gseapy_within_the_noise_of_its_draws(ranking, sets, theirs):
    random = RandomSets(ranking.to_numpy(), 150, 4000, 1)
    for name, places in sets.items():
        score = float(theirs.loc[name, "ES"])
        ours = random.significance(score, places.size)
        p = max(ours.p_value, 1e-3)
        noise = np.sqrt(p * (1 - p) / 400)
        assert abs(ours.p_value - theirs.loc[name, "NOM p-val"]) < 4 * noise
        assert ours.normalised == pytest.approx(theirs.loc[name, "NES"], rel=0.06)


def test_random_sets_are_as_significant_as_they_should_be(ranking):
    random = RandomSets(ranking.to_numpy(), 25, 1000, 1)
    other = RandomSets(ranking.to_numpy(), 25, 1000, 2).scores(25)
    p_values = np.array([random.significance(score, 25).p_value for score in other])
    assert abs((p_values < 0.1).mean() - 0.1) < 0.04
    assert p_values.min() >= 1 / 1001


def test_a_set_of_genes_without_any_statistic_has_a_score():
    score, leading = running_sum(np.array([2.0, 1.0, 0.0, 0.0, 0.0, 1.0]), np.array([2, 3]))
    assert score == pytest.approx(-0.5)
    assert leading.size == 2
