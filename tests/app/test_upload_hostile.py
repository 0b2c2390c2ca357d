"""Uploads of every kind of damage: a sentence, nothing taken, and the page stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.uploads import job
from app.uploads import run as uploads
from app.uploads.results import LARGEST_SHEET, UploadRequest, UploadResult
from app.uploads.run import Held, UploadedFile
from app.web.components.upload_form import _read_sheet
from ingest import limits
from tests.app.conftest import OpenPage, words_of
from tests.hostile import damage
from warehouse.errors import DataError
from warehouse.home import Home

pytestmark = pytest.mark.timeout(120)

TABLE = b"gene_id,log2FC,pvalue,padj\n" + b"".join(
    b"ENSG%011d,%d.5,0.01,0.02\n" % (n, n % 5) for n in range(40)
)
SHEET = b"sample_id,drug\n" + b"".join(
    b"s%d,%s\n" % (n, b"pomalidomide" if n % 2 else b"DMSO") for n in range(6)
)
COUNTS = b"gene_id," + b",".join(b"s%d" % n for n in range(6)) + b"\n"
COUNTS += b"".join(b"ENSG%011d,1,2,3,4,5,6\n" % n for n in range(40))
ABOUT: dict[str, Any] = {"title": "t", "organism": "human", "cell_context": "myeloma_cells"}
RESULTS = ABOUT | {
    "de_results": [{"factor": "drug", "numerator": "pomalidomide", "denominator": "DMSO"}]
}
CONTRAST = {"factor": "drug", "numerator": "pomalidomide", "denominator": "DMSO"}
FITTED = ABOUT | {"design": "~ drug", "contrasts": [CONTRAST]}
DAMAGE: dict[str, Callable[[bytes], bytes]] = damage.REFUSED | damage.REFUSED_PACKED

Answer = Callable[[dict[str, UploadedFile], dict[str, Any]], UploadResult]


@pytest.fixture
def answer(built_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Return a function that does in this process what an upload's own process does."""
    monkeypatch.setattr(limits, "ALWAYS_ALLOWED", 1 << 20)
    release = built_home.current.resolve()

    def answered(files: dict[str, UploadedFile], definition: dict[str, Any]) -> UploadResult:
        folder = tmp_path / "upload"
        folder.mkdir()
        uploads._lay_out(folder, files, definition, Held(release, 0.05, 1.0))
        request = UploadRequest(str(folder / "study" / "study.yaml"), str(release), 0.05, 1.0)
        return job.answer(folder, request)

    return answered


def check_refused(result: UploadResult, folder: Path) -> None:
    """A sentence that names no folder and no machinery, and nothing of the file."""
    said = result.refusal
    assert said
    assert str(folder) not in said
    assert "Traceback" not in said
    assert len(said) < 900
    assert re.search(r"[.?]$", said), said
    assert not result.genes.height
    assert not result.verdicts.height


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_no_table_is_refused(answer: Answer, tmp_path: Path, name: str) -> None:
    file = UploadedFile("mine.csv", DAMAGE[name](TABLE))
    result = answer({"results": file}, RESULTS)
    check_refused(result, tmp_path)
    assert "mine.csv" in str(result.refusal)
    if "bomb" in name:
        assert "unpacked this is larger than" in str(result.refusal)


@pytest.mark.parametrize("name", ["nul", "utf16", "noise", "zip", "gzip-bomb", "html-page"])
@pytest.mark.parametrize("role", ["counts", "samples"])
def test_what_is_no_matrix_or_sheet_is_refused(
    answer: Answer, tmp_path: Path, role: str, name: str
) -> None:
    sound = {"counts": COUNTS, "samples": SHEET}
    files = {
        key: UploadedFile(f"{key}.csv", DAMAGE[name](data) if key == role else data)
        for key, data in sound.items()
    }
    check_refused(answer(files, FITTED), tmp_path)


@pytest.mark.parametrize(
    ("cell", "line", "column"),
    [
        (b"=1+1", 3, "log2FC"),
        (b"=cmd|' /C calc'!A0", 3, "log2FC"),
        (b"+HYPERLINK(1)", 3, "log2FC"),
        (b"<script>alert(1)</script>", 3, "log2FC"),
    ],
    ids=["sum", "command", "link", "script"],
)
def test_a_formula_is_no_number(
    answer: Answer, tmp_path: Path, cell: bytes, line: int, column: str
) -> None:
    lines = TABLE.split(b"\n")
    lines[2] = lines[2].replace(b"1.5", cell)
    result = answer({"results": UploadedFile("mine.csv", b"\n".join(lines))}, RESULTS)
    check_refused(result, tmp_path)
    assert str(result.refusal).startswith(f"mine.csv, line {line}, column {column}:")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\results.csv", "results.csv"),
        ("/", "file"),
        ("..", "file"),
        ("\x00\u202e.csv", "_.csv"),
        ("<img src=x>.csv", "_img_src_x_.csv"),
        ("x" * 5000 + ".csv", "x" * 96 + ".csv"),
    ],
    ids=["up", "windows", "root", "dots", "controls", "markup", "long"],
)
def test_a_file_s_name_is_only_a_name(tmp_path: Path, sent: str, kept: str) -> None:
    file = UploadedFile(sent, b"x")
    assert file.safe_name == kept
    uploads._lay_out(tmp_path, {"results": file}, RESULTS, Held(tmp_path, 0.05, 1.0))
    assert (tmp_path / "study" / "results" / kept).read_bytes() == b"x"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["study"]


def test_a_process_that_takes_too_long_is_stopped_with_a_sentence(
    built_home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(uploads, "LONGEST_S", 0.2)
    monkeypatch.setattr(uploads.tempfile, "tempdir", str(tmp_path))
    held = Held(built_home.current.resolve(), 0.05, 1.0)
    with pytest.raises(DataError, match="took too long"):
        uploads.run_upload({"results": UploadedFile("x.csv", TABLE)}, RESULTS, held, lambda _: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (damage.REFUSED_PACKED["gzip-bomb"](SHEET), "not compressed"),
        (damage.BZIP2_BOMB, "not compressed"),
        (SHEET + b"x" * LARGEST_SHEET, "may have 2 MB"),
        (damage.REFUSED["zip"](SHEET), "zip"),
        (damage.REFUSED["nul"](SHEET), "binary file"),
        (damage.REFUSED["utf16"](SHEET), "UTF-8"),
    ],
    ids=["gzip", "bzip2", "large", "zip", "nul", "utf16"],
)
def test_a_sheet_that_the_app_itself_reads_is_small_and_plain(data: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said) as refusal:
        _read_sheet(UploadedFile("../sheet.csv", data))
    assert str(refusal.value).startswith("sheet.csv")


def test_a_bad_sheet_keeps_the_page(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "your_data", have="counts and a sample sheet")
    bomb = damage.REFUSED_PACKED["gzip-bomb"](SHEET)
    app.file_uploader(key="upload_samples").set_value(("<b>.csv", bomb, "text/csv")).run()
    assert not app.exception
    assert "not compressed" in words_of(app)
    assert app.button(key="upload_go").disabled
    hostile = SHEET.replace(b"drug", b"<script>x</script>").replace(b"DMSO", b"![x](http://y)")
    app.file_uploader(key="upload_samples").set_value(("s.csv", hostile, "text/csv")).run()
    assert not app.exception
    assert "<script>" not in words_of(app)
