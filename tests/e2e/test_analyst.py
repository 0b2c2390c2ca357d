"""An analyst's way: a linked query, run in the sandbox, its rows as Parquet."""

from __future__ import annotations

import io
import urllib.request
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from playwright.sync_api import expect

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
