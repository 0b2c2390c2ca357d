"""``dbt build`` at several sizes of a warehouse against the same SQL run bare in DuckDB.

Random studies of at most 36 samples and the shipped curated tables are loaded and analysed by the
package; then the models are built by ``dbt build`` (with all data tests), by ``dbt run`` (without)
and by each model's compiled SQL in the same order in one connection: no tests, no contracts, no
dbt. The unit tests, which try code and not data, are in none of them. One more study of 36
samples is then added by an incremental build, held row for row against a full refresh.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import yaml

from app.cli import steps
from app.cli.dbt_build import BuildSummary, run_dbt_build
from app.cli.loading import ingest_listed, ingest_one
from app.cli.project import GENES, STUDY, Thresholds, read_project
from app.cli.report import Reporter
from benchmarks.ingest import write_study
from benchmarks.measure import machine
from warehouse.connections import STORAGE_VERSION
from warehouse.home import Home

STUDY_SAMPLES: Final = 36
_TESTED: Final = "dbt build, with tests"
_UNTESTED: Final = "dbt run, without tests"
_BARE: Final = "the models' SQL, bare"


@dataclass(frozen=True)
class Cost:
    """Medians of wall and processor seconds."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Measured:
    """What one size of warehouse took, and one study more."""

    samples: int
    counts: int
    models: int
    tests: int
    costs: dict[str, Cost]
    added: Cost
    refreshed: Cost
    bare_refreshed: Cost


class Warehouse:
    """A home that grows by random studies over one set of genes."""

    def __init__(self, root: Path, genes: int, select: str | None = None) -> None:
        self.home = Home(root / "home").create()
        self._folder = root / "studies"
        self._genes = genes
        self._select = select
        self._studies = 0
        self.samples = 0
        read_project(self.home)
        project = yaml.safe_load(self.home.project_file.read_text())
        project["sources"] = [s for s in project["sources"] if s["kind"] != STUDY]
        self.home.project_file.write_text(yaml.safe_dump(project))
        self._report = Reporter(as_json=False)
        ingest_listed(self.home, read_project(self.home), self._report)
        reference = root / "genes.csv"
        rows = (f"BENCH{i:08d},BM{i}" for i in range(genes))
        reference.write_text("\n".join(["gene_id,symbol", *rows]) + "\n")
        ingest_one(self.home, GENES, reference, self._report)

    def grow_to(self, samples: int) -> None:
        """Load and analyse studies until there are so many samples."""
        while self.samples < samples:
            self._studies += 1
            size = min(STUDY_SAMPLES, samples - self.samples)
            # a design of two groups needs two samples of each
            if 0 < samples - self.samples - size < 4:
                size -= 4
            name = f"bench-{self._studies}"
            study = write_study(
                self._folder / name, self._genes, size, "parquet", name, self._studies
            )
            ingest_one(self.home, STUDY, study, self._report)
            self.samples += size
        steps.analyze(self.home, self._report)

    def build(self, verb: str, *, full_refresh: bool = True) -> BuildSummary:
        """Run dbt, without the unit tests.

        Raises
        ------
        RuntimeError
            If anything failed: what is not right is not timed.
        """
        summary = run_dbt_build(
            self.home,
            Thresholds(),
            verb=verb,
            select=self._select,
            full_refresh=full_refresh,
            unit_tests=False,
        )
        if summary.failures:
            raise RuntimeError("; ".join(summary.failures))
        return summary

    def run_bare(self) -> None:
        """Run the models' compiled SQL of the last full refresh as plain statements."""
        target = self.home.temporary / "dbt-target"
        manifest = json.loads((target / "manifest.json").read_text())
        order = json.loads((target / "run_results.json").read_text())["results"]
        database = self.home.root / "bare.duckdb"
        database.unlink(missing_ok=True)
        con = duckdb.connect(
            config={"memory_limit": "4GB", "threads": 2, "temp_directory": str(self.home.temporary)}
        )
        con.execute("set timezone = 'UTC'")
        con.execute(f"attach '{database}' as bare (storage_version '{STORAGE_VERSION}')")
        con.execute(f"attach '{self.home.working}' as working (read_only)")
        for schema in ("staging", "intermediate", "marts"):
            con.execute(f"create schema bare.{schema}")
        for result in order:
            node = manifest["nodes"].get(result["unique_id"], {})
            if node.get("resource_type") != "model":
                continue
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            sql = result["compiled_code"]
            for schema in ("staging", "intermediate", "marts"):
                sql = sql.replace(f'"working"."{schema}"', f'"bare"."{schema}"')
            con.execute(f"create {kind} bare.{node['schema']}.{node['name']} as {sql}")
        con.close()
        database.unlink()

    def digests(self) -> dict[str, tuple[int, ...]]:
        """Return rows and two order-free hashes of the rows of every mart."""
        with duckdb.connect(str(self.home.working), read_only=True) as con:
            con.execute("set memory_limit = '4GB'")
            names = con.execute(
                "select distinct table_name from duckdb_tables() "
                "where schema_name = 'marts' order by 1"
            ).fetchall()
            return {
                name: con.execute(
                    "select count(*), bit_xor(hash(t)), sum(cast(hash(t) as hugeint)) "
                    f"from marts.{name} as t"
                ).fetchall()[0]
                for (name,) in names
            }


def timed(work: Callable[[], object]) -> Cost:
    """Return what one call cost, in this process and those it waited for."""

    def cpu() -> float:
        used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(u.ru_utime + u.ru_stime for u in used)

    before, started = cpu(), time.perf_counter()
    work()
    return Cost(time.perf_counter() - started, cpu() - before)


def medians(costs: Sequence[Cost]) -> Cost:
    """Return the medians of several runs."""
    return Cost(
        statistics.median(c.seconds for c in costs), statistics.median(c.cpu_seconds for c in costs)
    )


def measure(warehouse: Warehouse, samples: int, runs: int) -> Measured:
    """Time the three ways in turn, then one study more.

    Raises
    ------
    RuntimeError
        If an incremental build left other rows than a full refresh.
    """
    warehouse.grow_to(samples)
    first = warehouse.build("build")
    ways: dict[str, Callable[[], object]] = {
        _TESTED: lambda: warehouse.build("build"),
        _UNTESTED: lambda: warehouse.build("run"),
        _BARE: warehouse.run_bare,
    }
    taken: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, work in ways.items():
            taken[name].append(timed(work))
    with duckdb.connect(str(warehouse.home.working), read_only=True) as con:
        counts = con.execute("select count(*) from marts.fct_expression").fetchall()[0][0]
    warehouse.grow_to(samples + STUDY_SAMPLES)
    added = timed(lambda: warehouse.build("build", full_refresh=False))
    after_adding = warehouse.digests()
    refreshed = timed(lambda: warehouse.build("build"))
    if different := {n for n, d in warehouse.digests().items() if after_adding.get(n) != d}:
        raise RuntimeError(f"a full refresh has other rows in {', '.join(sorted(different))}")
    return Measured(
        samples,
        counts,
        first.models,
        first.tests_passed + first.tests_warned,
        {name: medians(costs) for name, costs in taken.items()},
        added,
        refreshed,
        timed(warehouse.run_bare),
    )


def report(genes: int, runs: int, measured: Sequence[Measured]) -> str:
    """Return the measurements as Markdown tables."""
    lines = [
        f"### Build of {genes:,} genes ({measured[0].models} models, {measured[0].tests} tests)",
        "",
        f"| samples | counts | {_TESTED}, s (CPU) | {_UNTESTED}, s (CPU) | {_BARE}, s (CPU) "
        "| dbt and tests over bare | dbt over bare |",
        "|---|---|---|---|---|---|---|",
    ]
    for m in measured:
        tested, untested, bare = (m.costs[name] for name in (_TESTED, _UNTESTED, _BARE))
        lines.append(
            f"| {m.samples:,} | {m.counts:,} | {_both(tested)} | {_both(untested)} | {_both(bare)} "
            f"| {tested.seconds - bare.seconds:+.1f} s, **{tested.seconds / bare.seconds:.1f} x** "
            f"| {untested.seconds - bare.seconds:+.1f} s, "
            f"{untested.seconds / bare.seconds:.1f} x |"
        )
    lines += [
        "",
        f"Medians of {runs} runs in turn. {machine()}.",
        *linearity(measured),
        "",
        f"### One study of {STUDY_SAMPLES} samples more",
        "",
        "| samples before | incremental, s (CPU) | full refresh, s (CPU) | bare, s (CPU) "
        "| incremental against full |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {m.samples:,} | {_both(m.added)} | {_both(m.refreshed)} | {_both(m.bare_refreshed)} "
        f"| **{m.added.seconds / m.refreshed.seconds:.2f} x** |"
        for m in measured
    ]
    return "\n".join(
        [*lines, "", "One run each, all tests included; every mart's rows were identical.", ""]
    )


def linearity(measured: Sequence[Measured]) -> list[str]:
    """Say how the cost grows: the least-squares line over sizes and the worst distance from it."""
    if len(measured) < 3:
        return []
    sizes = np.array([m.samples for m in measured], dtype=float)
    lines = [""]
    for name in (_TESTED, _UNTESTED, _BARE):
        seconds = np.array([m.costs[name].seconds for m in measured])
        slope, start = np.polyfit(sizes, seconds, 1)
        expected = start + slope * sizes
        share = 1 - np.sum((seconds - expected) ** 2) / np.sum((seconds - seconds.mean()) ** 2)
        off = np.max(np.abs(seconds - expected) / seconds)
        lines.append(
            f"{name}: {start:.1f} s and {100 * slope:.2f} s per 100 samples, R² {share:.4f}; no "
            f"size is more than {100 * off:.0f} % off that line."
        )
    return lines


def _both(cost: Cost) -> str:
    return f"{cost.seconds:.1f} ({cost.cpu_seconds:.1f})"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=60_000)
    parser.add_argument("--samples", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scratch", type=Path, help="folder with room for the warehouse")
    parser.add_argument("--select", help="only these models, in dbt's words: for a trial")
    options = parser.parse_args()
    sizes = sorted(options.samples)
    if any(b < a + STUDY_SAMPLES + 4 for a, b in itertools.pairwise(sizes)):
        sys.exit(f"each size must exceed the one before by {STUDY_SAMPLES + 4} samples or more.")
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        warehouse = Warehouse(Path(scratch), options.genes, options.select)
        measured = [measure(warehouse, samples, options.runs) for samples in sizes]
    print(report(options.genes, options.runs, measured))


if __name__ == "__main__":
    main()
