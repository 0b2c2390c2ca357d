"""Differential expression as samples and genes grow, and against its rivals at two sizes.

Every fit has a design of two factors (three batches, three levels of a drug) and one contrast, and
runs in a process of its own on one processor; the seconds are those of fit and results, imports
and reading aside. Simulated negative binomial counts, the same for all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import machine
from benchmarks.python_engines import Measured, measure
from benchmarks.r_rivals import PROGRAMS, Answer, Question, ask, installed

CURVE = ["20000x8", "20000x24", "20000x60", "20000x120", "20000x300", "20000x1000"]
CURVE += ["5000x60", "40000x60"]
COMPARED = ["20000x60", "20000x300"]
RIVALS = ("pydeseq2", *PROGRAMS)
DESIGN = "~ batch + drug"
CONTRAST = ("drug", "d1", "d0")


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
    counts, design = simulate(genes, samples)
    further = ("drug", "d2", "d1") if engine == "vectorised" else None
    found = measure(engine, counts, design, DESIGN, CONTRAST, further=further)
    print(json.dumps(asdict(found)))


def ours(engine: str, genes: int, samples: int) -> Measured:
    """Measure one engine in Python."""
    command = [sys.executable, "-m", "benchmarks.de_scaling", "--engine", engine]
    command += ["--genes", str(genes), "--samples", str(samples)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Measured(**json.loads(printed.strip().splitlines()[-1]))


def rival(name: str, genes: int, samples: int) -> Measured | Answer:
    """Measure one rival on the same counts."""
    if name == "pydeseq2":
        return ours("pydeseq2", genes, samples)
    counts, design = simulate(genes, samples)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("counts.csv", "design.csv")]
        pd.DataFrame(counts.T, columns=design.index).to_csv(paths[0])
        design.to_csv(paths[1])
        return ask(name, Question(paths[0], paths[1], DESIGN, *CONTRAST))


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
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    print(f"One run each, processor seconds, `{DESIGN}`, no shrinkage. {machine()}.\n")
    print("| genes | samples | fit and first contrast, s | each further contrast, s | peak MiB |")
    print("|---|---|---|---|---|")
    fits: dict[str, Measured] = {}
    for text in options.curve:
        genes, samples = size(text)
        run = fits[text] = ours("vectorised", genes, samples)
        row = f"| {genes:,} | {samples} | {run.cpu_seconds:.2f} | {run.further_cpu_seconds:.3f} "
        print(f"{row}| {run.peak_mib:.0f} |", flush=True)
    chosen = [r for r in options.rivals if r == "pydeseq2" or r in installed()]
    if not (chosen and options.compared):
        return
    heads = ["genes x samples", "engine", "CPU s", "against ours", "peak MiB"]
    heads += ["memory against ours", "calls that differ"]
    print(f"\n| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for text in options.compared:
        genes, samples = size(text)
        own = fits.get(text) or ours("vectorised", genes, samples)
        row = f"| {genes:,} x {samples} | **ours** | {own.cpu_seconds:.1f} | 1 "
        print(f"{row}| {own.peak_mib:.0f} | 1 | of {len(own.called)} |", flush=True)
        for name in chosen:
            other = rival(name, genes, samples)
            ratio, memory = other.cpu_seconds / own.cpu_seconds, other.peak_mib / own.peak_mib
            label = f"{name}, unaltered" if name == "pydeseq2" else name
            row = f"| {genes:,} x {samples} | {label} | {other.cpu_seconds:.1f} | {ratio:.1f} x "
            row += f"| {other.peak_mib:.0f} | {memory:.2f} x "
            print(f"{row}| {len(set(other.called) ^ set(own.called))} |", flush=True)


if __name__ == "__main__":
    main()
