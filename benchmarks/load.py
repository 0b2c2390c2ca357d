"""Many readers on a warehouse across publishes: errors, latencies, the reader process's memory.

Most readers are threads of one process that ask the app's own queries through the app's own
reader, as sessions of the web app do, with a while to think in between; some ask SQL in the
sandbox of the SQL page; some are `imid sql` processes one after the other. Meanwhile new releases
are published. An answer from another release than the one that was asked is an error, too.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.measure import machine
from tests.support.small_home import copy_home
from warehouse.connections import current_release, open_working, write_lock
from warehouse.home import Home, installation_root
from warehouse.queries import query_release
from warehouse.releases import new_release_name, publish

KEPT = "the app's query, rows kept for the next"
FRESH = "the app's query, read anew"
SANDBOXED = "the SQL page's query, a process each"
COMMAND = "imid sql, a process each"
KINDS = (KEPT, FRESH, SANDBOXED, COMMAND)

SQL = (
    "select drug_name, verdict, count(*) as n from mart_literature_concordance "
    "group by drug_name, verdict order by n desc, drug_name nulls last, verdict",
    "select direction, count(*) as n from fct_differential_expression group by direction",
    "select symbol, log2_fold_change, padj from fct_differential_expression "
    "where direction = 'down' order by padj nulls last, symbol nulls last limit 10",
)
_IMID = "from app.cli.main import run_and_exit; run_and_exit()"


@dataclass
class Seen:
    """What readers saw: seconds of each answer by kind, errors, releases, memory in MiB."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    releases: set[str] = field(default_factory=set)
    memory: list[float] = field(default_factory=list)

    def timed(self, kind: str, ask: Callable[[], None]) -> None:
        """Ask once and keep the seconds, or the error."""
        started = time.perf_counter()
        try:
            ask()
        except Exception as error:  # noqa: BLE001
            # Whatever a reader meets is what the benchmark is to count.
            self.errors.append(f"{kind}: {type(error).__name__}: {str(error)[:300]}")
        else:
            self.seconds[kind].append(time.perf_counter() - started)

    def add(self, other: Seen) -> None:
        """Take in what others saw."""
        for kind, seconds in other.seconds.items():
            self.seconds[kind] += seconds
        self.errors += other.errors
        self.releases |= other.releases
        self.memory += other.memory


def questions(release: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the app's queries with parameters that lead to rows of this release."""
    from app.web.marts import compare, contrast, gene, literature, overview, provenance, safety

    def first(sql: str, column: str) -> list[Any]:
        return query_release(release, sql)[column].to_list()

    def anything(*choices: str) -> dict[str, Any]:
        """Return a page's filters as they stand before anyone has set them."""
        return {
            **{choice: [""] for choice in choices},
            **{f"all_{choice}": True for choice in choices},
        }

    contrasts = first("select contrast_id from dim_contrast where is_analysed", "contrast_id")
    genes = first(gene.FIRST_GENES, "gene_id")[:40]
    pairs = first("select distinct pair_id from mart_drug_comparison order by 1", "pair_id")
    lines = {"fdr": 0.05, "lfc": 1.0}
    asked: list[tuple[str, dict[str, Any]]] = [
        (overview.HOLDINGS, {}),
        (overview.STUDIES, {}),
        (overview.CONTRASTS, {}),
        (overview.FINDINGS, {}),
        (contrast.CONTRASTS, {}),
        (
            literature.CLAIMS,
            {**anything("drugs", "levels", "documents", "verdicts"), "contrast": ""},
        ),
        (safety.CELLS, anything("terms", "regimens", "grades")),
        (provenance.MARTS, {}),
        *((gene.CHANGES, {"gene": one, "organism": None}) for one in genes),
        *((gene.CLAIMS, {"gene": one}) for one in genes),
        *((compare.CLASSES, {"pair": pair}) for pair in pairs),
    ]
    for one in contrasts:
        asked += [
            (contrast.COUNTS, {**lines, "contrast": one}),
            (contrast.VOLCANO, {**lines, "contrast": one, "marked": genes[:3]}),
            (contrast.TOP_GENES, {**lines, "contrast": one, "top": 10}),
            (contrast.P_VALUES, {"contrast": one}),
        ]
    return asked


def memory_mib() -> float:
    """Return the resident memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not state a process's memory in /proc/self/status")


def serve(home: str, readers: int, sandboxed: int, think_s: float, line: Connection) -> None:
    """Read as the app's process does, until told to stop; send back what was seen."""
    os.environ["IMID_HOME"] = home
    logging.disable(logging.WARNING)  # Streamlit warns that no browser is there.
    from app.web.reader import published_reader
    from warehouse.sandbox import run_sandboxed

    asked = questions(current_release(Home.locate(home)))
    stop = threading.Event()
    parts = [Seen() for _ in range(readers + sandboxed)]

    def read(seen: Seen, rng: random.Random) -> None:
        while not stop.wait(rng.uniform(0, 2 * think_s)):
            sql, parameters = rng.choice(asked)
            kind = rng.choice((KEPT, FRESH))

            def ask(kind: str = kind, sql: str = sql, given: dict[str, Any] = parameters) -> None:
                reader = published_reader()
                assert reader is not None
                (reader.rows if kind == KEPT else reader.bulk)(sql, given)
                build = reader.build()
                assert build is not None, f"{reader.release} has no build"
                assert build.build_id == reader.release, f"{build.build_id}, not {reader.release}"
                seen.releases.add(reader.release)

            seen.timed(kind, ask)

    def read_sandboxed(seen: Seen, rng: random.Random) -> None:
        while not stop.wait(rng.uniform(0, 2 * think_s)):
            sql = rng.choice(SQL)
            seen.timed(
                SANDBOXED,
                lambda sql=sql: run_sandboxed(current_release(Home.locate(home)), sql),  # type: ignore[misc]
            )

    warm = published_reader()
    assert warm is not None
    for sql, parameters in asked:
        warm.rows(sql, parameters)
    threads = [
        threading.Thread(
            target=read if n < readers else read_sandboxed,
            args=(parts[n], random.Random(n)),  # noqa: S311
        )
        for n in range(readers + sandboxed)
    ]
    for thread in threads:
        thread.start()
    whole = Seen(memory=[memory_mib()])
    line.send("ready")
    while not line.poll(5.0):
        whole.memory.append(memory_mib())
    line.recv()
    stop.set()
    for thread in threads:
        thread.join()
    whole.memory.append(memory_mib())
    for part in parts:
        whole.add(part)
    line.send((dict(whole.seconds), whole.errors, whole.releases, whole.memory))


def read_by_command(home: Home, seen: Seen, stop: threading.Event, rng: random.Random) -> None:
    """Run ``imid sql`` again and again."""
    while not stop.is_set():
        command = [sys.executable, "-c", _IMID, "--home", str(home.root), "sql", rng.choice(SQL)]

        def ask(command: list[str] = command) -> None:
            outcome = subprocess.run(
                command,
                cwd=installation_root(),
                env={**os.environ, "PYTHONPATH": str(installation_root())},
                capture_output=True,
                text=True,
                check=False,
            )
            assert outcome.returncode == 0, outcome.stderr[-300:]

        seen.timed(COMMAND, ask)


def publish_again(home: Home, keep: int) -> str:
    """Publish the working file under a new name, with a build of that name, as a build does."""
    with write_lock(home, "publish", wait_s=60):
        name = new_release_name(home=home)
        with open_working(home) as con:
            con.execute(
                "insert into ops.builds select * replace ($1 as build_id) from ops.builds "
                "where status = 'passed' order by finished_at desc limit 1",
                [name],
            )
            con.execute("checkpoint")
        publish(home, name, keep)
    return name


def percentile(seconds: list[float], share: float) -> float:
    """Return the milliseconds below which a share of the answers came."""
    if len(seconds) < 2:
        return 1000 * sum(seconds)
    return 1000 * statistics.quantiles(seconds, n=100, method="inclusive")[round(share * 100) - 1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("imid-home"), help="is copied first")
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--publishes", type=int, default=10)
    parser.add_argument("--keep", type=int, default=5, help="releases that are kept")
    parser.add_argument("--think", type=float, default=1.0, help="mean seconds between questions")
    options = parser.parse_args()
    sandboxed = commands = max(1, options.readers // 25)
    with tempfile.TemporaryDirectory(prefix="imid-load-") as scratch:
        home = copy_home(Home.locate(options.home), Path(scratch) / "home")
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        sessions = options.readers - sandboxed - commands
        server = spawn.Process(
            target=serve, args=(str(home.root), sessions, sandboxed, options.think, theirs)
        )
        server.start()
        theirs.close()
        ours.recv()
        seen, stop = Seen(), threading.Event()
        parts = [Seen() for _ in range(commands)]
        threads = [
            threading.Thread(target=read_by_command, args=(home, part, stop, random.Random(n)))  # noqa: S311
            for n, part in enumerate(parts)
        ]
        for thread in threads:
            thread.start()
        started = time.monotonic()
        published = []
        for n in range(options.publishes + 1):
            due = started + options.minutes * 60 * (n + 1) / (options.publishes + 1)
            time.sleep(max(0.0, due - time.monotonic()))
            if n < options.publishes:
                published.append(publish_again(home, options.keep))
        seconds = time.monotonic() - started
        stop.set()
        ours.send("stop")
        seen.add(Seen(*ours.recv()))
        for thread, part in zip(threads, parts, strict=True):
            thread.join()
            seen.add(part)
        server.join()
    unseen = set(published) - seen.releases
    print(f"### {options.readers} readers over {options.publishes} publishes\n")
    print("| | answers | p50, ms | p95, ms | p99, ms |\n|---|---|---|---|---|")
    for kind in KINDS:
        times = seen.seconds[kind]
        shares = " | ".join(f"{percentile(times, share):,.0f}" for share in (0.5, 0.95, 0.99))
        print(f"| {kind} | {len(times):,} | {shares} |")
    print(
        f"\n{len(seen.errors)} errors in {seconds:.0f} s; {len(seen.releases)} releases were read, "
        f"{len(unseen)} of those published were not. Memory of the app's process: "
        f"{seen.memory[0]:,.0f} MiB at the start, {max(seen.memory):,.0f} at most, "
        f"{seen.memory[-1]:,.0f} at the end. {sessions} sessions, {sandboxed} on the SQL page, "
        f"{commands} `imid sql`. {machine()}.\n"
    )
    print("\n".join(sorted(set(seen.errors))[:20]))
    sys.exit(1 if seen.errors else 0)


if __name__ == "__main__":
    main()
