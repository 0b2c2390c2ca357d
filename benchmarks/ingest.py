"""Loading a 60,000 x 200 count matrix: ``imid ingest study`` against bare DuckDB.

The rival is the plain statement that makes the same sorted long table from the same file, with
no hash, no gate, no ledger and no check of anything.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.measure import machine, table, time_command

BARE = """
import os, sys, duckdb
source, target = sys.argv[1:]
if os.path.exists(target):
    os.remove(target)
con = duckdb.connect(target)
con.execute(f'''
    create table counts as
    select gene_id, sample_id, count
    from (select * from read_csv('{source}', delim='\\t', header=true) order by gene_id)
    unpivot (count for sample_id in (columns(* exclude (gene_id))))
''')
con.close()
"""


def write_study(folder: Path, genes: int, samples: int) -> Path:
    """Write a random study of the given size and return its ``study.yaml``."""
    rng = np.random.default_rng(1)
    names = [f"S{i:04d}" for i in range(samples)]
    means = rng.lognormal(3, 2.5, genes)
    columns = {name: rng.negative_binomial(5, 5 / (5 + means)).astype(np.int64) for name in names}
    ids = [f"BENCH{i:08d}" for i in rng.permutation(genes)]
    pl.DataFrame({"gene_id": ids, **columns}).write_csv(folder / "counts.tsv", separator="\t")
    groups = ["a" if i % 2 else "b" for i in range(samples)]
    pl.DataFrame({"sample_id": names, "group": groups}).write_csv(folder / "samples.csv")
    path = folder / "study.yaml"
    path.write_text(
        "id: bench\ntitle: benchmark\norganism: human\nsimulated: true\n"
        "samples: samples.csv\ncounts: counts.tsv\ndesign: ~ group\n"
        "contrasts: [{factor: group, numerator: a, denominator: b}]\n"
    )
    return path


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=60_000)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        study = write_study(folder, options.genes, options.samples)
        home = folder / "home"
        imid = str(Path(sys.executable).parent / "imid")
        load = f"import shutil, subprocess; shutil.rmtree({str(home)!r}, ignore_errors=True); "
        load += f"subprocess.run([{imid!r}, '--home', {str(home)!r}, 'ingest', 'study', "
        load += f"{str(study)!r}], check=True, capture_output=True)"
        ours = time_command("imid ingest study", [sys.executable, "-c", load], options.runs)
        database = folder / "bare.duckdb"
        rival = time_command(
            "bare DuckDB statement",
            [sys.executable, "-c", BARE, str(folder / "counts.tsv"), str(database)],
            options.runs,
        )
        size = (folder / "counts.tsv").stat().st_size / 2**20
        shutil.rmtree(home, ignore_errors=True)
        print(
            table(
                f"Ingest of {options.genes:,} genes x {options.samples:,} samples "
                f"({size:.0f} MiB of text)",
                ours,
                [rival],
                f"Median of {options.runs} runs of the whole process. Ours includes hashing, the "
                f"gate, the ledger and the landed Parquet. {machine()}.",
            )
        )


if __name__ == "__main__":
    main()
