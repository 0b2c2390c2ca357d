"""The CTCAE workbook, read without its MedDRA codes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb
import pytest

from ingest.ctcae import ingest_ctcae, read_workbook
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import Home

HEADER = [
    "MedDRA Code",
    "MedDRA SOC",
    "CTCAE Term",
    "Grade 1 \u00a0\u00a0",
    "Grade 2",
    "Grade 3",
    "Grade 4",
    "Grade 5",
    "Definition",
]
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def write_workbook(path: Path, rows: list[list[str]]) -> Path:
    """Write a workbook of one sheet, all cells shared strings but the first column's numbers."""
    strings = sorted({text for row in rows for text in row})
    sheet = "".join(
        f'<row r="{i}">'
        + "".join(
            f'<c r="{chr(65 + j)}{i}" t="s"><v>{strings.index(text)}</v></c>'
            for j, text in enumerate(row)
        )
        + "</row>"
        for i, row in enumerate(rows, start=1)
    )
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{NAMESPACE}">{shared}</sst>')
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{NAMESPACE}"><sheetData>{sheet}</sheetData></worksheet>',
        )
    return path


def test_terms_come_with_grades_and_without_codes(tmp_path: Path, home: Home) -> None:
    rows = [
        HEADER,
        ["10002272", "Blood", "Anemia", "mild", "less mild", " -", "urgent", "Death", "d"],
    ]
    path = write_workbook(tmp_path / "CTCAE_v5.0.xlsx", rows)
    with write_lock(home, "test"), open_working(home) as con:
        assert ingest_ctcae(con, path).action == "loaded"
        assert ingest_ctcae(con, path).action == "unchanged"
    with duckdb.connect(str(home.working), read_only=True) as con:
        (row,) = con.execute("select * exclude (load_id) from raw.ctcae_terms").fetchall()
    assert row == ("5.0", "Anemia", "Blood", "mild", "less mild", None, "urgent", "Death", "d")
    assert "10002272" not in row


@pytest.mark.parametrize("rows", [[HEADER[:-1]], [["a"]], []])
def test_another_sheet_is_refused(tmp_path: Path, rows: list[list[str]]) -> None:
    with pytest.raises(DataError, match="missing from the first sheet"):
        read_workbook(write_workbook(tmp_path / "CTCAE_v5.0.xlsx", rows))


def test_what_is_no_workbook_is_refused(tmp_path: Path, home: Home) -> None:
    path = tmp_path / "CTCAE_v5.0.xlsx"
    with pytest.raises(DataError, match="no such file"):
        read_workbook(path)
    path.write_text("text")
    with pytest.raises(DataError, match="no Excel workbook"):
        read_workbook(path)
    nameless = write_workbook(tmp_path / "terms.xlsx", [HEADER])
    with (
        write_lock(home, "test"),
        open_working(home) as con,
        pytest.raises(DataError, match="must say the version"),
    ):
        ingest_ctcae(con, nameless)


def test_the_workbook_of_the_nci_holds_837_terms(shared_data: Path) -> None:
    terms = read_workbook(shared_data / "clinical" / "CTCAE_v5.0.xlsx")
    assert terms.height == 837
    assert terms["system_organ_class"].n_unique() == 26
    assert "Neutropenia" not in terms["ctcae_term"].to_list()
    assert not any("MedDRA" in name for name in terms.columns)
    anemia = terms.filter(terms["ctcae_term"] == "Anemia").to_dicts()[0]
    assert anemia["grade_5"] == "Death"


def test_the_crosswalk_uses_the_workbooks_names(shared_data: Path) -> None:
    import polars as pl

    from warehouse.home import installation_root

    curated = installation_root() / "ingest" / "curated"
    names = pl.read_csv(curated / "ctcae_terms.csv")
    crosswalk = pl.read_csv(curated / "term_crosswalk.csv")
    workbook = read_workbook(shared_data / "clinical" / "CTCAE_v5.0.xlsx")
    named = names.select("ctcae_term", "system_organ_class")
    assert named.join(workbook, on=named.columns).height == named.height
    assert set(crosswalk["ctcae_term"].drop_nulls()) == set(names["ctcae_term"])


def test_every_term_of_the_documents_is_in_the_crosswalk() -> None:
    import polars as pl

    from warehouse.home import installation_root

    curated = installation_root() / "ingest" / "curated"
    known = set(pl.read_csv(curated / "term_crosswalk.csv")["term_key"])
    for name in ("adverse_events", "safety_statements"):
        terms = pl.read_csv(curated / f"{name}.csv", infer_schema=False)["term"]
        assert set(terms.str.strip_chars().str.to_lowercase()) - known == set()
