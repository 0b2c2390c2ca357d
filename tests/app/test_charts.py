"""What charts work out before they draw."""

from __future__ import annotations

import polars as pl

from app.web.charts.genes import label_lifts


def test_names_of_near_genes_are_lifted_apart_and_a_lone_one_stays_at_its_point() -> None:
    placed = pl.DataFrame(
        {
            "gene": ["SIM13909", "SIM11028", "SIM03291", "SIM10092", "SIM13814"],
            "x": [3.47, 3.77, 3.16, 4.28, -3.57],
            "y": [262.0, 262.0, 262.0, 262.0, 195.0],
        }
    ).sort("x")
    lifts = dict(zip(placed["gene"], label_lifts(placed, wide=24, high=262), strict=True))
    assert lifts["SIM13814"] == -11
    near = [lifts[gene] for gene in ("SIM03291", "SIM13909", "SIM11028")]
    assert len(set(near)) == 3
    # On a plot that spans far less, the same genes lie far from each other.
    assert set(label_lifts(placed, wide=1, high=262)) == {-11}
