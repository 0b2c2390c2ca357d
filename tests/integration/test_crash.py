"""SIGKILL of a process group that publishes, at seeded moments."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.support.small_home import ROWS, write_small_home
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
