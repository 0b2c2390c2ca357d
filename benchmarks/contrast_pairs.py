"""All pairs of many contrasts: the comparison, and the test of every gene's difference.

The rival is the textbook way of the first alone: for each pair the genes tested in both, Pearson's
and Spearman's correlation by SciPy and Jaccard's index; no interval, no slope, no bootstrap and no
rank-rank overlap. Simulated results; contrasts share a common part of their changes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import combinations

import numpy as np
import polars as pl
from scipy.stats import norm, pearsonr, spearmanr
from threadpoolctl import threadpool_limits

from analytics.contrast_pairs import Changes, contrast_pairs
from analytics.deseq.filtering import benjamini_hochberg
from analytics.differences import across_fits
from benchmarks.measure import machine

FDR, LARGE_CHANGE = 0.05, 1.0


def simulate(contrasts: int, genes: int) -> list[pl.DataFrame]:
    """Return results of every contrast, a row per gene; one gene in ten was not tested."""
    rng = np.random.default_rng(contrasts)
    common = rng.normal(0, 1.2, genes) * (rng.random(genes) < 0.2)
    tables = []
    for number in range(contrasts):
        own = rng.normal(0, 1.0, genes) * (rng.random(genes) < 0.1)
        error = rng.uniform(0.1, 0.6, genes)
        change = common + own + rng.normal(0, 1, genes) * error
        p_value = 2 * norm.sf(np.abs(change / error))
        padj = np.where(rng.random(genes) < 0.1, np.nan, benjamini_hochberg(p_value))
        tables.append(
            pl.DataFrame(
                {
                    "contrast_id": f"c{number:03d}",
                    "gene_id": [f"G{i:06d}" for i in range(genes)],
                    "log2_fold_change": change,
                    "lfc_se": error,
                    "p_value": p_value,
                    "padj": pl.Series(padj).fill_nan(None),
                }
            )
        )
    return tables


def textbook(tables: list[pl.DataFrame]) -> int:
    """Compare every pair the plain way; the pairs compared."""
    changes = [table["log2_fold_change"].to_numpy() for table in tables]
    adjusted = [table["padj"].fill_null(np.nan).to_numpy() for table in tables]
    done = 0
    for i, j in combinations(range(len(tables)), 2):
        both = ~(np.isnan(adjusted[i]) | np.isnan(adjusted[j]))
        x, y = changes[i][both], changes[j][both]
        called = [
            (adjusted[k][both] < FDR) & (np.abs(changes[k][both]) > LARGE_CHANGE) for k in (i, j)
        ]
        pearsonr(x, y)
        spearmanr(x, y)
        _ = (called[0] & called[1]).sum() / max(1, (called[0] | called[1]).sum())
        done += 1
    return done


def compared(tables: list[pl.DataFrame]) -> int:
    """Compare every pair as ``imid analyze`` does; the pairs compared."""
    changes = Changes.of(pl.concat(tables))
    return contrast_pairs(changes, FDR, LARGE_CHANGE).height // 2


def differences(tables: list[pl.DataFrame]) -> int:
    """Test every gene's difference in every pair; the pairs tested."""
    return sum(across_fits(a, b).height > 0 for a, b in combinations(tables, 2))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contrasts", type=int, default=50)
    parser.add_argument("--genes", type=int, default=20_000)
    options = parser.parse_args()
    tables = simulate(options.contrasts, options.genes)
    works: dict[str, Callable[[list[pl.DataFrame]], int]] = {
        "correlations and Jaccard's index, SciPy": textbook,
        "**`contrast_pairs`: intervals, slopes, bootstrap, overlaps**": compared,
        "**`differences`: every gene's difference tested**": differences,
    }
    print(
        f"### {options.contrasts} contrasts of {options.genes:,} genes\n\n"
        "| | pairs | CPU s | wall s | against SciPy |\n|---|---|---|---|---|"
    )
    rival = 0.0
    for name, work in works.items():
        wall, cpu = time.perf_counter(), time.process_time()
        with threadpool_limits(1):
            pairs = work(tables)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rival = rival or cpu
        print(f"| {name} | {pairs:,} | {cpu:.1f} | {wall:.1f} | {cpu / rival:.2f} x |", flush=True)
    print(f"\nOne run each. {machine()}.")


if __name__ == "__main__":
    main()
