"""What charts work out before they draw."""

from __future__ import annotations

import math
import re
from typing import Any

import polars as pl
import pytest
import vl_convert

from app.web.charts.compare import change_scatter
from app.web.charts.edges import Edges, at_edges, edge, edge_sentence
from app.web.charts.genes import gene_scatter, label_lifts, volcano_axes
from app.web.charts.ink import READABLE, cell_colour, contrast, ink_on
from app.web.charts.mechanism import mechanism_map
from app.web.charts.overlap import change_heatmap
from app.web.charts.samples import distance_heatmap
from app.web.components.look import DARK, LIGHT, PAPER, Look


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


# Uncalled genes within 0.5, called ones from 1 to 4.96 on either side, and one far out.
CROWD = [(i % 100 - 50) / 100 for i in range(1000)]
CALLED = [sign * (1 + i / 25) for i in range(100) for sign in (1, -1)]


def genes(far: float | None) -> pl.DataFrame:
    changes = [*CROWD, *CALLED, *([] if far is None else [far])]
    calls = [0] * len(CROWD) + [1 if change > 0 else 2 for change in changes[len(CROWD) :]]
    return pl.DataFrame(
        {
            "gene": [f"G{i}" for i in range(len(changes))],
            "i": range(len(changes)),
            "x": changes,
            "y": [0.2] * len(CROWD) + [5.0 + i % 30 for i in range(len(changes) - len(CROWD))],
            "c": calls,
            "marked": False,
        },
        schema_overrides={"c": pl.Int8},
    )


def test_an_axis_is_cut_where_one_gene_would_stretch_it_and_nowhere_else() -> None:
    far, near = genes(30.0), genes(8.0)
    # quartiles of the called changes are 2 and 4, so the fence lies at 10
    assert edge(far["x"], far["c"] > 0) == pytest.approx(10, abs=0.5)
    assert edge(near["x"], near["c"] > 0) is None
    assert edge(genes(None)["x"], genes(None)["c"] > 0) is None


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [1.0], [3.0, -4.0, 5.0]])
def test_a_few_genes_are_all_drawn_in_their_place(values: list[float]) -> None:
    series = pl.Series(values, dtype=pl.Float32)
    assert edge(series, pl.Series([True] * len(values), dtype=pl.Boolean)) is None


def test_three_strong_genes_of_a_quiet_contrast_are_no_outliers() -> None:
    changes = pl.Series([*[0.1] * 15_000, 4.0, -3.5, 5.0])
    assert edge(changes, changes.abs() > 1) is None


def test_a_gene_at_the_edge_keeps_its_true_value() -> None:
    placed = at_edges(pl.DataFrame({"x": [16.55, -9.0, 1.0], "y": [1.0, 2.0, 99.0]}), Edges(7, 50))
    assert placed["x"].to_list() == [7.0, -7.0, 1.0]
    assert placed["x_true"].to_list() == [16.55, -9.0, 1.0]
    assert placed["beyond"].to_list() == ["right", "left", "top"]
    assert edge_sentence(placed.select(x="x_true", y="y_true"), Edges(7, 50), "change", "p") == (
        "At the edge: 2 genes with change beyond ±7 (◀ ▶); 1 gene with p beyond 50 (▲). "
        "The tooltip and the table say the true values."
    )
    assert Edges(7, 50).opened((-8, 7, 0, 49)) == (-math.inf, math.inf, 0, 49)
    assert Edges().opened((-8, 7, 0, 49)) == (-8, 7, 0, 49)


def drawn_values(chart: dict[str, Any], field: str) -> list[Any]:
    rows = [row for rows in chart["datasets"].values() for row in rows]
    return [row[field] for row in rows if field in row]


def test_both_scatters_draw_the_far_gene_within_the_axis_and_say_where_it_is() -> None:
    frame = genes(30.0)
    axes = volcano_axes("a contrast", "higher after a", "lower after a", 0.05, 1.0)
    volcano = gene_scatter(frame, axes, PAPER).to_dict()
    assert max(drawn_values(volcano, "x")) == 10
    assert drawn_values(volcano, "x_said") == ["30.000"]
    pair = frame.select("gene", "i", "x", "y").with_columns(
        pl.when(frame["c"] > 0).then(pl.lit("only_a")).otherwise(pl.lit("neither")).alias("class")
    )
    scatter = change_scatter(pair, ("a", "b"), ("a at 1 uM", "b at 5 uM"), "", PAPER).to_dict()
    assert max(drawn_values(scatter, "x")) == 10
    assert max(drawn_values(scatter, "x_true")) == 30


def inks_drawn(chart: dict[str, Any], words: str) -> list[str]:
    """The colours that a text is drawn in."""
    svg = vl_convert.vegalite_to_svg(chart)
    return [ink.lower() for ink in re.findall(rf'<text[^>]*fill="([^"]+)"[^>]*>{words}<', svg)]


LOOKS = {"light": LIGHT, "dark": DARK, "paper": PAPER}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_text_can_be_read_on_a_cell_of_any_change(look: Look) -> None:
    for hundredth in range(-150, 151):
        cell = cell_colour(hundredth / 100, 1.0, look)
        assert contrast(ink_on(cell, look), cell) >= READABLE, hundredth
    assert cell_colour(9.0, 1.0, look) == look.up
    assert cell_colour(-9.0, 1.0, look) == look.down
    assert cell_colour(None, 1.0, look) == cell_colour(0.0, 1.0, look)
    assert ink_on(cell_colour(None, 1.0, look), look) == look.text


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    # The grey that WCAG's own example gives as just readable on white.
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("#FFFFFF", LIGHT.up) == pytest.approx(3.9, abs=0.05)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_each_mark_of_a_coloured_cell_has_its_own_ink(look: Look) -> None:
    cells = pl.DataFrame(
        {
            "gene": ["A", "B", "C", "D"],
            "contrast": ["x"] * 4,
            "log2_fold_change": [2.0, -2.0, 0.92, None],
            "padj": [0.01] * 4,
            "mark": ["▲", "▼", "▲", ""],
        }
    )
    heat = change_heatmap(cells, list("ABCD"), ["x"], "", "", look).to_dict()
    wanted = [ink_on(cell_colour(v, 2.0, look), look) for v in cells["log2_fold_change"].to_list()]
    assert drawn_values(heat, "ink") == wanted
    assert inks_drawn(heat, "▲") == [wanted[0].lower(), wanted[2].lower()]
    nodes = cells.select(
        pl.col("gene").alias("node"),
        pl.Series("i", range(4)),
        pl.Series("layer", range(4)),
        pl.lit(0.0).alias("y"),
        pl.lit("").alias("said"),
        pl.lit("up").alias("call"),
        "log2_fold_change",
        pl.lit("").alias("p_words"),
    )
    edges = pl.DataFrame(
        {
            "edge_id": ["e"],
            "source": ["A"],
            "target": ["B"],
            "relation": ["binds"],
            "state": ["agrees"],
            "claims": [1],
            "documents": [1],
            "drugs": ["d"],
        }
    )
    drawn = mechanism_map(nodes, edges, "", "", look).to_dict()
    assert drawn_values(drawn, "ink")[:4] == wanted
    assert [inks_drawn(drawn, name) for name in "ABCD"] == [[ink.lower()] for ink in wanted]


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_a_sample_is_nearest_to_itself_and_the_pairs_keep_their_shades(look: Look) -> None:
    one_way = [("a", "b", 55.0), ("a", "c", 140.0), ("b", "c", 130.0)]
    rows = [*one_way, *((b, a, far) for a, b, far in one_way)]
    frame = pl.DataFrame(rows, schema=["a", "b", "distance"], orient="row").with_columns(
        correlation=pl.lit(0.9)
    )
    chart = distance_heatmap(frame, ["a", "b", "c"], "", "", look)
    spec = chart.to_dict()
    cells = list(zip(*(drawn_values(spec, name) for name in ("a", "b", "distance")), strict=True))
    assert [cell for cell in cells if cell[0] == cell[1]] == [(s, s, 0.0) for s in "abc"]
    assert set(rows) <= set(cells)
    scale = spec["encoding"]["color"]["scale"]
    assert (scale["domain"], scale["clamp"]) == ([55.0, 140.0], True)
