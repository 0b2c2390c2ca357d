"""Downloads: what stands on the page is in the file, and no spreadsheet computes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import altair as alt
import openpyxl
import polars as pl
import pytest

from app.web.components.export import figure_bytes, file_name
from app.web.components.look import Look
from app.web.components.table_files import as_csv, as_workbook, table_bytes

DANGEROUS = ["=1+1", "+1", "-5 %", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")']
TABLE = pl.DataFrame(
    {
        "gene": ["SEPT1", "MARCH1", "1-Dec", "=1+1", None],
        "change": [-1.5, 2.0, float("nan"), None, -0.0],
        "count": [-3, 2**60, None, 1, 0],
        "list": [[1, 2], [], None, [3], [4]],
    }
)


@pytest.mark.parametrize("cell", DANGEROUS, ids=[f"cell{n}" for n in range(len(DANGEROUS))])
def test_text_that_begins_a_formula_is_disarmed(cell: str) -> None:
    frame = pl.DataFrame({cell: [cell]})
    (heading,), (value,) = csv.reader(io.StringIO(as_csv(frame).decode(), newline=""))
    assert (heading, value) == (f"'{cell}", f"'{cell}")
    sheet = openpyxl.load_workbook(io.BytesIO(as_workbook(frame, {"term": cell})))["Table"]
    assert {row[0].data_type for row in sheet.iter_rows()} == {"s"}


def test_negative_numbers_stay_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(TABLE).decode())))
    assert [row["change"] for row in rows] == ["-1.5", "2.0", "NaN", "", "-0.0"]
    assert rows[0]["count"] == "-3"
    assert rows[3]["gene"] == "'=1+1"


def test_a_workbook_keeps_genes_as_text_and_missing_as_empty() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(as_workbook(TABLE, {"Release": "wh_1", "fdr": "0.05"}))
    )
    rows = [[cell.value for cell in row] for row in book["Table"].iter_rows()]
    assert rows[0] == ["gene", "change", "count", "list"]
    assert [row[0] for row in rows[1:]] == ["SEPT1", "MARCH1", "1-Dec", "=1+1", None]
    assert book["Table"]["A2"].number_format == "@"
    assert [row[1] for row in rows[1:]] == [-1.5, 2, "nan", None, 0]
    # a double cannot hold this number
    assert [row[2] for row in rows[1:]] == [-3, str(2**60), None, 1, 0]
    assert [[cell.value for cell in row] for row in book["About"].iter_rows()] == [
        ["Release", "wh_1"],
        ["fdr", "0.05"],
    ]


def test_parquet_is_the_table_itself() -> None:
    back = pl.read_parquet(io.BytesIO(table_bytes(TABLE, "parquet", {})))
    assert back.equals(TABLE)


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_an_empty_table_is_a_file_too(ending: str) -> None:
    assert table_bytes(pl.DataFrame({"gene": []}), ending, {})


@pytest.mark.parametrize(
    ("ending", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_a_figure_in_three_forms(ending: str, begins: bytes) -> None:
    def build(_: Look) -> alt.Chart:
        return alt.Chart(alt.InlineData(values=[{"x": 1}])).mark_point().encode(x="x:Q")

    builder: Callable[[Look], alt.Chart] = build
    assert figure_bytes(builder, ending).startswith(begins)


def test_a_name_says_release_and_filters() -> None:
    name = file_name("wh_1", "genes", {"fdr": ["0.05"], "hl": ["../../x; rm"], "none": []}, "xlsx")
    assert name == "imid_wh_1_genes_fdr-0.05_hl-..-..-x-rm.xlsx"
