"""Several contrasts at once: exclusive overlaps, and lists such as in A, not in B."""

from __future__ import annotations

import polars as pl

from app.web.components.look import without_shared_end
from app.web.components.overlap import overlap_table
from app.web.reader import Reader
from tests.app.conftest import OpenPage
from warehouse.home import Home

LEN, POM = "small-imid.lenalidomide_vs_dmso", "small-imid.pomalidomide_vs_dmso"


def test_a_gene_counts_once_in_the_bar_of_exactly_its_contrasts() -> None:
    called = pl.DataFrame({"gene_id": list("abcd"), "pattern": ["x", "x|y", "x|y", "y"]})
    table = overlap_table(called, ["x", "y"], {"x": "X", "y": "Y"})
    assert table.select("words", "genes").rows() == [("X and Y", 2), ("Y", 1), ("X", 1)]
    assert table["genes"].sum() == called.height


def test_labels_lose_only_the_words_all_end_in() -> None:
    assert without_shared_end(["a 5 uM vs DMSO, 24 h", "b 1 uM vs DMSO, 24 h"]) == (
        ["a 5 uM", "b 1 uM"],
        "vs DMSO, 24 h",
    )
    assert without_shared_end(["one", "one"]) == (["one", "one"], "")
    assert without_shared_end(["a b"]) == (["a b"], "")


def test_in_one_and_not_in_the_other(built_home: Home, open_page: OpenPage) -> None:
    release = built_home.current.resolve()
    for wanted, unwanted in ((POM, LEN), (LEN, POM)):
        ((expected,),) = (
            Reader(release.stem, str(release))
            .bulk(
                "select count(*) from marts.fct_differential_expression as a "
                "inner join marts.fct_differential_expression as b on a.gene_id = b.gene_id "
                f"where a.contrast_id = '{wanted}' and b.contrast_id = '{unwanted}' "
                "and a.direction in ('up', 'down') and b.direction not in ('up', 'down')"
            )
            .rows()
        )
        parameters = {"compare": "several contrasts", "in": [wanted], "out": [unwanted]}
        app = open_page(built_home, "compare_drugs", **parameters)
        assert not app.exception
        said = [str(caption.value) for caption in app.caption]
        if expected:
            assert len(app.dataframe[1].value) == expected
        else:
            assert len(app.dataframe) == 1, said


def test_samples_show_components_distances_and_outliers(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "samples", pcx="PC2", pcy="PC3")
    assert not app.exception
    assert any("12 samples" in str(caption.value) for caption in app.caption)
    pairs = open_page(built_home, "samples", figure="distances").dataframe[0].value
    assert len(pairs) == 12 * 11 / 2
