"""The ways of a pharmacologist and of a safety scientist, step by step as they click."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PATIENCE_MS, Visit
from tests.e2e.test_pages import one_row
from warehouse.home import Home

pytestmark = pytest.mark.e2e

CONTRAST = "small-imid.pomalidomide_vs_dmso"


def test_a_pharmacologist_goes_from_a_gene_to_an_export(visit: Visit, built_home: Home) -> None:
    page = visit.open("?q=IRF4")
    page.get_by_role("link", name="IRF4").first.click()
    expect(page.get_by_role("heading", name="IRF4", exact=True)).to_be_visible()
    assert "gene=ENSG00000137265" in page.url

    page.get_by_role("link", name="Contrast", exact=True).click()
    expect(page.get_by_role("heading", name="Genes", exact=True)).to_be_visible()
    page.get_by_role("link", name="Compare drugs", exact=True).click()
    expect(page.get_by_role("heading", name="Genes by class")).to_be_visible()
    page.get_by_text("several contrasts", exact=True).click()
    expect(page.get_by_role("heading", name="Genes in some, not in others")).to_be_visible()

    page.get_by_role("link", name="Literature", exact=True).click()
    expect(page.get_by_role("heading", name="Claim by claim")).to_be_visible()
    visit.settle()
    page.get_by_role("button", name="Download", exact=True).first.click()
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV").press("Enter")
    claims = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text())))
    (pairs,) = one_row(built_home, "select count(*) from marts.mart_literature_concordance")
    assert len(claims) == pairs
    assert {"IRF4", "MYC"} <= {claim["target"] for claim in claims}


def test_a_safety_scientist_goes_from_a_regimen_to_the_words(
    visit: Visit, built_home: Home
) -> None:
    page = visit.open("?q=Revlimid")
    page.get_by_role("link", name="Adverse events of").first.click()
    expect(page.get_by_text("Naive, unanchored").first).to_be_visible()
    expect(page.get_by_role("heading", name="Findings on the printed figures")).to_be_visible()
    visit.settle()
    (found,) = one_row(
        built_home,
        "select count(*) from marts.mart_data_quality where area in ('adverse event', 'outcome')",
    )
    assert int(str(found)) > 0
    expect(page.get_by_text(f"{found} findings of adverse events and outcomes")).to_be_visible()

    page.get_by_role("link", name="Compare regimens", exact=True).click()
    expect(page.get_by_role("button", name="Swap")).to_be_visible()
    page = visit.open("provenance?mart=fct_adverse_event&id=003-T1-r1-c3")
    source = page.get_by_test_id("stMarkdownContainer")
    expect(source.get_by_text("“50%”").first).to_be_visible()
    expect(source.get_by_text("adverse_events.csv").first).to_be_visible()
    page = visit.open("provenance?mart=dim_study")
    listed = page.get_by_test_id("stMarkdownContainer").get_by_role("listitem")
    expect(listed.filter(has_text="counts: ")).to_contain_text("sha256")
    expect(listed.filter(has_text="samples: ")).to_contain_text("sha256")


def test_the_map_leads_to_a_gene_and_a_set_to_the_next(visit: Visit) -> None:
    page = visit.open(f"mechanism?contrast={CONTRAST}")
    box = page.locator('[data-testid="stVegaLiteChart"] svg text', has_text="IRF4").first
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    assert place is not None
    # Below the name, inside its box.
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] + 14)
    page.wait_for_url("**/gene?gene=ENSG00000137265", timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="IRF4", exact=True)).to_be_visible()

    page = visit.open(f"gene_sets?contrast={CONTRAST}")
    expect(page.get_by_role("heading", name="A list of your own")).to_be_visible()
    page.get_by_role("link", name="Gene", exact=True).click()
    expect(page.get_by_text(re.compile(r"^1 of \d+: genes of Simulated"))).to_be_visible()
    before = page.get_by_role("heading", level=2).first.inner_text()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(re.compile(r"^2 of \d+: genes of Simulated"))).to_be_visible()
    expect(page.get_by_role("heading", level=2).first).not_to_have_text(before)
