"""Fits over an executor: the same numbers anywhere, nothing lost, no worker left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from analytics import fan_out
from analytics.differential_expression import Contrast

RNG = np.random.default_rng(3)


@pytest.fixture
def task(tmp_path):
    genes, samples = 60, [f"s{i}" for i in range(6)]
    counts = RNG.negative_binomial(5, 0.05, size=(genes, 6))
    frame = pl.DataFrame({"gene_id": [f"g{i}" for i in range(genes)]})
    landed = tmp_path / "counts.parquet"
    frame.with_columns(**{s: counts[:, i] for i, s in enumerate(samples)}).write_parquet(landed)
    metadata = pd.DataFrame({"drug": ["a", "b"] * 3}, index=samples)
    return fan_out.FitTask(
        landed, metadata, "~ drug", (Contrast("b_a", "drug", "b", "a"),), "vectorised"
    )


def _slow_first(position: int) -> int:
    time.sleep(0.3 if position == 0 else 0.0)
    return position


def _die(_: object) -> None:
    os._exit(1)


def test_a_task_knows_its_size_and_survives_the_wire(task):
    assert task.counts == 360
    packed = fan_out.run_task(task)
    result = packed.unpack()
    assert result.engine == "vectorised"
    assert result.results.height == result.dispersions.height == 60
    assert result.results["contrast_id"].unique().to_list() == ["b_a"]
    assert packed.seconds > 0


def test_processes_give_what_this_process_gives(task):
    here = fan_out.run_task(task).unpack()
    with fan_out.worker_pool(2) as pool:
        there = pool.submit(fan_out.run_task, task).result(timeout=120).unpack()
    assert here.results.equals(there.results)
    assert here.size_factors.equals(there.size_factors)


def test_what_finishes_first_comes_first_and_only_so_many_wait():
    handed_out = []
    with ThreadPoolExecutor(2) as pool:
        finished = fan_out.completed(pool, _slow_first, range(4), 2, handed_out.append)
        position, future = next(finished)
        assert position == future.result() == 1
        assert len(handed_out) == 2
        assert [position for position, _ in finished][-1] == 0
    assert handed_out == [0, 1, 2, 3]


def test_in_this_process_each_result_is_stored_before_the_next_starts():
    told = []
    with fan_out.worker_pool(1) as pool:
        for position, future in fan_out.completed(
            pool, lambda x: 1 // x, [1, 0, 2], 1, lambda p: told.append(("start", p))
        ):
            told.append(("end", position))
            if position == 1:
                with pytest.raises(ZeroDivisionError):
                    future.result()
    assert told == [(what, p) for p in range(3) for what in ("start", "end")]


def test_a_worker_that_dies_fails_its_calls_and_raises_nothing():
    with fan_out.worker_pool(2) as pool:
        futures = [f for _, f in fan_out.completed(pool, _die, range(4), 2, lambda _: None)]
    assert len(futures) == 4
    assert all(isinstance(future.exception(), BrokenExecutor) for future in futures)


def test_workers_follow_cores_work_and_memory(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(fan_out, "available_bytes", lambda: 64e9)
    assert fan_out.workers_for([]) == 1
    assert fan_out.workers_for([50_000] * 10) == 1
    assert fan_out.workers_for([6_000_000] * 10) == 8
    assert fan_out.workers_for([6_000_000] * 3) == 3
    assert fan_out.workers_for([50_000] * 10, asked=4) == 4
    assert fan_out.workers_for([50_000], asked=4) == 1
    monkeypatch.setattr(fan_out, "available_bytes", lambda: 4e9)
    assert fan_out.workers_for([6_000_000] * 10) == 2
    assert fan_out.workers_for([10**10]) == 1


PARENT = """
import os, sys, time
from analytics.fan_out import worker_pool

if __name__ == "__main__":
    with worker_pool(2) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 600).result()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_workers_end_when_the_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(fan_out.__file__).parents[1])
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{worker}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError(f"worker {worker} outlived its parent")
