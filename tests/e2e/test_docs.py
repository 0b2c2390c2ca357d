"""dbt's documentation is one page from a folder: nothing is asked of any network."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.cli.main import run_command
from warehouse.connections import write_lock
from warehouse.home import Home, installation_root

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def page_file(built_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    # a build that is under way is neither waited for nor disturbed
    with write_lock(built_home, "build"):
        assert run_command(["--home", str(built_home.root), "docs", str(folder / "site")]) == 0
    assert [file.name for file in (folder / "site").iterdir()] == ["index.html"]
    return folder / "site" / "index.html"


def test_the_page_opens_from_a_file_and_shows_the_marts(browser: Browser, page_file: Path) -> None:
    context = browser.new_context(offline=True)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(page_file.as_uri())
    expect(page.get_by_text("The marts are the public interface.")).to_be_visible()
    page.goto(f"{page_file.as_uri()}#!/model/model.imid_warehouse.dim_study")
    expect(page.get_by_text("One row per expression study").first).to_be_visible()
    expect(page.get_by_text("is_simulated").first).to_be_visible()
    expect(page.get_by_text("BOOLEAN").first).to_be_visible()  # the release's own type
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_the_page_tells_nothing_of_the_machine(built_home: Home, page_file: Path) -> None:
    text = page_file.read_text(encoding="utf-8")
    assert "mart_drug_comparison" in text
    assert str(built_home.root) not in text
    assert str(installation_root()) not in text


def test_a_file_is_no_folder_for_the_page(
    built_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site").touch()
    assert run_command(["--home", str(built_home.root), "docs", str(tmp_path / "site")]) == 2
    assert "is a file" in capsys.readouterr().err
