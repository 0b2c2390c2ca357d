"""``imid analyze``, after the fits: gene sets in every contrast."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import duckdb
import polars as pl

from analytics.enrichment import (
    FEWEST_GENES,
    FEWEST_NAMED_GENES,
    PERMUTATIONS,
    SEED,
    enrich,
)
from analytics.identity import CONTRAST_RESULTS, FEATURE_GENES, RULE, resolve_results
from warehouse.frames import insert_frame, read_frame, transaction

_TABLE: Final = "analytics.gene_set_enrichment"

# A name stands for a gene as its symbol or id first, then as an earlier symbol or alias.
_NAMES: Final = f"""
select upper(trim(alias)) as name, gene_id,
       case when alias_kind = 'symbol' then 1 else 2 end as rank
from raw.gene_aliases
union
select upper(trim(symbol_as_given)), gene_id, 1 from {FEATURE_GENES}
where symbol_as_given is not null and is_pairable
union
select upper(trim(feature_id)), gene_id, 1 from {FEATURE_GENES} where is_pairable
"""


def analyze_gene_sets(
    con: duckdb.DuckDBPyConnection,
    fdr: float,
    abs_log2_fold_change: float,
    report: Callable[[str], None],
) -> tuple[int, list[tuple[str, str]]]:
    """Test the loaded gene sets in every contrast whose results are missing or stale.

    Parameters
    ----------
    fdr, abs_log2_fold_change
        A gene is called below the one and beyond the other.
    report
        Called with each contrast before it is tested.

    Returns
    -------
    tested : int
        How many contrasts were tested.
    failures : list of (str, str)
        The contrasts that could not be, each with the reason.
    """
    wanted = {
        contrast: _inputs(con, fit, fdr, abs_log2_fold_change)
        for contrast, fit in con.execute(
            "select distinct r.contrast_id, r.fit_id from analytics.differential_expression r "
            "join analytics.fits f on f.fit_id = r.fit_id "
            "join raw.studies s on s.load_id = f.load_id order by 1"
        ).fetchall()
    }
    stored = dict(
        con.execute(f"select distinct contrast_id, inputs_sha256 from {_TABLE}").fetchall()
    )
    stale = [contrast for contrast in stored if stored[contrast] != wanted.get(contrast)]
    if stale:
        con.execute(f"delete from {_TABLE} where list_contains($1, contrast_id)", [stale])
    sets = read_frame(con, "select gene_set_id, member_symbols, documents from raw.gene_sets")
    missing = [contrast for contrast in wanted if stored.get(contrast) != wanted[contrast]]
    if sets.is_empty() or not missing:
        return 0, []
    resolve_results(con)
    named = _members(sets)
    ids = members_by_id(named, read_frame(con, _NAMES))
    n_members = dict(named.group_by("gene_set_id").agg(pl.col("name").count()).iter_rows())
    for name in sets["gene_set_id"]:
        n_members.setdefault(name, 0)
        ids.setdefault(name, [])
    from_documents = set(sets.drop_nulls("documents")["gene_set_id"])
    failures = []
    for contrast in missing:
        report(contrast)
        try:
            frame = enrich(
                _results(con, contrast),
                ids,
                n_members,
                named=from_documents,
                fdr=fdr,
                abs_log2_fold_change=abs_log2_fold_change,
            )
        # Whatever the library raises, it belongs to this contrast alone.
        except Exception as error:  # noqa: BLE001
            failures.append((contrast, f"{type(error).__name__}: {error}"))
            continue
        frame = frame.with_columns(
            pl.lit(contrast).alias("contrast_id"),
            pl.lit(SEED, dtype=pl.Int64).alias("seed"),
            pl.lit(wanted[contrast]).alias("inputs_sha256"),
        )
        with transaction(con):
            insert_frame(con, _TABLE, frame)
    return len(missing) - len(failures), failures


def _inputs(
    con: duckdb.DuckDBPyConnection, fit_id: str, fdr: float, abs_log2_fold_change: float
) -> str:
    loads = con.execute(
        "select load_id from ops.loads where status = 'loaded' and kind in ('gene-sets', 'genes') "
        "order by 1"
    ).fetchall()
    fewest = (FEWEST_GENES, FEWEST_NAMED_GENES)
    parts = [fit_id, fdr, abs_log2_fold_change, SEED, PERMUTATIONS, fewest, RULE, version("gseapy")]
    parts += [row[0] for row in loads]
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _members(sets: pl.DataFrame) -> pl.DataFrame:
    """Return ``gene_set_id, name``: one row per set and member as written, in capitals."""
    return (
        sets.drop_nulls("member_symbols")
        .with_columns(pl.col("member_symbols").str.split("|").alias("name"))
        .explode("name")
        .select("gene_set_id", pl.col("name").str.strip_chars().str.to_uppercase())
        .filter(pl.col("name") != "")
        .unique()
    )


def members_by_id(named: pl.DataFrame, names: pl.DataFrame) -> dict[str, list[str]]:
    """Resolve the members of gene sets to gene ids.

    Parameters
    ----------
    named
        ``gene_set_id, name``.
    names
        ``name, gene_id, rank``: what a name may stand for; the lowest rank goes first, and a name
        that stands for several genes at that rank stands for none.

    Returns
    -------
    dict of list of str
        Gene ids of each set with at least one member resolved.
    """
    first = names.filter(pl.col("rank") == pl.col("rank").min().over("name"))
    single = first.filter(pl.col("gene_id").n_unique().over("name") == 1).unique(["name"])
    joined = named.join(single, on="name", how="inner").unique(["gene_set_id", "gene_id"])
    grouped = joined.group_by("gene_set_id").agg(pl.col("gene_id").sort())
    return dict(grouped.iter_rows())


def _results(con: duckdb.DuckDBPyConnection, contrast_id: str) -> pl.DataFrame:
    return read_frame(
        con,
        f"select gene_id, log2_fold_change, stat, padj from {CONTRAST_RESULTS} "
        "where contrast_id = $1 and origin = 'fitted'",
        [contrast_id],
    )
