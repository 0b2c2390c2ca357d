"""``imid analyze``, after the fits: every contrast against every other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import duckdb
import polars as pl

from analytics.contrast_pairs import Changes, contrast_pairs
from analytics.identity import CONTRAST_RESULTS, RULE, resolve_results
from analytics.potency import BOOTSTRAP_SAMPLES, SEED
from analytics.result_ids import KEPT, RESULT_IDS
from warehouse.frames import insert_frame, read_frame, transaction

_TABLE: Final = "analytics.contrast_pairs"

# A gene of another study is found by the gene that both features are.
_RESULTS: Final = f"""
select contrast_id, pair_key as gene_id, log2_fold_change, p_value, padj from {CONTRAST_RESULTS}
"""

# Tested features that no feature of another study may stand beside.
_UNPAIRED: Final = f"""
with {RESULT_IDS}
select c.contrast_id, c.study_id, i.result_id,
       count(*) filter (
           where not c.is_pairable and c.padj is not null and c.log2_fold_change is not null
       ) as n_unpaired
from {CONTRAST_RESULTS} as c
left join result_ids as i on c.contrast_id = i.contrast_id
group by c.contrast_id, c.study_id, i.result_id
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
    resolve_results(con)
    changes = Changes.of(read_frame(con, _RESULTS))
    pairs = contrast_pairs(changes, fdr, abs_log2_fold_change, report)
    counted = with_unpaired(pairs, read_frame(con, _UNPAIRED))
    with transaction(con):
        con.execute(f"delete from {_TABLE}")
        marked = counted.with_columns(
            pl.lit(BOOTSTRAP_SAMPLES, dtype=pl.Int32).alias("bootstrap_samples"),
            pl.lit(SEED, dtype=pl.Int64).alias("seed"),
            pl.lit(inputs).alias("inputs_sha256"),
        )
        insert_frame(con, _TABLE, marked)
    return int(pairs.height // 2)


def with_unpaired(pairs: pl.DataFrame, unpaired: pl.DataFrame) -> pl.DataFrame:
    """Add how many tested features of either contrast could not be set beside the other's.

    Parameters
    ----------
    pairs
        ``contrast_id_a, contrast_id_b`` and whatever else.
    unpaired
        ``contrast_id, study_id, result_id, n_unpaired`` of every contrast: its results, and its
        tested features that stand for no single gene of their own.

    Returns
    -------
    polars.DataFrame
        ``pairs`` with ``result_id_a`` and ``result_id_b``, and with ``n_unpaired_a`` and
        ``n_unpaired_b``; 0 within a study, whose features are the same in both contrasts.
    """
    sides = unpaired.with_columns(pl.col("n_unpaired").cast(pl.Int64))
    joined = pairs
    for side in ("a", "b"):
        renamed = sides.rename({name: f"{name}_{side}" for name in sides.columns})
        joined = joined.join(renamed, on=f"contrast_id_{side}", how="left", maintain_order="left")
    across = pl.col("study_id_a") != pl.col("study_id_b")
    return joined.with_columns(
        pl.when(across).then(pl.col(name)).otherwise(0).alias(name)
        for name in ("n_unpaired_a", "n_unpaired_b")
    ).drop("study_id_a", "study_id_b")


def _inputs(con: duckdb.DuckDBPyConnection, fdr: float, abs_log2_fold_change: float) -> str:
    rows = con.execute(
        "select fit_id from analytics.fits union all select load_id from ops.loads "
        "where status = 'loaded' and kind in ('study', 'genes') order by 1"
    ).fetchall()
    parts = [fdr, abs_log2_fold_change, SEED, BOOTSTRAP_SAMPLES, RULE, KEPT]
    parts += [version("imid-warehouse")]
    parts += [row[0] for row in rows]
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
