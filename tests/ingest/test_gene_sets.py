"""GMT files and the curated CSV under one command, told apart by content."""

from __future__ import annotations

import pytest

from ingest.gene_sets import ingest_gene_sets, read_gmt
from warehouse.connections import open_working
from warehouse.errors import DataError
from warehouse.home import installation_root

GMT = "ISG\thttp://source\tIFIT1\tIFIT3,0.5\tIFIT1\nEMPTY_WORDS\t\tMYC\n\n"


@pytest.fixture
def gmt(tmp_path):
    path = tmp_path / "own.sets.gmt"
    path.write_text(GMT)
    return path


def test_a_gmt_file_is_read_set_by_set(gmt):
    rows = read_gmt(gmt).rows(named=True)
    assert [r["gene_set_id"] for r in rows] == ["own/ISG", "own/EMPTY_WORDS"]
    assert [r["member_symbols"] for r in rows] == ["IFIT1|IFIT3", "MYC"]
    assert [r["note"] for r in rows] == ["http://source", None]


def test_both_forms_load_side_by_side_and_again_changes_nothing(home, gmt):
    curated = installation_root() / "ingest" / "curated"
    with open_working(home) as con:
        assert ingest_gene_sets(con, gmt).recognised_as == "GMT"
        assert ingest_gene_sets(con, gmt).action == "unchanged"
        assert ingest_gene_sets(con, curated / "gene_sets.csv").action == "loaded"
        gmt.write_text(GMT.replace("MYC", "IRF4"))
        assert ingest_gene_sets(con, gmt).action == "replaced"
        stored = con.execute(
            "select member_symbols from raw.gene_sets where gene_set_id like 'own/%' order by 1"
        ).fetchall()
    assert stored == [("IFIT1|IFIT3",), ("IRF4",)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A\tx\tG1\nA\ty\tG2\n", "stands twice"),
        ("A\tx\tG1\nB\tx\n", "needs a name"),
        ("A\tx\tG1\n\tx\tG1\n", "needs a name"),
    ],
)
def test_an_incomplete_or_repeated_set_is_refused_by_line(home, gmt, text, words):
    gmt.write_text(text)
    with open_working(home) as con, pytest.raises(DataError, match=words) as refused:
        ingest_gene_sets(con, gmt)
    assert "line 2" in str(refused.value)


def test_a_file_without_a_set_is_refused(gmt):
    gmt.write_text("\u2003\n", encoding="utf-8")
    with pytest.raises(DataError, match="no gene set"):
        read_gmt(gmt)


def test_neither_form_is_refused(home, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("some,words\n1,2\n")
    with open_working(home) as con, pytest.raises(DataError, match="is not known"):
        ingest_gene_sets(con, path)
