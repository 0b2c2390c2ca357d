"""Loading a wide count matrix: ``imid ingest study`` against bare DuckDB.

The rival is the plain statement that makes the same table, sorted by gene, from the same file,
with no hash, no gate, no ledger, no landed Parquet and no check of anything. A second rival
leaves out the columns that say which load, which study and which feature a row belongs to.

Look-ups are timed on what our load left: one gene by ``raw.gene_counts(gene)`` and, to compare, by
a plain ``where gene_id =``; one sample by ``where sample_id =``.
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
    from (select *, row_number() over () as feature_number
          from (select * from {reader} order by gene_id))
    unpivot (count for sample_id in (columns(* exclude (gene_id, feature_number))))
''')
con.close()
"""
# As long as the ids of real loads.
_KEY: Final = f"'{'x' * 42}' as load_id, 'bench' as study_id, feature_number,"


@dataclass(frozen=True)
class Measured:
    """What one size of matrix took; the rivals are the same table and the narrow one."""

    samples: int
    ours: Timing
    same_table: Timing
    narrow: Timing
    gene_ms: float
    plain_gene_ms: float
    sample_ms: float


def write_study(
    folder: Path, genes: int, samples: int, form: str = "tsv", name: str = "bench", seed: int = 1
) -> Path:
    """Write a random study of the given size and return its ``study.yaml``."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    names = [f"S{i:04d}" for i in range(samples)]
    means = rng.lognormal(3, 2.5, genes)
    columns = {key: rng.negative_binomial(5, 5 / (5 + means)).astype(np.int64) for key in names}
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
        f"id: {name}\ntitle: benchmark\norganism: human\nsimulated: true\n"
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
    looked_up = _look_up(Home(home).working, genes, samples)
    shutil.rmtree(folder)
    return Measured(samples, ours, same_table, narrow, *looked_up)


def _look_up(database: Path, genes: int, samples: int) -> tuple[float, float, float]:
    """Return the median milliseconds of a gene, of a gene the plain way, and of a sample."""
    rng = np.random.default_rng(2)
    names = [f"BENCH{i:08d}" for i in rng.integers(genes, size=_LOOKUPS)]
    keys = [f"S{i:04d}" for i in rng.integers(samples, size=_LOOKUPS)]
    with duckdb.connect(str(database), read_only=True) as con:
        return (
            _median_ms(con, "select * from raw.gene_counts($1)", names, samples),
            _median_ms(con, "select * from raw.counts where gene_id = $1", names, samples),
            _median_ms(con, "select * from raw.counts where sample_id = $1", keys, genes),
        )


def _median_ms(con: duckdb.DuckDBPyConnection, sql: str, keys: Sequence[str], rows: int) -> float:
    taken = []
    for key in keys:
        started = time.perf_counter()
        found = con.sql(sql, params=[key]).pl()
        taken.append(1e3 * (time.perf_counter() - started))
        if found.height != rows:
            raise RuntimeError(f"{key} has {found.height} rows where {rows} were loaded")
    return statistics.median(taken)


def report(genes: int, form: str, runs: int, measured: Sequence[Measured]) -> str:
    """Return the measurements as a Markdown table."""
    rows = [
        f"### Ingest of {genes:,} genes from {form.upper()}",
        "",
        "| samples | imid, s (CPU) | same table, s (CPU) | ratio (CPU) | three columns, s (CPU) "
        "| ratio (CPU) | peak MiB | same table's | one gene, ms (plain) | one sample, ms |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {m.samples:,} | {_seconds(m.ours)} | {_seconds(m.same_table)} "
        f"| {_ratio(m.ours, m.same_table)} | {_seconds(m.narrow)} "
        f"| {_ratio(m.ours, m.narrow)} | {m.ours.peak_mib:.0f} "
        f"| {m.same_table.peak_mib:.0f} | {m.gene_ms:.1f} ({m.plain_gene_ms:.1f}) "
        f"| {m.sample_ms:.0f} |"
        for m in measured
    ]
    note = (
        f"Medians of {runs} runs of whole processes, ours and the bare DuckDB statements in turn. "
        "Ours includes start-up, hashing, the gate, the ledger and the landed Parquet; the ratio "
        "is ours over the bare statement. A look-up fetches every row; limits "
        f"{GENE_LIMIT_MS} and {SAMPLE_LIMIT_MS} ms. {machine()}."
    )
    return "\n".join([*rows, "", note, *linearity(measured), ""])


def linearity(measured: Sequence[Measured]) -> list[str]:
    """Say how the cost grows: the least-squares line over sizes and the worst distance from it."""
    if len(measured) < 3:
        return []
    sizes = np.array([m.samples for m in measured], dtype=float)
    lines = [""]
    for name, seconds in (
        ("imid", np.array([m.ours.seconds for m in measured])),
        ("same table", np.array([m.same_table.seconds for m in measured])),
    ):
        slope, start = np.polyfit(sizes, seconds, 1)
        expected = start + slope * sizes
        off = np.max(np.abs(seconds - expected) / expected)
        share = 1 - np.sum((seconds - expected) ** 2) / np.sum((seconds - seconds.mean()) ** 2)
        lines.append(
            f"{name}: {start:.2f} s and {100 * slope:.2f} s per 100 samples, R² {share:.4f}; no "
            f"size is more than {100 * off:.0f} % off that line."
        )
    return lines


def _seconds(timing: Timing) -> str:
    return f"{timing.seconds:.2f} ({timing.cpu_seconds:.2f})"


def _ratio(ours: Timing, rival: Timing) -> str:
    wall = ours.seconds / rival.seconds
    return f"**{wall:.2f}** ({ours.cpu_seconds / rival.cpu_seconds:.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=60_000)
    parser.add_argument(
        "--samples", type=int, nargs="+", default=[200], help="several sizes make the curve"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--format", choices=["tsv", "parquet"], default="tsv")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        measured = [
            measure(Path(scratch), options.genes, samples, options.format, options.runs)
            for samples in options.samples
        ]
    print(report(options.genes, options.format, options.runs, measured))


if __name__ == "__main__":
    main()
