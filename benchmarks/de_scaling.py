"""Differential expression as samples and genes grow, and against its rivals at two sizes.

Every fit has a design of two factors (three batches, three levels of a drug) and one contrast, and
runs in a process of its own; the seconds are those of fit and results, imports and reading aside.
Simulated negative binomial counts, the same for all.
"""

from __future__ import annotations

import argparse
import json
import shutil
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

CURVE = [(20_000, 8), (20_000, 24), (20_000, 60), (20_000, 120), (20_000, 300)]
CURVE += [(5_000, 60), (40_000, 60)]
RIVALS = [(20_000, 60), (20_000, 300)]
DESIGN = "~ batch + drug"
FURTHER = 30
R_SCRIPT = """
suppressMessages(library(DESeq2))
a <- commandArgs(TRUE)
counts <- as.matrix(read.csv(a[1], row.names = 1)); meta <- read.csv(a[2], row.names = 1)
for (v in colnames(meta)) meta[[v]] <- factor(meta[[v]])
started <- proc.time()[["elapsed"]]
dds <- DESeq(DESeqDataSetFromMatrix(counts, meta, ~ batch + drug), quiet = TRUE)
res <- results(dds, contrast = c("drug", "d1", "d0"), alpha = 0.05)
seconds <- proc.time()[["elapsed"]] - started
peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
called <- which(res$padj < 0.05 & abs(res$log2FoldChange) > 1) - 1
cat(sprintf('{"seconds": %f, "peak_mib": %f, "called": [%s]}', seconds,
            as.numeric(gsub("[^0-9]", "", peak)) / 1024, paste(called, collapse = ",")))
"""


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


def r_deseq2(genes: int, samples: int) -> Run:
    """Measure R's DESeq2 on the same counts."""
    counts, design = simulate(genes, samples)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("run.R", "counts.csv", "design.csv")]
        paths[0].write_text(R_SCRIPT)
        pd.DataFrame(counts.T, columns=design.index).to_csv(paths[1])
        design.to_csv(paths[2])
        return measured(["Rscript", *map(str, paths)])


def main() -> None:
    """Print the curve, then the rivals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", help="run one engine and print JSON")
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--no-rivals", action="store_true", help="the curve alone")
    options = parser.parse_args()
    if options.engine:
        run_engine(options.engine, options.genes, options.samples)
        return
    print(f"One run each, `{DESIGN}`, no shrinkage. {machine()}.\n")
    print("| genes | samples | fit and first contrast, s | each further contrast, s | peak MiB |")
    print("|---|---|---|---|---|")
    fits = {}
    for genes, samples in CURVE:
        run = fits[genes, samples] = ours("vectorised", genes, samples)
        row = f"| {genes:,} | {samples} | {run.seconds:.2f} | {run.further:.3f} "
        print(f"{row}| {run.peak_mib:.0f} |", flush=True)
    if options.no_rivals:
        return
    print("\n| genes x samples | engine | seconds | against ours | peak MiB | calls that differ |")
    print("|---|---|---|---|---|---|")
    for genes, samples in RIVALS:
        own = fits[genes, samples]
        rivals = {"R DESeq2": r_deseq2} if shutil.which("Rscript") else {}
        rivals["pydeseq2, unaltered (with shrinkage)"] = lambda g, s: ours("pydeseq2", g, s)
        for name, rival in rivals.items():
            run = rival(genes, samples)
            ratio, differ = run.seconds / own.seconds, len(run.called ^ own.called)
            row = f"| {genes:,} x {samples} | {name} | {run.seconds:.1f} | {ratio:.1f} x "
            print(f"{row}| {run.peak_mib:.0f} | {differ} of {len(own.called)} |", flush=True)


if __name__ == "__main__":
    main()
