"""``dbt build`` of the shipped warehouse against the same SQL run bare in DuckDB.

The rival runs each model's compiled SQL in the same order in one connection: no tests, no
contracts, no dbt.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from app.cli.dbt_build import run_dbt_build
from app.cli.project import Thresholds
from benchmarks.measure import Timing, machine, table
from warehouse.home import Home


def run_bare(home: Home, target: Path) -> float:
    """Run the models' compiled SQL as plain statements and return the seconds."""
    manifest = json.loads((target / "manifest.json").read_text())
    order = json.loads((target / "run_results.json").read_text())["results"]
    con = duckdb.connect(str(home.working))
    started = time.perf_counter()
    for result in order:
        node = manifest["nodes"].get(result["unique_id"], {})
        if node.get("resource_type") != "model":
            continue
        kind = "view" if node["config"]["materialized"] == "view" else "table"
        sql = (target / "compiled" / node["package_name"] / node["original_file_path"]).read_text()
        con.execute(f"create or replace {kind} {node['schema']}.{node['name']} as {sql}")
    seconds = time.perf_counter() - started
    con.close()
    return seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch) / "home")
        imid = str(Path(sys.executable).parent / "imid")
        subprocess.run(
            [imid, "--home", str(home.root), "run"],
            check=True,
            capture_output=True,
            env=os.environ,
        )
        built = [run_dbt_build(home, Thresholds()) for _ in range(options.runs)]
        seconds = sorted(b.seconds for b in built)[options.runs // 2]
        target = home.temporary / "dbt-target"
        bare = sorted(run_bare(home, target) for _ in range(options.runs))[options.runs // 2]
        tests = built[0].tests_passed + built[0].tests_warned
        print(
            table(
                f"Build of the shipped warehouse ({built[0].models} models, {tests} tests)",
                Timing("imid build: dbt with its tests", seconds, 0, options.runs),
                [Timing("the models' SQL, bare", bare, 0, options.runs)],
                f"Median of {options.runs} runs; memory was not measured. {machine()}.",
            )
        )
        shutil.rmtree(home.root)


if __name__ == "__main__":
    main()
