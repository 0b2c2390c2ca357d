"""A browser on the built product: ``imid app`` in a process of its own, Chromium before it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from warehouse.home import Home

CHROMIUM = os.environ.get("IMID_TEST_CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Visit:
    """A page of the app in a browser, and what it asked of anyone but the app."""

    page: Page
    address: str
    outside: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a path of the app and wait until it has been drawn."""
        self.page.goto(f"{self.address}/{path}")
        expect(self.page.get_by_text("tests passed").first).to_be_visible()
        self._answered()
        return self.page

    def settle(self) -> None:
        """Wait until the app has answered the last action."""
        # The app hears of an action a moment after the browser.
        self.page.wait_for_timeout(400)
        self._answered()

    def _answered(self) -> None:
        self.page.wait_for_selector(
            '[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE_MS
        )
        self.page.wait_for_timeout(200)

    def metric(self, label: str) -> str:
        """Return the value of a metric tile."""
        tile = self.page.get_by_test_id("stMetric").filter(has_text=label).first
        return tile.get_by_test_id("stMetricValue").inner_text()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Home], str]]:
    """Return a function that serves a home and returns its address."""
    running: list[subprocess.Popen[bytes]] = []

    def served(home: Home) -> str:
        port = free_port()
        process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "imid"),
                "--home",
                str(home.root),
                "app",
                "--port",
                str(port),
            ],
            cwd=home.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health") as answer:  # noqa: S310
                    if answer.status == 200:
                        return address
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.25)
        pytest.fail("imid app did not come up within 30 s")

    yield served
    for process in running:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window and without errands of its own.

    Its driver keeps an event loop running, which must end with the file: a later test of the same
    process that prompts needs a loop of its own.
    """
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing; install it with `apt-get install chromium`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(built_home: Home, serve: Callable[[Home], str]) -> str:
    """The app's address on the warehouse that all read-only journeys share."""
    return serve(built_home)


@contextmanager
def visiting(browser: Browser, address: str) -> Iterator[Visit]:
    """Open a fresh browser profile on the app; it must ask nothing of anyone else."""
    context = browser.new_context(viewport={"width": 1440, "height": 1600})
    seen = Visit(context.new_page(), address)

    def note(request: Request) -> None:
        if not request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
            seen.outside.append(request.url)

    context.on("request", note)
    try:
        yield seen
    finally:
        context.close()
    assert seen.outside == []


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """A browser profile for one test alone."""
    with visiting(browser, address) as seen:
        yield seen


@pytest.fixture(scope="module")
def long_visit(browser: Browser, address: str) -> Iterator[Visit]:
    """One browser profile for all tests of a file, which keeps the app's scripts at hand."""
    with visiting(browser, address) as seen:
        yield seen
