"""The web app on 60,000 genes, 20 contrasts and 200 samples, driven in headless Chromium.

Measured on the contrast page: the largest message the volcano sends, a warm change of a threshold
against the same page with every gene drawn, the server's share of a rerun, and the memory of the
server over many interactions and sessions. Both arms take turns in one run, so read the ratio.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright
from streamlit.testing.v1 import AppTest

from benchmarks.app_release import CONTRAST, make_release
from benchmarks.measure import machine
from benchmarks.pages import CHROMIUM, FLAGS, free_port, served
from warehouse.home import Home, installation_root

LIMIT_PAYLOAD_KB = 200
LIMIT_RATIO = 0.6
LIMIT_SERVER_MS = 150

# Loaded by Python at start-up: the rival is the same app without the thinning.
_ALL_POINTS = """
import app.web.marts.contrast as marts
thinned = "where place = 1 or c > 0 or marked"
assert thinned in marts.VOLCANO
marts.VOLCANO = marts.VOLCANO.replace(thinned, "")
"""
_THRESHOLDS = ("1.25", "1.5", "1.75", "2", "1")


@dataclass
class Visit:
    """A page whose messages are counted."""

    page: Page
    largest: int = 0
    sent_at: float = 0.0
    heard_at: float = 0.0
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Count what comes and goes."""
        self.page.on("websocket", self._socket)

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._received)
        socket.on("framesent", lambda _: setattr(self, "sent_at", time.perf_counter()))

    def _received(self, frame: str | bytes) -> None:
        self.heard_at = time.perf_counter()
        self.largest = max(self.largest, len(frame))

    def open(self, address: str) -> None:
        """Open the volcano and wait until it is drawn."""
        self.page.goto(f"{address}/contrast?contrast={CONTRAST}&labels=0")
        self.page.wait_for_selector('[data-testid="stVegaLiteChart"] svg', timeout=120_000)
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and the browser has drawn it."""
        self.page.wait_for_selector(
            '[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=120_000
        )
        self.page.evaluate("() => new Promise(r => requestAnimationFrame(() => setTimeout(r, 0)))")

    def change(self, lfc: str) -> tuple[float, float]:
        """Set a threshold; return the seconds until it is drawn and the server's share of them."""
        box = self.page.get_by_role("spinbutton", name="log2 fold change beyond")
        box.fill(lfc)
        started = time.perf_counter()
        box.press("Enter")
        self.page.wait_for_function(
            "v => document.querySelector('[data-testid=stVegaLiteChart]')"
            "?.textContent.includes(`±${v}`)",
            arg=lfc,
            timeout=120_000,
        )
        self.settle()
        return time.perf_counter() - started, max(0.0, self.heard_at - self.sent_at)


def resident_mib(pid: int) -> float:
    """Return the memory a process holds now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has no resident memory")


def pid_of(port: int) -> int:
    """Return the process that listens on a port, from the kernel's tables."""
    wanted = f":{port:04X}"
    inodes = {
        parts[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if (parts := line.split())[1].endswith(wanted) and parts[3] == "0A"
    }
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if any(target == f"socket:[{inode}]" for inode in inodes):
            return int(link.parts[2])
    raise RuntimeError(f"nothing listens on port {port}")


def rerun_alone(home: Home, runs: int) -> float:
    """Return the median seconds of a rerun after a threshold's change, with no browser."""
    os.environ["IMID_HOME"] = str(home.root)
    app = AppTest.from_file(installation_root() / "app" / "web" / "main.py", default_timeout=120)
    app.run()
    app.switch_page("views/contrast.py")
    app.query_params["contrast"] = CONTRAST
    app.query_params["labels"] = "0"
    app.run()
    taken = []
    for turn in range(runs + 2):
        (box,) = (n for n in app.number_input if n.label == "log2 fold change beyond")
        started = time.perf_counter()
        # a new value each time: rows that were read before are kept
        box.set_value(1.0 + turn * 0.05).run()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[2:])


@contextmanager
def app_on(home: Home, patched: Path | None) -> Iterator[tuple[str, int]]:
    """Serve a home, with a start-up patch where one is given; give address and process id."""
    port = free_port()
    imid = str(Path(sys.executable).parent / "imid")
    root = str(Path(__file__).resolve().parent.parent)
    path = f"{patched}:{root}" if patched else root
    command = [imid, "--home", str(home.root), "app", "--port", str(port)]
    with served(command, port, {"PYTHONPATH": path}) as address:
        for _ in range(100):
            try:
                with urlopen(f"{address}/_stcore/health"):  # noqa: S310
                    break
            except OSError:
                time.sleep(0.1)
        yield address, pid_of(port)


def memory_over(browser: Browser, address: str, pid: int, clicks: int, sessions: int) -> list[str]:
    """Return rows of a table: memory after the first interactions, after all, after sessions."""
    context = browser.new_context(viewport={"width": 1360, "height": 1000})
    visit = Visit(context.new_page())
    visit.watch()
    visit.open(address)
    rows = []
    marks = {max(1, clicks // 10), clicks // 2, clicks}
    for turn in range(1, clicks + 1):
        visit.change(_THRESHOLDS[turn % len(_THRESHOLDS)])
        if turn in marks:
            rows.append(f"| {turn} interactions in one session | {resident_mib(pid):.0f} |")
    context.close()
    for turn in range(1, sessions + 1):
        context = browser.new_context(viewport={"width": 1360, "height": 1000})
        Visit(context.new_page()).open(address)
        context.close()
        if turn in {1, sessions // 2, sessions}:
            rows.append(f"| and {turn} sessions opened and closed | {resident_mib(pid):.0f} |")
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("imid-home"), help="any built warehouse")
    parser.add_argument("--genes", type=int, default=60_000)
    parser.add_argument("--contrasts", type=int, default=20)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--interactions", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch) / "home")
        template = Home(options.home).current.resolve()
        release = make_release(template, home, options.genes, options.contrasts, options.samples)
        size = release.stat().st_size / 1e6
        alone = rerun_alone(home, options.runs)
        with sync_playwright() as playwright:
            patch = Path(scratch) / "patch"
            patch.mkdir()
            (patch / "sitecustomize.py").write_text(_ALL_POINTS)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            with app_on(home, None) as (ours, pid), app_on(home, patch) as (rival, _):
                arms = {}
                for name, address in (("thinned", ours), ("all points", rival)):
                    page = browser.new_page(viewport={"width": 1360, "height": 1000})
                    arms[name] = Visit(page)
                    arms[name].watch()
                    arms[name].open(address)
                times: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
                for turn in range(options.runs + 2):
                    for name, visit in arms.items():
                        taken = visit.change(_THRESHOLDS[turn % len(_THRESHOLDS)])
                        if turn >= 2:
                            times[name].append(taken)
                for visit in arms.values():
                    visit.page.close()
                memory = memory_over(browser, ours, pid, options.interactions, options.sessions)
            browser.close()
    warm = {name: statistics.median(t for t, _ in taken) for name, taken in times.items()}
    server = {name: statistics.median(s for _, s in taken) for name, taken in times.items()}
    print(
        f"### The contrast page on {options.genes:,} genes, {options.contrasts} contrasts, "
        f"{options.samples} samples\n"
    )
    print("| | largest message, kB | warm interaction, s | from request to last message, ms |")
    print("|---|---|---|---|")
    for name, visit in arms.items():
        print(
            f"| {name} | {visit.largest / 1000:.0f} | {warm[name]:.2f} | "
            f"{1000 * server[name]:.0f} |"
        )
    ratio = warm["thinned"] / warm["all points"]
    print(
        f"\nThinned over all points: {ratio:.2f} (at most {LIMIT_RATIO:g} wanted; message at most "
        f"{LIMIT_PAYLOAD_KB} kB, server alone at most {LIMIT_SERVER_MS} ms). Medians of "
        f"{options.runs} changes of a threshold, the two arms in turn; release {size:.0f} MB. "
        f"{machine()}.\n"
    )
    print(f"A rerun in the server alone, with no browser: {1000 * alone:.0f} ms.\n")
    print("### Memory of the server\n\n| after | MiB |\n|---|---|")
    print("\n".join(memory))


if __name__ == "__main__":
    main()
