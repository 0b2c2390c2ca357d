"""Differential expression on airway: the default engine, pydeseq2 unaltered, and R if installed.

Each fits the same counts and tests the same contrast in a process of its own; the seconds are
those of fit and results, imports and reading aside.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import polars as pl

from benchmarks.measure import Timing, machine, table
from warehouse.home import installation_root

DATA = installation_root().parent / "shared" / "data" / "counts" / "airway"
R_SCRIPT = """
suppressMessages(library(DESeq2))
a <- commandArgs(TRUE)
counts <- as.matrix(read.csv(a[1], row.names = 1)); meta <- read.csv(a[2], row.names = 1)
for (v in colnames(meta)) meta[[v]] <- factor(meta[[v]])
started <- proc.time()[["elapsed"]]
dds <- DESeq(DESeqDataSetFromMatrix(counts, meta, as.formula(a[3])), quiet = TRUE)
res <- results(dds, contrast = c("dex", "treated", "control"))
seconds <- proc.time()[["elapsed"]] - started
peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
peak <- as.numeric(gsub("[^0-9]", "", peak)) / 1024
cat(sprintf('{"seconds": %f, "peak_mib": %f}', seconds, peak))
"""


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
    parser.add_argument("--design", default="~ celltype + dex")
    options = parser.parse_args()
    if options.engine:
        run_engine(options.engine, options.design)
        return
    for design in ("~ dex", "~ celltype + dex"):
        itself = [sys.executable, "-m", "benchmarks.de", "--design", design, "--engine"]
        ours = measured("vectorised (default)", [*itself, "vectorised"])
        rivals = [measured("pydeseq2, unaltered", [*itself, "pydeseq2"])]
        if shutil.which("Rscript"):
            paths = [str(DATA / "airway_rawcounts.csv"), str(DATA / "airway_metadata.csv")]
            with tempfile.NamedTemporaryFile("w", suffix=".R") as script:
                script.write(R_SCRIPT)
                script.flush()
                command = ["Rscript", script.name, *paths, design.replace(" ", "")]
                rivals.append(measured("R DESeq2", command))
        print(
            table(
                f"Differential expression on airway, 64,102 genes x 8 samples, `{design}`",
                ours,
                rivals,
                f"Fit, Wald test and (except R) apeGLM shrinkage of one contrast; one run. "
                f"{machine()}.",
            )
        )


if __name__ == "__main__":
    main()
