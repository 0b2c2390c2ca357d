"""Page loads of the web app on the shipped warehouse, in headless Chromium.

Each page is opened by its link in a fresh browser context, from the request to the moment the
page's last element stands and Streamlit has stopped running. The rival is a Streamlit page with
nothing but a heading, served and timed the same way: what is left after it is ours.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.measure import machine

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PAGES = {
    "Overview": "/",
    "Contrast": "/contrast",
    "Gene": "/gene?gene=IRF4",
    "Literature": "/literature",
    "Adverse events": "/adverse_events",
}


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(command: list[str], port: int, env: dict[str, str]) -> Iterator[str]:
    """Run a server for the body of the ``with`` and give its address once it answers."""
    process = subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if time.monotonic() > deadline:
                raise TimeoutError(f"{command[0]} did not answer on port {port}")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def load_seconds(browser: Browser, url: str) -> float:
    """Open a page in a fresh context and return the seconds until it stands still."""
    context = browser.new_context(viewport={"width": 1360, "height": 1000})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("h1", timeout=60_000)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stApp]')"
        "?.getAttribute('data-test-script-state')?.includes('running')"
        " && !document.querySelector('[data-testid=stSkeleton]')",
        timeout=60_000,
    )
    seconds = time.perf_counter() - started
    context.close()
    return seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--home", type=Path, default=Path("imid-home"))
    options = parser.parse_args()
    imid = str(Path(sys.executable).parent / "imid")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        bare = Path(scratch) / "bare.py"
        bare.write_text("import streamlit as st\nst.title('bare')\n")
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(bare), f"--server.port={port}"]
        command += ["--server.headless=true", "--browser.gatherUsageStats=false"]
        with served(command, port, {}) as address:
            load_seconds(browser, address)
            rival = statistics.median(load_seconds(browser, address) for _ in range(options.runs))
        port = free_port()
        command = [imid, "--home", str(options.home), "app", "--port", str(port)]
        rows = []
        with served(command, port, {}) as address:
            for name, path in PAGES.items():
                first = load_seconds(browser, address + path)
                warm = statistics.median(
                    load_seconds(browser, address + path) for _ in range(options.runs)
                )
                rows.append(f"| {name} | {first:.2f} | {warm:.2f} | {warm / rival:.2f} x |")
        browser.close()
    print("### Page loads\n")
    print("| page | first load, s | later loads, s | against a bare Streamlit page |")
    print("|---|---|---|---|")
    print("\n".join(rows))
    print(f"| a bare Streamlit page | | {rival:.2f} | 1 |\n")
    print(f"Median of {options.runs} loads, each in a fresh browser context. {machine()}.\n")


if __name__ == "__main__":
    main()
