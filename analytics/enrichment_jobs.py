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
from analytics.identity import CONTRAST_RESULTS, RULE, resolve_results, study_names
from analytics.result_ids import KEPT
from warehouse.frames import insert_frame, read_frame, transaction

_TABLE: Final = "analytics.gene_set_enrichment"

# Part of what decides the stored rows: change it with the rule of what a member's name means.
_NAMING: Final = "names of the study's organism, then of its own features"


def analyze_gene_sets(
    con: duckdb.DuckDBPyConnection,
    fdr: float,
    abs_log2_fold_change: float,
    report: Callable[[str], None],
) -> tuple[int, list[tuple[str, str]]]:
    """Test the loaded gene sets in every contrast whose results are missing or stale.

    The names of a set's members are read per study, as those of its organism, so that what a set
    holds in one study does not depend on which others are loaded. Files of gene sets say no
    organism: a set of human genes is tested in a study of mice by the genes of the same names.

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
    contrasts = con.execute(
        "select distinct r.contrast_id, r.fit_id, s.load_id, s.study_id "
        "from analytics.differential_expression r "
        "join analytics.fits f on f.fit_id = r.fit_id "
        "join raw.studies s on s.load_id = f.load_id order by 1"
    ).fetchall()
    wanted = {
        contrast: _inputs(con, fit, load, fdr, abs_log2_fold_change)
        for contrast, fit, load, _ in contrasts
    }
    study_of = {contrast: study for contrast, _, _, study in contrasts}
    fit_of = {contrast: fit for contrast, fit, _, _ in contrasts}
    stored = dict(
        con.execute(f"select distinct contrast_id, inputs_sha256 from {_TABLE}").fetchall()
    )
    stale = [contrast for contrast in stored if stored[contrast] != wanted.get(contrast)]
    if stale:
        con.execute(f"delete from {_TABLE} where list_contains($1, contrast_id)", [stale])
    sets = read_frame(
        con, "select gene_set_id, load_id, member_symbols, documents from raw.gene_sets"
    )
    loads = sets.select("gene_set_id", pl.col("load_id").alias("gene_set_load_id"))
    missing = [contrast for contrast in wanted if stored.get(contrast) != wanted[contrast]]
    if sets.is_empty() or not missing:
        return 0, []
    resolve_results(con)
    named = _members(sets)
    n_members = dict.fromkeys(sets["gene_set_id"], 0)
    n_members |= dict(named.group_by("gene_set_id").agg(pl.col("name").count()).iter_rows())
    nothing: dict[str, list[str]] = {name: [] for name in n_members}
    ids = {
        study: nothing | members_by_id(named, study_names(con, study))
        for study in sorted({study_of[contrast] for contrast in missing})
    }
    from_documents = set(sets.drop_nulls("documents")["gene_set_id"])
    failures = []
    for contrast in missing:
        report(contrast)
        try:
            frame = enrich(
                _results(con, contrast),
                ids[study_of[contrast]],
                n_members,
                named=from_documents,
                fdr=fdr,
                abs_log2_fold_change=abs_log2_fold_change,
            )
        # Whatever the library raises, it belongs to this contrast alone.
        except Exception as error:  # noqa: BLE001
            failures.append((contrast, f"{type(error).__name__}: {error}"))
            continue
        frame = frame.join(loads, on="gene_set_id", how="left").with_columns(
            pl.lit(contrast).alias("contrast_id"),
            pl.lit(fit_of[contrast]).alias("fit_id"),
            pl.lit(SEED, dtype=pl.Int64).alias("seed"),
            pl.lit(wanted[contrast]).alias("inputs_sha256"),
        )
        with transaction(con):
            insert_frame(con, _TABLE, frame)
    return len(missing) - len(failures), failures


def _inputs(
    con: duckdb.DuckDBPyConnection,
    fit_id: str,
    load_id: str,
    fdr: float,
    abs_log2_fold_change: float,
) -> str:
    loads = con.execute(
        "select load_id from ops.loads where status = 'loaded' and kind in ('gene-sets', 'genes') "
        "order by 1"
    ).fetchall()
    fewest = (FEWEST_GENES, FEWEST_NAMED_GENES)
    parts = [fit_id, load_id, fdr, abs_log2_fold_change, SEED, PERMUTATIONS, fewest]
    parts += [RULE, _NAMING, KEPT, version("gseapy")]
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
