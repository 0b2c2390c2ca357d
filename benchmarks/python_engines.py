"""The engines in Python, timed from counts in memory to adjusted p-values, imports apart."""

from __future__ import annotations

import contextlib
import io
import resource
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

# factor, numerator and denominator; the denominator is the factor's first level
Levels = tuple[str, str, str]
# Each returns a table with columns padj and change, in log2 units.
Test = Callable[[Levels], pd.DataFrame]


@dataclass(frozen=True)
class Measured:
    """What fit and results took in this process, and what came after them where it was asked for.

    Attributes
    ----------
    seconds, cpu_seconds
        Wall and processor's, of size factors, dispersions, coefficients, Cook's distances, the
        Wald test of one contrast and independent filtering.
    shrunken_seconds, shrunken_cpu_seconds
        The same with apeGLM's shrinkage of the contrast.
    further_cpu_seconds
        Of each further contrast of the same fit.
    peak_mib
        Of the process, imports included.
    called
        Positions of genes at padj < 0.05 and a change beyond 1.
    """

    seconds: float
    cpu_seconds: float
    shrunken_seconds: float
    shrunken_cpu_seconds: float
    further_cpu_seconds: float
    peak_mib: float
    called: list[int]


def measure(
    engine: str,
    counts: np.ndarray,
    samples: pd.DataFrame,
    design: str,
    contrast: Levels,
    *,
    shrink: bool = False,
    further: Levels | None = None,
    times: int = 30,
) -> Measured:
    """Fit counts, (samples, genes), in this process, with ``vectorised`` or ``pydeseq2``."""
    fit = _vectorised() if engine == "vectorised" else _pydeseq2()
    clock = _Clock()
    test, shrunken = fit(counts, samples, design)
    table = test(contrast)
    seconds, cpu = clock.lap()
    shrinking, shrinking_cpu = 0.0, 0.0
    if shrink:
        shrunken(contrast)
        shrinking, shrinking_cpu = clock.lap()
    further_cpu = 0.0
    if further:
        for _ in range(times):
            test(further)
        further_cpu = clock.lap()[1] / times
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    called = np.flatnonzero((table["padj"] < 0.05) & (table["change"].abs() > 1))
    return Measured(
        seconds,
        cpu,
        seconds + shrinking,
        cpu + shrinking_cpu,
        further_cpu,
        peak,
        called.tolist(),
    )


class _Clock:
    def __init__(self) -> None:
        self._last = time.perf_counter(), time.process_time()

    def lap(self) -> tuple[float, float]:
        """Return wall and processor seconds since the last lap."""
        now = time.perf_counter(), time.process_time()
        wall, cpu = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now
        return wall, cpu


_Fit = Callable[[np.ndarray, pd.DataFrame, str], tuple[Test, Test]]


def _vectorised() -> _Fit:
    from threadpoolctl import threadpool_limits

    # a fit imports these at its first call
    import analytics.deseq.dataset
    import analytics.deseq.stats  # noqa: F401
    from analytics import deseq

    threadpool_limits(1)

    def fit(counts: np.ndarray, samples: pd.DataFrame, design: str) -> tuple[Test, Test]:
        model = deseq.fit_design(counts, samples, design)

        def results(levels: Levels, shrink: bool) -> pd.DataFrame:
            table = model.results(deseq.Contrast(*levels), shrink=shrink)
            return table.rename(columns={"log2_fold_change": "change"})

        return (lambda levels: results(levels, False)), (lambda levels: results(levels, True))

    return fit


def _pydeseq2() -> _Fit:
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.default_inference import DefaultInference
    from pydeseq2.ds import DeseqStats

    # one processor, as every other engine here
    inference = DefaultInference(n_cpus=1)
    tested: dict[Levels, DeseqStats] = {}

    def changes(stats: DeseqStats) -> pd.DataFrame:
        table: pd.DataFrame = stats.results_df.rename(columns={"log2FoldChange": "change"})
        return table

    def fit(counts: np.ndarray, samples: pd.DataFrame, design: str) -> tuple[Test, Test]:
        genes = [str(i) for i in range(counts.shape[1])]
        frame = pd.DataFrame(counts, index=samples.index, columns=genes)
        with _quiet():
            dds = DeseqDataSet(
                counts=frame, metadata=samples, design=design, inference=inference, quiet=True
            )
            dds.deseq2()

        def test(levels: Levels) -> pd.DataFrame:
            with _quiet():
                stats = DeseqStats(dds, list(levels), inference=inference, quiet=True)
                stats.summary()
            tested[levels] = stats
            return changes(stats)

        def shrunken(levels: Levels) -> pd.DataFrame:
            factor, numerator, _ = levels
            with _quiet():
                tested[levels].lfc_shrink(coeff=f"{factor}[T.{numerator}]")
            return changes(tested[levels])

        return test, shrunken

    return fit


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
