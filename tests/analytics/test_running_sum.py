"""The running sum and the test of a person's own list, against values worked out by hand."""

from __future__ import annotations

from math import comb

import polars as pl
import pytest

from analytics.own_list import over_representation
from analytics.running_sum import enrichment_score, running_sum


def test_the_sum_climbs_by_weight_and_falls_evenly() -> None:
    ranking = pl.DataFrame({"gene_id": list("abcdef"), "stat": [4.0, 3.0, 1.0, 0.0, -1.0, -2.0]})
    corners = running_sum(ranking, ["a", "c", "nowhere"])
    # 4 and 1 of 5 for the two genes; a quarter down for each of the four others
    assert corners["position"].to_list() == [0, 0, 1, 2, 3, 6]
    assert corners["running_sum"].to_list() == pytest.approx([0.0, 0.0, 0.8, 0.55, 0.75, 0.0])
    assert enrichment_score(corners) == pytest.approx(0.8)
    low = enrichment_score(running_sum(ranking, ["e", "f"]))
    assert low == pytest.approx(-1.0)


def test_no_member_and_nothing_but_members_have_no_sum() -> None:
    ranking = pl.DataFrame({"gene_id": ["a", "b"], "stat": [1.0, -1.0]})
    for members in ([], ["z"], ["a", "b"]):
        corners = running_sum(ranking, members)
        assert not corners.height
        assert enrichment_score(corners) is None


def test_statistics_of_zero_count_alike() -> None:
    ranking = pl.DataFrame({"gene_id": list("abcd"), "stat": [0.0] * 4})
    assert enrichment_score(running_sum(ranking, ["a", "b"])) == pytest.approx(1.0)


def test_an_own_list_is_tested_against_the_stated_background() -> None:
    background = [f"g{n}" for n in range(20)]
    members = pl.DataFrame(
        {
            "gene_set_id": ["five"] * 6 + ["small"] * 3,
            "gene_id": ["g0", "g1", "g2", "g3", "g4", "outside", "g0", "g1", "g2"],
        }
    )
    found = over_representation(["g0", "g1", "g2", "g19", "outside"], members, background)
    assert found["gene_set_id"].to_list() == ["five"]
    row = found.row(0, named=True)
    assert (row["n_measured"], row["n_overlap"]) == (5, 3)
    assert row["expected"] == pytest.approx(1.0)
    tail = sum(comb(5, k) * comb(15, 4 - k) for k in (3, 4)) / comb(20, 4)
    assert row["p_value"] == pytest.approx(tail)
    assert row["overlap_gene_ids"] == ["g0", "g1", "g2"]


def test_a_list_outside_the_background_finds_nothing() -> None:
    members = pl.DataFrame({"gene_set_id": ["s"] * 6, "gene_id": [f"g{n}" for n in range(6)]})
    assert not over_representation(["x"], members, [f"g{n}" for n in range(9)]).height
