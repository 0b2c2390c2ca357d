"""``imid analyze``, after the fits: every contrast against every other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import duckdb
import polars as pl

from analytics.contrast_pairs import Changes, contrast_pairs
from analytics.potency import BOOTSTRAP_SAMPLES, SEED
from warehouse.frames import insert_frame, read_frame, transaction

_TABLE: Final = "analytics.contrast_pairs"

# Fitted here, or given with the study under the same gene ids.
_RESULTS: Final = """
select r.contrast_id, r.gene_id, r.log2_fold_change, r.p_value, r.padj
from analytics.differential_expression r
join analytics.fits f on f.fit_id = r.fit_id
join raw.studies s on s.load_id = f.load_id
union all
select g.contrast_id, g.gene_id, g.log2_fold_change, g.p_value, g.padj
from raw.de_results g
where not exists (
    select 1 from analytics.differential_expression r where r.contrast_id = g.contrast_id
)
qualify count(*) over (partition by g.contrast_id, g.gene_id) = 1
"""


def analyze_contrast_pairs(
    con: duckdb.DuckDBPyConnection,
    fdr: float,
    abs_log2_fold_change: float,
    report: Callable[[str], None],
) -> int | None:
    """Compare all contrasts if anything they rest on changed.

    Parameters
    ----------
    fdr, abs_log2_fold_change
        A gene is called below the one and beyond the other.
    report
        Told each contrast before it is compared with those after it.

    Returns
    -------
    int or None
        The pairs compared; None where nothing had changed.
    """
    inputs = _inputs(con, fdr, abs_log2_fold_change)
    stored = con.execute(f"select distinct inputs_sha256 from {_TABLE}").fetchall()
    if stored == [(inputs,)]:
        return None
    results = read_frame(con, _RESULTS)
    pairs = contrast_pairs(Changes.of(results), fdr, abs_log2_fold_change, report)
    with transaction(con):
        con.execute(f"delete from {_TABLE}")
        marked = pairs.with_columns(
            pl.lit(BOOTSTRAP_SAMPLES, dtype=pl.Int32).alias("bootstrap_samples"),
            pl.lit(SEED, dtype=pl.Int64).alias("seed"),
            pl.lit(inputs).alias("inputs_sha256"),
        )
        insert_frame(con, _TABLE, marked)
    return int(pairs.height // 2)


def _inputs(con: duckdb.DuckDBPyConnection, fdr: float, abs_log2_fold_change: float) -> str:
    rows = con.execute(
        "select fit_id from analytics.fits union all select load_id from ops.loads "
        "where status = 'loaded' and kind = 'study' order by 1"
    ).fetchall()
    parts = [fdr, abs_log2_fold_change, SEED, BOOTSTRAP_SAMPLES, version("imid-warehouse")]
    parts += [row[0] for row in rows]
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
