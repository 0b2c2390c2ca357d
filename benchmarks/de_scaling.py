"""Differential expression as samples and genes grow, and against its rivals at two sizes.

Every fit has a design of two factors (three batches, three levels of a drug) and one contrast, and
runs in a process of its own; the seconds are those of fit and results, imports and reading aside.
Simulated negative binomial counts, the same for all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np
import pandas as pd
import polars as pl

from benchmarks.measure import machine
from benchmarks.r_rivals import PROGRAMS, Question, ask, installed

CURVE = ["20000x8", "20000x24", "20000x60", "20000x120", "20000x300", "20000x1000"]
CURVE += ["5000x60", "40000x60"]
COMPARED = ["20000x60", "20000x300"]
RIVALS = ("pydeseq2", *PROGRAMS)
DESIGN = "~ batch + drug"
FURTHER = 30


@dataclass(frozen=True)
class Run:
    """Seconds, peak memory in MiB and called genes of one fit; seconds of a further contrast."""

    seconds: float
    peak_mib: float
    called: frozenset[int]
    further: float | None = None


def simulate(genes: int, samples: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Return counts, (samples, genes), and their design."""
    rng = np.random.default_rng(genes + samples)
    drug, batch = np.arange(samples) % 3, np.arange(samples) // 3 % 3
    base = np.exp(rng.uniform(np.log(0.5), np.log(5000), genes))
    dispersion = (0.05 + 2 / base) * np.exp(rng.normal(0, 0.5, genes))
    effect = rng.normal(0, 1.2, (3, genes)) * (rng.random((3, genes)) < 0.15)
    effect[0] = 0
    shift = rng.normal(0, 0.1, (3, genes))
    depth = np.exp(rng.normal(0, 0.3, samples))
    mean = base * np.exp(effect[drug] + shift[batch]) * depth[:, None]
    counts = rng.negative_binomial(1 / dispersion, 1 / (1 + mean * dispersion))
    names = [f"s{i}" for i in range(samples)]
    design = {"drug": [f"d{i}" for i in drug], "batch": [f"b{i}" for i in batch]}
    return counts, pd.DataFrame(design, index=names)


def run_engine(engine: str, genes: int, samples: int) -> None:
    """Fit in this process and print what it took as JSON."""
    from analytics import deseq
    from analytics.differential_expression import Contrast, fit, load_engine

    load_engine(engine)
    counts, design = simulate(genes, samples)
    frame = pl.DataFrame(counts.T, schema=list(design.index)).with_columns(
        gene_id=pl.Series([f"g{i}" for i in range(genes)])
    )
    further = None
    started = time.perf_counter()
    if engine == "vectorised":
        import analytics.deseq.dataset  # noqa: F401  the import is not what is measured

        started = time.perf_counter()
        model = deseq.fit_design(counts, design, DESIGN)
        table = model.results(deseq.Contrast("drug", "d1", "d0"), shrink=False)
        seconds = time.perf_counter() - started
        started = time.perf_counter()
        for _ in range(FURTHER):
            model.results(deseq.Contrast("drug", "d2", "d1"), shrink=False)
        further = (time.perf_counter() - started) / FURTHER
    else:
        result = fit(frame, design, DESIGN, [Contrast("c", "drug", "d1", "d0")], engine=engine)
        seconds = time.perf_counter() - started
        table = result.results.to_pandas()
    called = np.flatnonzero((table["padj"] < 0.05) & (table["log2_fold_change"].abs() > 1))
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    measured = {"seconds": seconds, "peak_mib": peak, "further": further}
    print(json.dumps({**measured, "called": called.tolist()}))


def measured(command: list[str]) -> Run:
    """Run one engine's process and read what it measured."""
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = json.loads(printed.strip().splitlines()[-1])
    called = frozenset(result["called"])
    return Run(result["seconds"], result["peak_mib"], called, result.get("further"))


def ours(engine: str, genes: int, samples: int) -> Run:
    """Measure one of our engines."""
    size = ["--genes", str(genes), "--samples", str(samples)]
    return measured([sys.executable, "-m", "benchmarks.de_scaling", "--engine", engine, *size])


def rival(name: str, genes: int, samples: int) -> Run:
    """Measure one rival on the same counts."""
    if name == "pydeseq2":
        return ours("pydeseq2", genes, samples)
    counts, design = simulate(genes, samples)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("counts.csv", "design.csv")]
        pd.DataFrame(counts.T, columns=design.index).to_csv(paths[0])
        design.to_csv(paths[1])
        answer = ask(name, Question(paths[0], paths[1], DESIGN, "drug", "d1", "d0"))
    return Run(answer.seconds, answer.peak_mib, answer.called)


def size(text: str) -> tuple[int, int]:
    """Read genes and samples from ``20000x60``."""
    genes, samples = text.split("x")
    return int(genes), int(samples)


def main() -> None:
    """Print the curve, then the rivals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", help="run one engine and print JSON")
    parser.add_argument("--genes", type=int, default=20_000, help="of --engine")
    parser.add_argument("--samples", type=int, default=60, help="of --engine")
    parser.add_argument("--curve", nargs="*", default=CURVE, help="sizes, genes x samples: 20000x8")
    parser.add_argument("--compared", nargs="*", default=COMPARED, help="sizes for the rivals")
    parser.add_argument("--rivals", nargs="*", choices=RIVALS, default=list(RIVALS))
    options = parser.parse_args()
    if options.engine:
        run_engine(options.engine, options.genes, options.samples)
        return
    print(f"One run each, `{DESIGN}`, no shrinkage. {machine()}.\n")
    print("| genes | samples | fit and first contrast, s | each further contrast, s | peak MiB |")
    print("|---|---|---|---|---|")
    fits: dict[str, Run] = {}
    for text in options.curve:
        genes, samples = size(text)
        run = fits[text] = ours("vectorised", genes, samples)
        row = f"| {genes:,} | {samples} | {run.seconds:.2f} | {run.further:.3f} "
        print(f"{row}| {run.peak_mib:.0f} |", flush=True)
    chosen = [r for r in options.rivals if r == "pydeseq2" or r in installed()]
    if not (chosen and options.compared):
        return
    heads = ["genes x samples", "engine", "seconds", "against ours", "peak MiB"]
    heads += ["memory against ours", "calls that differ"]
    print(f"\n| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for text in options.compared:
        genes, samples = size(text)
        own = fits.get(text) or ours("vectorised", genes, samples)
        row = f"| {genes:,} x {samples} | **ours** | {own.seconds:.1f} | 1 "
        print(f"{row}| {own.peak_mib:.0f} | 1 | of {len(own.called)} |", flush=True)
        for name in chosen:
            run = rival(name, genes, samples)
            ratio, memory = run.seconds / own.seconds, run.peak_mib / own.peak_mib
            label = f"{name}, unaltered (with shrinkage)" if name == "pydeseq2" else name
            row = f"| {genes:,} x {samples} | {label} | {run.seconds:.1f} | {ratio:.1f} x "
            row += f"| {run.peak_mib:.0f} | {memory:.2f} x "
            print(f"{row}| {len(run.called ^ own.called)} |", flush=True)


if __name__ == "__main__":
    main()
