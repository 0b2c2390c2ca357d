"""Accessibility: axe on every page in both themes, text beside every chart, keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS, Axe
from playwright.sync_api import Page, expect

from tests.app.conftest import PAGES
from tests.e2e.conftest import Visit

pytestmark = pytest.mark.e2e

# What Streamlit and Vega draw themselves: rule, and the elements it is about.
STREAMLITS_OWN = {
    # the navigation's headings stand in its list of pages
    "list": ("stSidebarNavItems",),
    "listitem": ("<li",),
    # groups of marks inside a chart; the chart as a whole carries its own description
    "svg-img-alt": ("graphics-symbol",),
}
GRAVE = ("serious", "critical")
# Asked again in the dark theme, where only colours differ.
COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
WORDS = (
    "e => [e, ...e.querySelectorAll('[aria-label]')].map(n => n.getAttribute('aria-label'))"
    ".filter(Boolean).join(' ')"
)
DRAWN = {"contrast", "gene", "gene_sets", "literature", "mechanism", "overview", "samples"}


def grave_findings(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """Return what axe finds that is serious and not the frameworks' own."""
    found = []
    for violation in Axe().run(page, options=options or DEFAULT_OPTIONS).response["violations"]:
        if violation["impact"] not in GRAVE:
            continue
        excused = STREAMLITS_OWN.get(violation["id"], ())
        found += [
            f"{violation['id']}: {node['html'][:200]}"
            for node in violation["nodes"]
            if not any(mark in node["html"] for mark in excused)
        ]
    return found


@pytest.mark.parametrize(
    "name", [*PAGES, "compare_drugs?compare=several+contrasts", "samples?figure=distances"]
)
def test_axe_finds_nothing_serious_and_charts_have_words_and_a_table(
    long_visit: Visit, name: str
) -> None:
    long_visit.page.emulate_media(color_scheme="light")
    page = long_visit.open("" if name == "overview" else name)
    charts = page.get_by_test_id("stVegaLiteChart")
    if name.split("?")[0] in DRAWN:
        expect(charts.first).to_be_visible()
        expect(page.get_by_test_id("stDataFrame").first).to_be_attached()
    for chart in charts.all():
        assert len(chart.evaluate(WORDS)) > 40
    light = page.evaluate(BACKGROUND)
    assert grave_findings(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{BACKGROUND} !== '{light}'")
    long_visit.settle()
    assert grave_findings(page, COLOURS) == []


def test_the_keyboard_alone_reaches_a_contrast_and_changes_it(long_visit: Visit) -> None:
    page = long_visit.open("contrast")
    field = page.get_by_role("spinbutton", name="log2 fold change beyond")
    for _ in range(60):
        page.keyboard.press("Tab")
        if field.evaluate("e => e === document.activeElement"):
            break
    else:
        pytest.fail("60 steps of the tab key do not reach the threshold")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    long_visit.settle()
    assert "lfc=2" in page.url
