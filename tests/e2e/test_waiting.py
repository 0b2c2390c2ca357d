"""A query that takes long shows a block as tall as what comes, and then what it was for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PATIENCE_MS, free_port, visiting
from warehouse.home import Home

pytestmark = pytest.mark.e2e

# Loaded by Python at start-up: the volcano's query is held back as long as the file stands.
HELD_BACK = """
import pathlib, time
import app.web.marts.contrast as marts
import app.web.reader as reader

swift = reader._read

def slow(release, path, sql, parameters):
    while sql == marts.VOLCANO and pathlib.Path({gate!r}).exists():
        time.sleep(0.05)
    return swift(release, path, sql, parameters)

reader._read = slow
"""

# The volcano's block; the one of the counts before it is lower.
TALL = (
    "document.querySelector('[data-testid=stSkeletonElement]')"
    "?.getBoundingClientRect().height > 300"
)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    file = tmp_path / "gate"
    file.touch()
    return file


@pytest.fixture
def slow_address(built_home: Home, gate: Path) -> Iterator[str]:
    patch = gate.parent / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(HELD_BACK.format(gate=str(gate)))
    port = free_port()
    imid = str(Path(sys.executable).parent / "imid")
    process = subprocess.Popen(
        [imid, "--home", str(built_home.root), "app", "--port", str(port)],
        env={**os.environ, "PYTHONPATH": f"{patch}:{os.environ.get('PYTHONPATH', '')}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health").close()  # noqa: S310
            break
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    yield address
    gate.unlink(missing_ok=True)
    process.terminate()
    process.wait(timeout=20)


def test_a_long_query_shows_a_block_of_the_height_of_what_comes(
    browser: Browser, slow_address: str, gate: Path
) -> None:
    with visiting(browser, slow_address) as visit:
        page = visit.page
        page.goto(f"{slow_address}/contrast")
        block = page.get_by_test_id("stSkeletonElement")
        # The first page of a new server comes after all that it imports.
        page.wait_for_function(TALL, timeout=4 * PATIENCE_MS)
        held = block.bounding_box()
        chart = page.get_by_test_id("stVegaLiteChart")
        expect(chart).to_have_count(0)
        gate.unlink()
        expect(chart.locator("svg").first).to_be_visible(timeout=4 * PATIENCE_MS)
        expect(block).to_have_count(0)
        come = chart.bounding_box()
        assert held is not None
        assert come is not None
        assert abs(held["height"] - come["height"]) < 60
        # Drawn again, the page keeps the old content until the new comes.
        gate.touch()
        page.get_by_role("spinbutton", name="log2 fold change beyond").fill("2")
        page.keyboard.press("Enter")
        page.wait_for_timeout(1500)
        expect(block).to_have_count(0)
        expect(chart.locator("svg").first).to_be_visible()
        gate.unlink()
        expect(chart).to_contain_text("±2", timeout=4 * PATIENCE_MS)
