"""A person's own table beside the warehouse, in a browser: hers alone, and read as text."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from app.web.components.frame import SESSION_MARK
from tests.e2e.conftest import PATIENCE_MS, Visit, visiting
from warehouse.home import Home
from warehouse.queries import query_release

pytestmark = pytest.mark.e2e

# Reading, gate, gene sets and the models take a process of their own.
UPLOAD_MS = 10 * PATIENCE_MS
CONTRAST = "small-imid.pomalidomide_vs_dmso"
OTHER = "small-imid.lenalidomide_vs_dmso"
MINE = "uploaded.pomalidomide_vs_dmso"
PAIR = f"{MINE} | {OTHER}"
SCRIPTS = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "![x](https://example.org/x.png)",
    '=HYPERLINK("https://example.org")',
)


def table_of(home: Home) -> bytes:
    """The warehouse's own pomalidomide results as a table of a person's, and hostile genes."""
    rows = query_release(
        home.current.resolve(),
        "select gene_id, log2_fold_change as log2FC, lfc_se as lfcSE, p_value as pvalue, padj "
        f"from fct_differential_expression where contrast_id = '{CONTRAST}' and padj is not null "
        "order by gene_id",
    )
    hostile = pl.DataFrame(
        {"gene_id": SCRIPTS, "log2FC": 5.0, "lfcSE": 0.1, "pvalue": 1e-40, "padj": 1e-38}
    )
    note = pl.lit(SCRIPTS[1]).alias(SCRIPTS[0])
    return pl.concat([rows, hostile]).with_columns(note).write_csv().encode()


def upload(visit: Visit, content: bytes) -> Page:
    page = visit.open("your_data")
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(
        {"name": "<img src=x>.csv", "mimeType": "text/csv", "buffer": content}
    )
    visit.settle()
    drug = page.get_by_role("combobox", name="Drug")
    drug.click()
    drug.fill("pomalidomide")
    page.get_by_role("option", name="pomalidomide").first.click()
    cells = page.get_by_role("combobox", name="Cells")
    cells.click()
    page.get_by_role("option", name="myeloma cells", exact=True).click()
    visit.settle()
    page.get_by_role("button", name="Check and compare").click()
    expect(page.get_by_role("heading", name="Against the literature")).to_be_visible(
        timeout=UPLOAD_MS
    )
    visit.settle()
    return page


def downloaded(page: Page, which: int = 0) -> tuple[str, list[dict[str, str]]]:
    page.get_by_role("button", name="Download", exact=True).nth(which).click()
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV").press("Enter")
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    page.keyboard.press("Escape")
    return waiting.value.suggested_filename, list(csv.DictReader(io.StringIO(text)))


def test_an_upload_is_compared_and_graded_and_no_one_else_s(
    visit: Visit, browser: Browser, built_home: Home
) -> None:
    page = upload(visit, table_of(built_home))
    page.get_by_role("link", name="Gene by gene on Compare drugs").click()
    expect(page.get_by_text("Your upload, this session only:").first).to_be_visible()
    expect(page.get_by_role("heading", name="Genes by class")).to_be_visible()
    visit.settle()
    assert visit.metric("Same sign") == "100.0 %"
    name, rows = downloaded(page)
    assert "your-upload-this-session-only" in name
    assert {row["upload"] for row in rows} == {SESSION_MARK}
    compared = page.url
    assert quote(MINE) in compared

    page.get_by_role("link", name="Literature", exact=True).click()
    box = page.get_by_role("combobox", name="Held against")
    box.click()
    page.get_by_role("option", name=SESSION_MARK).first.click()
    expect(page.get_by_text("Your upload, this session only:").first).to_be_visible()
    visit.settle()
    name, rows = downloaded(page)
    assert "your-upload-this-session-only" in name
    assert {row["upload"] for row in rows} == {SESSION_MARK}
    assert {"agrees", "opposite"} <= {row["verdict"] for row in rows}

    # Another browser at the same address is told what the link names, and sees nothing of it.
    with visiting(browser, visit.address) as other:
        theirs = other.open(compared.removeprefix(f"{visit.address}/"))
        expect(theirs.get_by_text("names an upload, which only the session")).to_be_visible()
        expect(theirs.get_by_text("Your upload", exact=False)).to_have_count(0)
        theirs.goto(f"{visit.address}/your_data")
        expect(theirs.get_by_text("Nothing has been uploaded in this session.")).to_be_visible()

    # Nothing that the table holds was run: no title, no picture (the visit saw no request).
    assert page.title() != "owned"
    expect(page.locator("img[src='x']")).to_have_count(0)
