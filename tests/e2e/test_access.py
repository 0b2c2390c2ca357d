"""Accessibility: axe on every page in both themes, text beside every chart, keyboard alone."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
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
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
GRAVE = ("serious", "critical")


def grave_findings(page: Page) -> list[str]:
    """Return what axe finds that is serious and not the frameworks' own."""
    found = []
    for violation in Axe().run(page).response["violations"]:
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
def test_axe_finds_nothing_serious_of_our_own_in_either_theme(visit: Visit, name: str) -> None:
    page = visit.open("" if name == "overview" else name)
    found = {}
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(500)
        found[theme] = grave_findings(page)
    assert found == {"light": [], "dark": []}


@pytest.mark.parametrize("path", ["mechanism", "gene_sets", "samples", "contrast", "literature"])
def test_every_chart_has_words_and_a_table(visit: Visit, path: str) -> None:
    page = visit.open(path)
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts.first).to_be_visible()
    for chart in charts.all():
        described = chart.evaluate(
            "e => [e, ...e.querySelectorAll('[aria-label]')].map(n => n.getAttribute('aria-label'))"
            ".filter(Boolean).join(' ')"
        )
        assert len(described) > 40, path
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()


def test_the_keyboard_alone_reaches_a_contrast_and_changes_it(visit: Visit) -> None:
    page = visit.open("contrast")
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
    visit.settle()
    assert "lfc=2" in page.url
