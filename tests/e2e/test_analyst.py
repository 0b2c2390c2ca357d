"""An analyst's way: a linked query, run in the sandbox, its rows as Parquet."""

from __future__ import annotations

import io
import urllib.request
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from playwright.sync_api import Browser, expect

from app.web.server import HEADERS
from tests.e2e.conftest import PATIENCE_MS, Visit
from warehouse.home import Home
from warehouse.queries import query_release

pytestmark = pytest.mark.e2e

QUERY = "select gene_id, symbol, padj\nfrom fct_differential_expression\norder by all limit 40"


def test_a_linked_query_is_run_by_hand_and_downloaded(visit: Visit, built_home: Home) -> None:
    page = visit.open(f"sql?q={quote(QUERY)}")
    expect(page.get_by_label("Query")).to_have_value(QUERY)
    expect(page.get_by_text("Nothing has been run yet")).to_be_visible()
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("40 rows × 3 columns")).to_be_visible()
    visit.settle()
    page.get_by_role("button", name="Download", exact=True).last.click()
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_role("button", name="Parquet", exact=True).press("Enter")
    name = waiting.value.suggested_filename
    assert name.startswith(f"imid_{built_home.current.resolve().stem}_query_sql-")
    rows = pl.read_parquet(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    assert rows.equals(query_release(built_home.current.resolve(), QUERY))
    assert visit.outside == []


def test_every_answer_of_the_server_carries_the_headers(visit: Visit) -> None:
    for path in ("", "sql", "_stcore/health"):
        with urllib.request.urlopen(f"{visit.address}/{path}") as answer:  # noqa: S310
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("contrast?lfc=2", "log2 fold change beyond 2"),
        ("compare_regimens?first=augment-r2&second=augment-placebo-r", "Within the trial"),
    ],
    ids=["contrast", "regimens"],
)
def test_a_report_opens_anywhere_and_asks_nothing(
    visit: Visit, browser: Browser, tmp_path: Path, path: str, said: str
) -> None:
    page = visit.open(path)
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_role("button", name="Printable report").press("Enter")
    file = tmp_path / "report.html"
    waiting.value.save_as(file)
    context = browser.new_context(java_script_enabled=False)
    reading = context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    reading.on("request", lambda request: asked.append(request.url))
    reading.on("console", lambda message: faults.append(message.text))
    reading.goto(file.as_uri())
    expect(reading.get_by_text(said).first).to_be_visible()
    expect(reading.locator("figure svg").first).to_be_visible()
    expect(reading.get_by_role("heading", name="Sources")).to_be_visible()
    assert asked == [file.as_uri()]
    assert faults == []
    assert reading.pdf(format="A4").startswith(b"%PDF")
    context.close()
