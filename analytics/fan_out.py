"""Fits over an executor: what a worker is given, what it gives back, how many work at once.

The database stays with the parent process. A worker reads the landed Parquet files itself and
returns frames as Arrow bytes, so an executor on other machines needs those files and no more.
"""

from __future__ import annotations

import io
import math
import multiprocessing
import multiprocessing.connection
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import pandas as pd
import polars as pl

from analytics.differential_expression import BY_SIZE_FACTORS, GENE, Contrast, FitResult, fit
from warehouse.landed import read_lengths

# A worker's imports, and its temporaries as a multiple of its counts as 8-byte numbers.
WORKER_BYTES: Final = 400_000_000
TEMPORARIES: Final = 12
SHARE_OF_MEMORY: Final = 0.7
# Fewer counts than these are fitted sooner than another process has started.
COUNTS_PER_PROCESS: Final = 2_500_000

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class FitTask:
    """All that a fit needs: where its counts are, its samples, its design and contrasts.

    Attributes
    ----------
    normalisation
        ``size_factors``, or ``lengths``: by the lengths beside the counts.
    """

    landed: Path
    samples: pd.DataFrame
    design: str
    contrasts: tuple[Contrast, ...]
    engine: str
    pairs: tuple[tuple[str, str], ...] = ()
    normalisation: str = BY_SIZE_FACTORS

    @property
    def counts(self) -> int:
        """How many counts are fitted: samples times genes."""
        return len(self.samples) * int(
            pl.scan_parquet(self.landed).select(pl.len()).collect()[0, 0]
        )


@dataclass(frozen=True)
class PackedFit:
    """A :class:`FitResult` with its frames as Arrow bytes, and the seconds it took."""

    engine: str
    engine_version: str
    frames: tuple[bytes, ...]
    seconds: float

    def unpack(self) -> FitResult:
        """Return the frames again."""
        frames = (pl.read_ipc(io.BytesIO(b)) for b in self.frames)
        return FitResult(self.engine, self.engine_version, *frames)


def run_task(task: FitTask) -> PackedFit:
    """Read the counts and fit them: what a worker does."""
    started = time.perf_counter()
    counts = pl.read_parquet(task.landed, columns=[GENE, *task.samples.index])
    result = fit(
        counts,
        task.samples,
        task.design,
        task.contrasts,
        pairs=task.pairs,
        engine=task.engine,
        lengths=_lengths(task),
    )
    frames = (result.size_factors, result.dispersions, result.results, result.differences)
    return PackedFit(
        result.engine,
        result.engine_version,
        tuple(_bytes(frame) for frame in frames),
        time.perf_counter() - started,
    )


def _lengths(task: FitTask) -> pl.DataFrame | None:
    if task.normalisation == BY_SIZE_FACTORS:
        return None
    lengths = read_lengths(task.landed, list(task.samples.index))
    if lengths is None:
        raise FileNotFoundError(f"The transcript lengths beside {task.landed.name} are missing.")
    return lengths


def _bytes(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


class InProcess(Executor):
    """An executor that runs each call at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the call and return its finished future."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        # whatever it is, it belongs to the future
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)
        return future


@contextmanager
def worker_pool(workers: int) -> Iterator[Executor]:
    """Yield an executor of that many processes, or of this one; its workers end with it."""
    if workers <= 1:
        yield InProcess()
        return
    # a forked process would share the open database
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Leave no worker behind when the parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def workers_for(counts: Iterable[int], asked: int | None = None) -> int:
    """Decide how many processes fit at once.

    Parameters
    ----------
    counts
        Samples times genes of each fit.
    asked
        What the user wants; by default one process per core, as far as there is work for it.

    Returns
    -------
    int
        At least one, at most one per fit, and no more than memory holds of the largest fits.
    """
    sizes = sorted(counts, reverse=True)
    wanted = asked or min(os.cpu_count() or 1, math.ceil(sum(sizes) / COUNTS_PER_PROCESS))
    room, workers = SHARE_OF_MEMORY * available_bytes(), 0
    for size in sizes[: max(1, wanted)]:
        room -= WORKER_BYTES + TEMPORARIES * 8 * size
        workers += room > 0
    return max(1, workers)


def available_bytes() -> float:
    """Memory that can be had without swapping, in bytes."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) / 2


def completed(
    executor: Executor,
    call: Callable[[Any], T],
    arguments: Iterable[Any],
    at_once: int,
    started: Callable[[int], None],
) -> Iterator[tuple[int, Future[T]]]:
    """Yield each call's position and finished future, in the order in which they finish.

    Parameters
    ----------
    executor
        Any executor.
    call
        The function to call with each argument.
    arguments
        What it is called with; taken one by one, when there is room.
    at_once
        Calls handed out at a time, so that no more results wait than can be stored.
    started
        Told the position of each call as it is handed out.
    """
    waiting: dict[Future[T], int] = {}
    queue = enumerate(arguments)
    exhausted = False
    while True:
        while not exhausted and len(waiting) < at_once:
            following = next(queue, None)
            if following is None:
                exhausted = True
                break
            position, argument = following
            started(position)
            waiting[_submitted(executor, call, argument)] = position
        if not waiting:
            return
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield waiting.pop(future), future


def _submitted(executor: Executor, call: Callable[[Any], T], argument: object) -> Future[T]:
    try:
        return executor.submit(call, argument)
    except BrokenExecutor as error:
        # a worker died earlier: what is still to do fails with the same reason
        failed: Future[T] = Future()
        failed.set_exception(error)
        return failed
