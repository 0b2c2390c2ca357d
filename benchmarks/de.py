"""Differential expression on airway: the default engine, pydeseq2 unaltered, and R if installed.

Each fits the same counts and tests the same contrast in a process of its own, on one processor.
All do the same work: size factors, dispersions, coefficients, Cook's distances, the Wald test and
independent filtering. Imports and reading are not in it, nor is shrinkage, which has rows of its
own; the whole process stands beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import TypeVar

import pandas as pd

from benchmarks.measure import machine
from benchmarks.python_engines import Measured, measure
from benchmarks.r_rivals import PROGRAMS, Question, ask, installed
from warehouse.home import installation_root

DATA = installation_root().parent / "shared" / "data" / "counts" / "airway"
COUNTS, SAMPLES = DATA / "airway_rawcounts.csv", DATA / "airway_metadata.csv"
DESIGNS = {"unpaired": "~ dex", "paired": "~ celltype + dex"}
CONTRAST = ("dex", "treated", "control")
RIVALS = ("pydeseq2", *PROGRAMS)
NAMES = {"vectorised": "vectorised (default)", "pydeseq2": "pydeseq2, unaltered"}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One line of the table: fit and results, and the process that they ran in."""

    name: str
    cpu_seconds: float
    seconds: float
    peak_mib: float
    process_cpu_seconds: float


def run_engine(engine: str, design: str) -> None:
    """Fit in this process and print what it took as JSON."""
    counts = pd.read_csv(COUNTS, index_col=0).to_numpy().T
    samples = pd.read_csv(SAMPLES, index_col="id")
    print(json.dumps(asdict(measure(engine, counts, samples, design, CONTRAST, shrink=True))))


def engine_rows(engine: str, design: str, runs: int) -> list[Row]:
    """Measure one engine in Python: without shrinkage, and with it."""
    command = [sys.executable, "-m", "benchmarks.de", "--design", design, "--engine", engine]

    def once() -> Measured:
        printed = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **ONE_THREAD}
        ).stdout
        return Measured(**json.loads(printed))

    found = [with_process_cpu(once) for _ in range(runs)]
    peak, process = median(m.peak_mib for m, _ in found), median(cpu for _, cpu in found)
    wall = median(m.seconds for m, _ in found)
    plain = Row(NAMES[engine], median(m.cpu_seconds for m, _ in found), wall, peak, process)
    cpu = median(m.shrunken_cpu_seconds for m, _ in found)
    wall = median(m.shrunken_seconds for m, _ in found)
    return [plain, Row(f"{plain.name}, with apeGLM shrinkage", cpu, wall, peak, process)]


def program_row(program: str, design: str) -> Row:
    """Measure one of R's programs."""
    question = Question(COUNTS, SAMPLES, design, *CONTRAST)
    answer, process = with_process_cpu(lambda: ask(program, question))
    return Row(program, answer.cpu_seconds, answer.seconds, answer.peak_mib, process)


def with_process_cpu(call: Callable[[], T]) -> tuple[T, float]:
    """Return what a call gives, and the processor seconds of the processes it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    given = call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return given, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def table(title: str, rows: Sequence[Row]) -> str:
    """Return a Markdown table; each row is held against ours that does the same work."""
    lines = [f"### {title}", "", "| | CPU s | wall s | against ours | peak MiB | process, CPU s |"]
    lines.append("|---|---|---|---|---|---|")
    own = {"shrinkage" in row.name: row for row in reversed(rows) if "default" in row.name}
    for row in rows:
        ratio = row.cpu_seconds / own["shrinkage" in row.name].cpu_seconds
        name = f"**{row.name}**" if "default" in row.name else row.name
        lines.append(
            f"| {name} | {row.cpu_seconds:.2f} | {row.seconds:.2f} | {ratio:.1f} x "
            f"| {row.peak_mib:.0f} | {row.process_cpu_seconds:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print one table per design."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", help="run one engine and print JSON")
    parser.add_argument("--design", default="~ celltype + dex", help="of --engine")
    parser.add_argument("--cases", nargs="+", choices=DESIGNS, default=list(DESIGNS))
    parser.add_argument("--rivals", nargs="*", choices=RIVALS, default=list(RIVALS))
    parser.add_argument("--runs", type=int, default=3, help="of ours; rivals run once")
    options = parser.parse_args()
    if options.engine:
        run_engine(options.engine, options.design)
        return
    os.environ.update(ONE_THREAD)
    for case in options.cases:
        design = DESIGNS[case]
        rows = engine_rows("vectorised", design, options.runs)
        if "pydeseq2" in options.rivals:
            rows += engine_rows("pydeseq2", design, 1)
        rows += [program_row(p, design) for p in installed() if p in options.rivals]
        print(table(f"Differential expression on airway, 64,102 genes x 8, `{design}`", rows))
        print(
            "\nFit and results of one contrast from counts in memory, imports apart; the ratio is "
            "of CPU seconds. The process's include imports, reading and, in Python, shrinkage. "
            f"Ours: median of {options.runs}. {machine()}.\n",
            flush=True,
        )


if __name__ == "__main__":
    main()
