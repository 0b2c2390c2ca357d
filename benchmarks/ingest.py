"""Loading a wide count matrix: ``imid ingest study`` against bare DuckDB.

The rival is the plain statement that makes the same table, sorted by gene, from the same file,
with no hash, no gate, no ledger, no landed Parquet and no check of anything. A second rival
leaves out the two columns that say which load and which study a row belongs to.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import polars as pl

from benchmarks.measure import Contender, Timing, machine, time_in_turn
from warehouse.connections import STORAGE_VERSION
from warehouse.home import Home

CURVE: Final = (100, 200, 500, 1000)
GENE_LIMIT_MS: Final = 10
SAMPLE_LIMIT_MS: Final = 400
_LOOKUPS: Final = 25

BARE: Final = """
import os, sys, duckdb
reader, key, target, storage = sys.argv[1:]
if os.path.exists(target):
    os.remove(target)
con = duckdb.connect(target, config={'storage_compatibility_version': storage})
con.execute(f'''
    create table counts as
    select {key} gene_id, sample_id, count
    from (select * from {reader} order by gene_id)
    unpivot (count for sample_id in (columns(* exclude (gene_id))))
''')
con.close()
"""
# As long as the ids of real loads.
_KEY: Final = f"'{'x' * 42}' as load_id, 'bench' as study_id,"


@dataclass(frozen=True)
class Measured:
    """What one size of matrix took; the rivals are the same table and the narrow one."""

    samples: int
    ours: Timing
    same_table: Timing
    narrow: Timing
    gene_ms: float
    sample_ms: float


def write_study(folder: Path, genes: int, samples: int, form: str = "tsv") -> Path:
    """Write a random study of the given size and return its ``study.yaml``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    names = [f"S{i:04d}" for i in range(samples)]
    means = rng.lognormal(3, 2.5, genes)
    columns = {name: rng.negative_binomial(5, 5 / (5 + means)).astype(np.int64) for name in names}
    ids = [f"BENCH{i:08d}" for i in rng.permutation(genes)]
    matrix = pl.DataFrame({"gene_id": ids, **columns})
    if form == "parquet":
        matrix.write_parquet(folder / "counts.parquet")
    else:
        matrix.write_csv(folder / "counts.tsv", separator="\t")
    groups = ["a" if i % 2 else "b" for i in range(samples)]
    pl.DataFrame({"sample_id": names, "group": groups}).write_csv(folder / "samples.csv")
    path = folder / "study.yaml"
    path.write_text(
        "id: bench\ntitle: benchmark\norganism: human\nsimulated: true\n"
        f"samples: samples.csv\ncounts: counts.{form}\ndesign: ~ group\n"
        "contrasts: [{factor: group, numerator: a, denominator: b}]\n"
    )
    return path


def measure(scratch: Path, genes: int, samples: int, form: str, runs: int) -> Measured:
    """Time our load and both rivals in turn, then the look-ups on what ours left."""
    folder = scratch / f"{form}{samples}"
    study = write_study(folder, genes, samples, form)
    home = folder / "home"
    source = folder / f"counts.{form}"
    reader = (
        f"read_parquet('{source}')"
        if form == "parquet"
        else f"read_csv('{source}', delim='\t', header=true)"
    )
    imid = str(Path(sys.executable).parent / "imid")
    bare = [sys.executable, "-c", BARE, reader]
    target = str(folder / "bare.duckdb")
    ours, same_table, narrow = time_in_turn(
        [
            Contender(
                "imid ingest study",
                [imid, "--home", str(home), "ingest", "study", str(study)],
                lambda: shutil.rmtree(home, ignore_errors=True),
            ),
            Contender("bare DuckDB, same table", [*bare, _KEY, target, STORAGE_VERSION]),
            Contender("bare DuckDB, three columns", [*bare, "", target, STORAGE_VERSION]),
        ],
        runs,
    )
    gene_ms, sample_ms = _look_up(Home(home).working, genes, samples)
    shutil.rmtree(folder)
    return Measured(samples, ours, same_table, narrow, gene_ms, sample_ms)


def _look_up(database: Path, genes: int, samples: int) -> tuple[float, float]:
    """Return the median milliseconds that one gene and one sample take, all rows fetched."""
    rng = np.random.default_rng(2)
    with duckdb.connect(str(database), read_only=True) as con:
        return (
            _median_ms(
                con, "gene_id", [f"BENCH{i:08d}" for i in rng.integers(genes, size=_LOOKUPS)]
            ),
            _median_ms(
                con, "sample_id", [f"S{i:04d}" for i in rng.integers(samples, size=_LOOKUPS)]
            ),
        )


def _median_ms(con: duckdb.DuckDBPyConnection, column: str, keys: Sequence[str]) -> float:
    taken = []
    for key in keys:
        started = time.perf_counter()
        con.sql(f"select * from raw.counts where {column} = $1", params=[key]).pl()
        taken.append(1e3 * (time.perf_counter() - started))
    return statistics.median(taken)


def report(genes: int, form: str, runs: int, measured: Sequence[Measured]) -> str:
    """Return the measurements as a Markdown table."""
    rows = [
        f"### Ingest of {genes:,} genes from {form.upper()}",
        "",
        "| samples | imid, s (CPU) | same table, s (CPU) | ratio (CPU) | three columns, s (CPU) "
        "| ratio (CPU) | peak MiB | one gene, ms | one sample, ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {m.samples:,} | {_seconds(m.ours)} | {_seconds(m.same_table)} "
        f"| {_ratio(m.ours, m.same_table)} | {_seconds(m.narrow)} "
        f"| {_ratio(m.ours, m.narrow)} | {m.ours.peak_mib:.0f} "
        f"| {m.gene_ms:.1f} | {m.sample_ms:.0f} |"
        for m in measured
    ]
    note = (
        f"Medians of {runs} runs of whole processes, ours and the bare DuckDB statements in turn. "
        "Ours includes start-up, hashing, the gate, the ledger and the landed Parquet; the ratio "
        "is ours over the bare statement. A look-up fetches every row; limits "
        f"{GENE_LIMIT_MS} and {SAMPLE_LIMIT_MS} ms. {machine()}."
    )
    return "\n".join([*rows, "", note, ""])


def _seconds(timing: Timing) -> str:
    return f"{timing.seconds:.2f} ({timing.cpu_seconds:.2f})"


def _ratio(ours: Timing, rival: Timing) -> str:
    wall = ours.seconds / rival.seconds
    return f"**{wall:.2f}** ({ours.cpu_seconds / rival.cpu_seconds:.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=60_000)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--format", choices=["tsv", "parquet"], default="tsv")
    parser.add_argument(
        "--curve", action="store_true", help=f"samples {', '.join(map(str, CURVE))} in one table"
    )
    options = parser.parse_args()
    sizes = CURVE if options.curve else (options.samples,)
    with tempfile.TemporaryDirectory() as scratch:
        measured = [
            measure(Path(scratch), options.genes, samples, options.format, options.runs)
            for samples in sizes
        ]
    print(report(options.genes, options.format, options.runs, measured))


if __name__ == "__main__":
    main()
