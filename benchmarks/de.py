"""Differential expression on airway: the default engine, pydeseq2 unaltered, and R if installed.

Each fits the same counts and tests the same contrast in a process of its own; the seconds are
those of fit and results, imports and reading aside.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import polars as pl

from benchmarks.measure import Timing, machine, table
from benchmarks.r_rivals import PROGRAMS, Question, ask, installed
from warehouse.home import installation_root

DATA = installation_root().parent / "shared" / "data" / "counts" / "airway"
DESIGNS = {"unpaired": "~ dex", "paired": "~ celltype + dex"}
RIVALS = ("pydeseq2", *PROGRAMS)


def run_engine(engine: str, design: str) -> None:
    """Fit in this process and print seconds and peak memory as JSON."""
    from analytics.differential_expression import Contrast, fit, load_engine

    load_engine(engine)
    counts = pl.read_csv(DATA / "airway_rawcounts.csv").rename({"ensgene": "gene_id"})
    samples = pl.read_csv(DATA / "airway_metadata.csv").to_pandas().set_index("id")
    started = time.perf_counter()
    fit(counts, samples, design, [Contrast("c", "dex", "treated", "control")], engine=engine)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mib": peak}))


def measured(name: str, command: list[str]) -> Timing:
    """Run one engine's process and read what it measured."""
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = json.loads(printed)
    return Timing(name, result["seconds"], result["peak_mib"], 1)


def main() -> None:
    """Print one table per design."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", help="run one engine and print JSON")
    parser.add_argument("--design", default="~ celltype + dex", help="of --engine")
    parser.add_argument("--cases", nargs="+", choices=DESIGNS, default=list(DESIGNS))
    parser.add_argument("--rivals", nargs="*", choices=RIVALS, default=list(RIVALS))
    options = parser.parse_args()
    if options.engine:
        run_engine(options.engine, options.design)
        return
    for case in options.cases:
        design = DESIGNS[case]
        itself = [sys.executable, "-m", "benchmarks.de", "--design", design, "--engine"]
        ours = measured("vectorised (default)", [*itself, "vectorised"])
        rivals = []
        if "pydeseq2" in options.rivals:
            rivals.append(measured("pydeseq2, unaltered", [*itself, "pydeseq2"]))
        counts, samples = DATA / "airway_rawcounts.csv", DATA / "airway_metadata.csv"
        question = Question(counts, samples, design, "dex", "treated", "control")
        for program in installed():
            if program in options.rivals:
                answer = ask(program, question)
                rivals.append(Timing(program, answer.seconds, answer.peak_mib, 1))
        print(
            table(
                f"Differential expression on airway, 64,102 genes x 8 samples, `{design}`",
                ours,
                rivals,
                "Fit and Wald test of one contrast, and apeGLM shrinkage in ours and pydeseq2; one "
                f"run. {machine()}.",
            )
        )


if __name__ == "__main__":
    main()
