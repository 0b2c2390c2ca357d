"""SIGKILL of the whole process group on the way; `benchmarks/crash.py` does it many more times."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.crashes import (
    Moment,
    Running,
    complete,
    half_done,
    kill_run,
    live_readers,
    parts_of,
)
from tests.support.small_home import ROWS, copy_home, write_small_home
from tests.support.totals import differing, release_totals, working_totals
from warehouse.connections import current_release, open_release, open_working, write_lock
from warehouse.home import Home, installation_root
from warehouse.releases import list_releases
from warehouse.soundness import database_problem

SEED = 20261120

PUBLISH = """
import sys
from warehouse.connections import write_lock
from warehouse.home import Home
from warehouse.releases import new_release_name, publish
home = Home.locate(sys.argv[1])
with write_lock(home, "publish"):
    while True:
        print(publish(home, new_release_name(home=home), keep=3), flush=True)
"""


def moments() -> list[Moment]:
    """Return the kills in the pipeline's order, each a seeded while after what it waits for."""
    rng = random.Random(SEED)  # noqa: S311
    return [
        Moment("started", lambda run: run.steps("ingest") >= 0, rng.uniform(0.2, 1.0)),
        Moment("first source", lambda run: run.steps("ingest") >= 1, rng.uniform(0.0, 0.05)),
        Moment("some sources", lambda run: run.steps("ingest") >= 6, rng.uniform(0.0, 0.3)),
        Moment("all sources", lambda run: run.steps("ingest") >= 22, rng.uniform(0.0, 0.5)),
        Moment("first fit", lambda run: run.steps("analyze") >= 1, rng.uniform(0.0, 0.02)),
        Moment("analyzed", lambda run: run.steps("analyze") >= 3, rng.uniform(0.0, 0.5)),
        Moment("models built", models_are_built, rng.uniform(0.2, 1.5)),
    ]


def models_are_built(run: Running) -> bool:
    """Return whether dbt of this run has begun to build models."""
    log = run.home.logs / "dbt.log"
    return log.exists() and "OK created" in log.read_text(errors="replace")


@pytest.mark.slow
def test_kills_on_the_way_lose_nothing(built_home: Home, tmp_path: Path) -> None:
    home = copy_home(built_home, tmp_path / "home")
    whole, expected = parts_of(home), working_totals(home)
    forget_everything(home)
    served = current_release(home)
    with live_readers(home) as saw:
        for moment in moments():
            (home.logs / "dbt.log").unlink(missing_ok=True)
            assert kill_run(home, moment), f"the run was over before {moment.name}"
            assert half_done(parts_of(home), whole) == [], moment.name
            assert current_release(home) == served
        code, said = complete(home)
    assert code == 0, said[-2000:]
    assert [reader["errors"] for reader in saw] == [[], []]
    assert all(reader["rounds"] > 10 and served.stem in reader["answers"] for reader in saw)
    assert current_release(home) != served
    assert differing(working_totals(home), expected) == []
    assert differing(release_totals(current_release(home)), release_totals(served)) == []
    assert parts_of(home) == whole


def forget_everything(home: Home) -> None:
    """Empty the working file's loads and results; the release goes on serving what they were."""
    with write_lock(home, "test"), open_working(home) as con:
        loads = con.execute("select load_id from ops.loads").fetchall()
        assert loads
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name in ('raw', 'analytics')"
        ).fetchall():
            con.execute(f'delete from {schema}."{table}"')
        con.execute("update ops.loads set status = 'removed'")
    for landed in home.landed.iterdir():
        landed.unlink()


@pytest.mark.parametrize("moment", range(6))
def test_a_kill_in_a_publish_leaves_a_whole_release_serving(home: Home, moment: int) -> None:
    write_small_home(home)
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(home.root)],
        cwd=installation_root(),
        env={**os.environ, "PYTHONPATH": str(installation_root())},
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(random.Random(SEED + moment).uniform(0.0, 0.1))  # noqa: S311
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    serving = current_release(home)
    assert serving in list_releases(home)
    assert all(database_problem(r, needs_marts=True) is None for r in list_releases(home))
    con = open_release(serving)
    assert con.execute("select count(*) from numbers").fetchall() == [(ROWS,)]
    con.close()
    with write_lock(home, "test"), open_working(home) as con:
        assert con.execute("select count(*) from marts.numbers").fetchall() == [(ROWS,)]
