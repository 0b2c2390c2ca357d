"""Which gene sets a contrast moves: over-representation and preranked enrichment.

Over-representation (ORA) asks whether the genes called up, or down, hold more of a set than the
genes tested would; preranked enrichment (GSEA) asks whether a set's genes lie together in the
ranking by the Wald statistic. Both see only genes tested in the contrast.

Methods: the hypergeometric test, as gseapy computes it, and Subramanian et al., PNAS 102:15545
(2005) with random sets of genes. gseapy's own preranked enrichment draws its random sets anew for
every set, 31 s of processor time for 500 sets; here sets of one size share them
(:mod:`analytics.random_sets`), and the scores are gseapy's to rounding.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Final

import numpy as np
import polars as pl

from analytics.deseq.filtering import benjamini_hochberg
from analytics.random_sets import RandomSets, running_sum

SEED: Final = 20260101
FEWEST_GENES: Final = 5
# Sets that a document names are tested from this size on, with a caveat.
FEWEST_NAMED_GENES: Final = 3
PERMUTATIONS: Final = 1000

RESULT_SCHEMA: Final = {
    "gene_set_id": pl.String,
    "method": pl.String,
    "n_members": pl.Int64,
    "n_measured": pl.Int64,
    "n_background": pl.Int64,
    "n_called": pl.Int64,
    "n_overlap": pl.Int64,
    "odds_ratio": pl.Float64,
    "enrichment_score": pl.Float64,
    "normalised_enrichment_score": pl.Float64,
    "p_value": pl.Float64,
    "padj": pl.Float64,
    "leading_gene_ids": pl.String,
    "not_tested_reason": pl.String,
    "caveat": pl.String,
}
METHODS: Final = ("ora_up", "ora_down", "gsea")


def enrich(
    results: pl.DataFrame,
    members: Mapping[str, Sequence[str]],
    n_members: Mapping[str, int],
    *,
    named: Collection[str] = (),
    fdr: float,
    abs_log2_fold_change: float,
) -> pl.DataFrame:
    """Test every gene set in one contrast.

    Parameters
    ----------
    results
        ``gene_id, log2_fold_change, stat, padj`` of the contrast; genes without ``padj`` were
        not tested and take no part.
    members
        Gene ids of each set, by its id.
    n_members
        How many genes each set names, measured or not.
    named
        Ids of the sets that a document names, which are tested from 3 measured genes on.
    fdr, abs_log2_fold_change
        A gene is called below the one and beyond the other.

    Returns
    -------
    polars.DataFrame
        Columns of ``RESULT_SCHEMA``, one row per set and method. p-values are adjusted by
        Benjamini-Hochberg over the sets tested by one method. ``leading_gene_ids`` are the called
        members, or the leading edge, separated by a bar. A set with fewer than 5 measured genes
        (3 if a document names it) is not tested, and ``not_tested_reason`` says so; ``caveat``
        stands beside a set of 3 or 4.
    """
    tested = results.filter(pl.col("padj").is_not_null() & pl.col("stat").is_not_null())
    background = tested["gene_id"].sort().to_list()
    measured = _measured(members, background)
    fewest = {k: FEWEST_NAMED_GENES if k in named else FEWEST_GENES for k in measured}
    testable = {k: genes for k, genes in measured.items() if len(genes) >= fewest[k]}
    called = tested.filter(
        (pl.col("padj") < fdr) & (pl.col("log2_fold_change").abs() > abs_log2_fold_change)
    )
    frames = []
    for method in METHODS:
        genes: list[str] = []
        if method == "gsea":
            found, reason = _gsea(tested, testable), None
        else:
            sign = 1 if method == "ora_up" else -1
            genes = called.filter(pl.col("log2_fold_change") * sign > 0)["gene_id"].to_list()
            found = _ora(sorted(genes), testable, background)
            reason = None if genes else f"no gene is called {method.removeprefix('ora_')}"
        rows = [
            {
                "gene_set_id": name,
                "method": method,
                "n_members": n_members[name],
                "n_measured": len(measured[name]),
                "n_background": len(background),
                "n_called": None if method == "gsea" else len(genes),
                **found.get(name, {}),
                "not_tested_reason": _too_few(measured[name], fewest[name]) or reason,
                "caveat": _caveat(measured[name], fewest[name]),
            }
            for name in sorted(measured)
        ]
        frames.append(_adjusted(pl.DataFrame(rows, schema=RESULT_SCHEMA)))
    return pl.concat(frames)


def _measured(
    members: Mapping[str, Sequence[str]], background: Sequence[str]
) -> dict[str, list[str]]:
    known = set(background)
    return {name: sorted(known.intersection(genes)) for name, genes in members.items()}


def _caveat(genes: Sequence[str], fewest: int) -> str | None:
    if not fewest <= len(genes) < FEWEST_GENES:
        return None
    return (
        f"only {len(genes)} genes of the set were tested in this contrast, so one gene decides "
        "much and only a strong common change can be found"
    )


def _too_few(genes: Sequence[str], fewest: int) -> str | None:
    if len(genes) >= fewest:
        return None
    count = "no gene" if not genes else f"{len(genes)} gene{'s' if len(genes) > 1 else ''}"
    return f"{count} of the set tested in this contrast, and at least {fewest} are needed"


def _ora(
    called: Sequence[str], sets: Mapping[str, Sequence[str]], background: Sequence[str]
) -> dict[str, dict[str, object]]:
    """Return over-representation of the called genes in each set, by set id."""
    if not called or not sets:
        return {}
    # a set without a called gene is tested too: nothing speaks for it
    found: dict[str, dict[str, object]] = {
        name: {"n_overlap": 0, "odds_ratio": 0.0, "p_value": 1.0} for name in sets
    }
    if not set(called).intersection(chain.from_iterable(sets.values())):
        return found
    # gseapy brings its plotting library, which takes a second
    import gseapy

    table = gseapy.enrich(
        gene_list=list(called),
        gene_sets={name: list(genes) for name, genes in sets.items()},
        background=list(background),
        outdir=None,
        no_plot=True,
        cutoff=1.0,
    ).results
    for row in table.to_dict("records"):
        genes = sorted(str(row["Genes"]).split(";"))
        found[str(row["Term"])] = {
            "n_overlap": len(genes),
            "odds_ratio": float(row["Odds Ratio"]),
            "p_value": float(row["P-value"]),
            "leading_gene_ids": "|".join(genes),
        }
    return found


def _gsea(tested: pl.DataFrame, sets: Mapping[str, Sequence[str]]) -> dict[str, dict[str, object]]:
    """Return preranked enrichment of each set, by set id."""
    ranked = tested.sort("stat", "gene_id", descending=[True, False])
    genes, statistic = ranked["gene_id"].to_list(), ranked["stat"].to_numpy()
    place = {gene: i for i, gene in enumerate(genes)}
    # a set of all genes has no other gene to be told from
    proper = {name: members for name, members in sets.items() if len(members) < len(genes)}
    random = RandomSets(statistic, max(map(len, proper.values()), default=0), PERMUTATIONS, SEED)
    found: dict[str, dict[str, object]] = {}
    for name, members in proper.items():
        places = np.sort(np.array([place[gene] for gene in members]))
        score, leading = running_sum(np.abs(statistic), places)
        significance = random.significance(score, places.size)
        lead = sorted(genes[i] for i in leading)
        found[name] = {
            "n_overlap": len(lead),
            "enrichment_score": score,
            "normalised_enrichment_score": significance.normalised,
            "p_value": significance.p_value,
            "leading_gene_ids": "|".join(lead),
        }
    return found


def _adjusted(frame: pl.DataFrame) -> pl.DataFrame:
    p_values = np.asarray(frame["p_value"].fill_null(np.nan), dtype=np.float64)
    padj = pl.Series("padj", benjamini_hochberg(p_values), dtype=pl.Float64)
    return frame.with_columns(padj).with_columns(pl.selectors.float().fill_nan(None))
