"""Every page: its link restores it in a fresh browser, and Back restores what was left."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit

pytestmark = pytest.mark.e2e

CONTRAST = "small-imid.pomalidomide_vs_dmso"
OTHER = "small-imid.pomalidomide_vs_lenalidomide"

# A state of each page that is not its default.
STATES: dict[str, dict[str, str | list[str]]] = {
    "": {"q": "p21"},
    "samples": {"figure": "PCA", "pcx": "PC2", "pcy": "PC3", "colour": "replicate"},
    "contrast": {"contrast": OTHER, "fdr": "0.01", "lfc": "0.5", "view": "MA plot", "labels": "5"},
    "compare_drugs": {
        "compare": "several contrasts",
        "contrasts": [CONTRAST, OTHER],
        "side": "up",
        "in": [CONTRAST],
    },
    "mechanism": {"contrast": OTHER},
    "gene_sets": {"contrast": OTHER, "test": "genes called up", "sets": "not tested"},
    "gene": {"gene": "IRF4"},
    "literature": {"drug": ["pomalidomide"], "verdict": ["not testable"], "matrix": "all"},
    "adverse_events": {"term": ["Neutropenia", "Anemia"], "min": "5", "silent": "true"},
    "compare_regimens": {"first": "augment-placebo-r", "second": "augment-r2"},
    "provenance": {"mart": "fct_adverse_event", "id": "003-T1-r1-c3"},
    "sql": {"q": "select 1 as one"},
    "about": {"marts": ["dim_gene"], "column": "symbol"},
}


def copied_link(page: Page) -> str:
    page.get_by_role("button", name="Copy link").click()
    return page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").inner_text().strip()


@pytest.mark.parametrize("path", STATES, ids=[path or "overview" for path in STATES])
def test_a_link_restores_the_page_in_a_fresh_browser(visit: Visit, path: str) -> None:
    state = STATES[path]
    page = visit.open(f"{path}?{urlencode(state, doseq=True)}")
    expect(page.get_by_text("cannot be used here")).to_have_count(0)
    expect(page.get_by_text("does not read")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    link = urlsplit(copied_link(page))
    assert link.path.strip("/") == path
    said = parse_qs(link.query)
    wanted = {name: [v] if isinstance(v, str) else v for name, v in state.items()}
    assert {name: said.get(name) for name in wanted} == wanted


def test_back_restores_the_filters_a_page_was_left_with(visit: Visit) -> None:
    page = visit.open(f"contrast?{urlencode({'contrast': OTHER, 'fdr': '0.01'})}")
    field = page.get_by_role("spinbutton", name="log2 fold change beyond")
    field.fill("2")
    field.press("Enter")
    visit.settle()
    page.get_by_role("link", name="About", exact=True).click()
    expect(page.get_by_role("heading", name="Dictionary")).to_be_visible()
    visit.settle()
    page.go_back()
    expect(page.get_by_role("heading", name="Genes", exact=True)).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Adjusted p below")).to_have_value("0.01")
    expect(page.get_by_role("spinbutton", name="log2 fold change beyond")).to_have_value("2")
    assert OTHER in copied_link(page)


def test_a_link_wins_over_what_a_page_was_left_with(visit: Visit) -> None:
    visit.open("contrast?lfc=2")
    page = visit.open("gene?gene=IRF4")
    page.get_by_text("The same as a table").first.click()
    visit.open("contrast?fdr=0.01")
    expect(page.get_by_role("spinbutton", name="log2 fold change beyond")).to_have_value("1")


def test_words_of_a_link_become_no_link_and_no_picture(visit: Visit) -> None:
    """As the browser reads them: it makes links of bare addresses too, escaped or not."""
    words = (
        "[click here](http://evil.example/x) ![picture](http://evil.example/p.png) "
        "http://evil.example/bare https://evil.example www.evil.example someone@evil.example "
        "http&colon;//evil.example/entity"
    )
    for path, key in (("", "q"), ("gene", "gene"), ("contrast", "fdr")):
        page = visit.open(f"{path}?{urlencode({key: words})}")
        expect(page.get_by_text("click here").first).to_be_visible()
        assert page.locator('main a[href*="evil"], a[href^="mailto:"]').count() == 0, path
        assert page.locator('img[src*="evil"]').count() == 0, path
        said = page.get_by_text("click here").first.inner_text()
        assert "\u2060" not in said
        if path == "":
            # The banner shows the head of what was not taken.
            assert words[:79] in said
