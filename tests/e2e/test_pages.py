"""Each page by deep link in a browser: a known value, the same state again, no outside request."""

from __future__ import annotations

import csv
import io
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PATIENCE_MS, Visit
from tests.e2e.test_links import copied_link
from warehouse.home import Home
from warehouse.queries import query_release

pytestmark = pytest.mark.e2e

CONTRAST = "small-imid.pomalidomide_vs_dmso"


def one_row(home: Home, sql: str) -> tuple[object, ...]:
    return query_release(home.current.resolve(), sql).row(0)


def test_the_health_address_answers(address: str) -> None:
    with urllib.request.urlopen(f"{address}/_stcore/health") as answer:  # noqa: S310
        assert (answer.status, answer.read()) == (200, b"ok")


def test_overview_finds_a_gene_by_another_name(visit: Visit, built_home: Home) -> None:
    page = visit.open("?q=p21")
    expect(page.get_by_text("p21 is another name of CDKN1A")).to_be_visible()
    (claims,) = one_row(built_home, "select count(*) from marts.fct_literature_claim")
    assert visit.metric("Claims") == str(claims)
    page.get_by_role("link", name="CDKN1A").first.click()
    expect(page.get_by_role("heading", name="CDKN1A", exact=True)).to_be_visible()
    assert "gene=ENSG00000124762" in page.url


def test_contrast_counts_are_those_of_the_warehouse(visit: Visit, built_home: Home) -> None:
    visit.open(f"contrast?contrast={CONTRAST}")
    up, down = one_row(
        built_home,
        f"select n_up, n_down from marts.dim_contrast where contrast_id = '{CONTRAST}'",
    )
    assert (visit.metric("Up"), visit.metric("Down")) == (str(up), str(down))
    expect(
        visit.page.get_by_text("positive = higher after pomalidomide than after DMSO")
    ).to_be_visible()


def test_a_box_on_the_volcano_lists_its_genes_and_travels_in_the_link(visit: Visit) -> None:
    page = visit.open(f"contrast?contrast={CONTRAST}&labels=0")
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.scroll_into_view_if_needed()
    place = chart.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + place["width"] * 0.60, place["y"] + 60)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.80, place["y"] + 250, steps=8)
    page.mouse.move(place["x"] + place["width"] * 0.98, place["y"] + 430, steps=8)
    page.mouse.up()
    found = page.get_by_text("genes in the box")
    expect(found).to_be_visible()
    visit.settle()
    said = found.inner_text()
    assert "box=" in page.url
    link = copied_link(page)
    page.keyboard.press("Escape")

    again = visit.page.context.browser
    assert again is not None
    for address in (page.url, link):
        other = again.new_context()
        twin = other.new_page()
        twin.goto(address)
        expect(twin.get_by_text("genes in the box")).to_have_text(said)
        other.close()

    page.get_by_text("p-values", exact=True).first.click()
    expect(found).to_have_count(0)
    visit.settle()
    expect(page.get_by_text("does not read")).to_have_count(0)
    assert "box=" not in page.url
    page.get_by_text("volcano", exact=True).first.click()
    expect(found).to_have_text(said)


def test_a_click_on_a_gene_ends_on_its_page(visit: Visit) -> None:
    page = visit.open(f"contrast?contrast={CONTRAST}&labels=0&hl=IRF4")
    label = page.locator('[data-testid="stVegaLiteChart"] svg text', has_text="IRF4").last
    label.scroll_into_view_if_needed()
    place = label.bounding_box()
    assert place is not None
    # The name stands 11 pixels above its point.
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] * 0.5 + 11)
    page.wait_for_url("**/gene?gene=ENSG00000137265", timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="IRF4", exact=True)).to_be_visible()


def test_gene_shows_its_change(visit: Visit, built_home: Home) -> None:
    page = visit.open("gene?gene=MUM1-not-a-gene")
    expect(page.get_by_text("is no name known here")).to_be_visible()
    page = visit.open("gene?gene=IRF4")
    expect(page.get_by_role("heading", name="IRF4", exact=True)).to_be_visible()
    page.get_by_text("The same as a table").first.click()
    (change,) = one_row(
        built_home,
        "select log2_fold_change from marts.fct_differential_expression "
        f"where contrast_id = '{CONTRAST}' and symbol = 'IRF4'",
    )
    cells = page.get_by_test_id("stDataFrame").first.locator("td", has_text=str(change)[:8])
    expect(cells.first).to_be_attached()


def test_adverse_events_give_the_interval_and_the_banner(visit: Visit) -> None:
    page = visit.open("adverse_events?term=Neutropenia&regimen=R2&regimen=R")
    expect(page.get_by_text("Naive, unanchored").first).to_be_visible()
    cell = page.get_by_test_id("stDataFrame").first.locator(
        "td", has_text="50% (n = 176) [42.7–57.3 %]"
    )
    expect(cell.first).to_be_attached()
    expect(page.get_by_test_id("stMultiSelect").first).to_contain_text("Neutropenia")


def test_literature_gives_a_verdict(visit: Visit, built_home: Home) -> None:
    page = visit.open("literature?drug=lenalidomide&verdict=opposite")
    (opposite,) = one_row(
        built_home,
        "select count(*) from marts.mart_literature_concordance "
        "where drug_name = 'lenalidomide' and verdict = 'opposite'",
    )
    assert visit.metric("Opposite") == str(opposite)
    assert int(str(opposite)) >= 2
    assert visit.metric("Agrees") == "0"
    cell = page.get_by_test_id("stDataFrame").first.locator("td", has_text="CDKN1A")
    expect(cell.first).to_be_attached()


def test_two_drugs_side_by_side(visit: Visit, built_home: Home) -> None:
    visit.open("compare_drugs?class=down+in+both")
    (spearman,) = one_row(
        built_home, "select spearman from marts.mart_contrast_concordance limit 1"
    )
    assert visit.metric("Spearman") == f"{float(str(spearman)):.3f}"
    cell = visit.page.get_by_test_id("stDataFrame").first.locator("td", has_text="IRF4")
    expect(cell.first).to_be_attached()


def test_two_arms_of_one_trial_can_be_swapped(visit: Visit) -> None:
    page = visit.open("compare_regimens?first=augment-placebo-r&second=augment-r2")
    expect(page.get_by_text("Emptied by: ")).to_contain_text("swap the arms")
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("percentage points, first arm minus second")).to_be_visible()
    visit.settle()
    assert "augment-placebo-r" not in page.url.split("second=")[0]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("contrast?fdr=abc", "Adjusted p below"),
        ("contrast?contrast=nowhere", "Contrast: the link says"),
        ("adverse_events?term=Hiccups", "Events: the link says"),
        ("literature?verdict=perhaps", "Verdict: the link says"),
        ("gene?colour=blue", "which this page does not read"),
    ],
)
def test_what_a_link_says_wrongly_is_named(visit: Visit, path: str, parameter: str) -> None:
    page = visit.open(path)
    expect(page.get_by_test_id("stAlert").filter(has_text=parameter)).to_be_visible()


def test_a_download_holds_the_rows_shown_and_says_where_from(
    visit: Visit, built_home: Home, tmp_path: Path
) -> None:
    page = visit.open(f"contrast?contrast={CONTRAST}&lfc=2.5")
    shown = int(visit.metric("Up")) + int(visit.metric("Down"))
    page.get_by_role("button", name="Download", exact=True).last.click()
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV").press("Enter")
    name = waiting.value.suggested_filename
    assert built_home.current.resolve().stem in name
    assert "lfc-2.5" in name
    waiting.value.save_as(tmp_path / "rows.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text())))
    assert len(rows) == shown > 0
    assert all(abs(float(row["log2_fold_change"])) > 2.5 for row in rows)
    assert "_simulated" in name
    assert {row["data"] for row in rows} == {"simulated"}
    page.keyboard.press("Escape")
    table = page.get_by_role("button", name="Fullscreen: Genes of").first
    expect(table).to_have_count(1)
    # No other way to a file than the one that says all this.
    expect(page.get_by_role("button", name="Download as CSV")).to_have_count(0)


def test_a_figure_is_drawn_without_a_network(visit: Visit) -> None:
    page = visit.open("adverse_events")
    page.get_by_role("button", name="Download figure").first.click()
    with page.expect_download(timeout=PATIENCE_MS) as waiting:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="SVG").press("Enter")
    text = Path(waiting.value.path()).read_text()
    assert text.startswith("<svg")
    assert "Neutropenia" in text
    assert "Adverse events by regimen" in text


def test_a_release_published_under_a_running_app_is_read_at_the_next_rerun(
    built_home: Home, serve: Callable[[Home], str], browser: Browser, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home").create()
    content = built_home.current.resolve().read_bytes()
    names = ("wh_20260101T000000000000Z.duckdb", "wh_20260102T000000000000Z.duckdb")
    for name in names:
        (home.releases / name).write_bytes(content)
    home.current.symlink_to(Path("releases") / names[0])
    page = browser.new_page()
    page.goto(f"{serve(home)}/contrast")
    expect(page.get_by_text("wh_20260101T000000000000Z").first).to_be_visible()
    swap = home.root / "next"
    swap.symlink_to(Path("releases") / names[1])
    swap.replace(home.current)
    page.get_by_text("MA plot", exact=True).click()
    expect(page.get_by_text("wh_20260102T000000000000Z").first).to_be_visible()
    page.close()
