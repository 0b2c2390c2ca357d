"""``imid analyze``: the change of every claim's gene, pooled over the studies that measured it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

import duckdb
import polars as pl

from analytics.identity import CONTRAST_RESULTS
from analytics.poolable import judged, standard_errors
from analytics.pooling import METHOD, pool
from warehouse.frames import read_frame

# Studies of these cells test a claim about the cells named first; else the two must be equal.
CONTEXTS_TESTED: Final = {"myeloma_cells": ("myeloma_cells", "myeloma_sensitive")}
UNSTATED: Final = "unstated"

_QUESTIONS: Final = """
select distinct c.drug_id, c.comparator_drug_id, c.cell_context as claim_cell_context, a.gene_id
from raw.claims c
join raw.gene_aliases a on upper(trim(a.alias)) = upper(trim(c.gene_symbol))
    and a.alias_kind in ('symbol', 'previous_symbol')
where c.molecular_level = 'mrna' and c.species in ('human', 'unstated')
order by all
"""

# A gene that a table leaves without an adjusted p-value was not tested, unless none has one.
_CHANGES: Final = f"""
select r.contrast_id, r.gene_id, r.origin, r.log2_fold_change, r.lfc_se, r.stat, g.test
from {CONTRAST_RESULTS} as r
left join raw.de_result_sets as g on r.contrast_id = g.contrast_id
where r.is_pairable
  and case when r.has_padj then r.padj is not null else r.p_value is not null end
  and r.log2_fold_change is not null
"""

_GIVEN: Final = """
select g.contrast_id, c.is_excerpt, c.test, coalesce(g.p_value, g.padj) as p, g.log2_fold_change,
       g.lfc_se, g.stat
from raw.de_results as g
join raw.de_result_sets as c on g.load_id = c.load_id and g.contrast_id = c.contrast_id
"""


@dataclass(frozen=True)
class _Measured:
    """A contrast that measures a drug against its vehicle, or against a comparator."""

    contrast_id: str
    result_id: str
    origin: str
    sign: int


def poolable_contrasts(con: duckdb.DuckDBPyConnection, contrasts: pl.DataFrame) -> pl.DataFrame:
    """Say of every contrast that measures a drug whether its changes may be pooled.

    Returns
    -------
    polars.DataFrame
        See :func:`analytics.poolable.judged`, and ``result_id``.
    """
    given = read_frame(con, _GIVEN)
    implied = standard_errors(given.with_columns(lfc_se=pl.lit(None, dtype=pl.Float64)))
    counted = (
        given.with_columns(implied_se=implied["lfc_se"])
        .group_by("contrast_id")
        .agg(
            pl.col("is_excerpt").first(),
            pl.col("p").max().alias("largest_p"),
            pl.col("log2_fold_change").count().alias("n_changes"),
            ((pl.col("lfc_se") > 0) & pl.col("log2_fold_change").is_not_null())
            .sum()
            .cast(pl.Int64)
            .alias("n_given_se"),
            pl.col("implied_se").count().cast(pl.Int64).alias("n_implied_se"),
        )
    )
    of_drugs = contrasts.filter(pl.col("drug_id").is_not_null() & pl.col("is_drug"))
    joined = of_drugs.join(counted, on="contrast_id", how="left", maintain_order="left")
    said = judged(joined.with_columns(pl.col("is_excerpt").fill_null(value=False)))
    results = contrasts.select("contrast_id", "result_id")
    return said.join(results, on="contrast_id", how="left", maintain_order="left")


def pooled_changes(
    con: duckdb.DuckDBPyConnection, contrasts: pl.DataFrame, poolable: pl.DataFrame
) -> pl.DataFrame:
    """Pool the change of every claim's gene that at least two studies of one kind measured.

    A study counts once, by its contrast with the most samples, results fitted here before results
    computed elsewhere; simulated and measured studies are never pooled.

    Returns
    -------
    polars.DataFrame
        Columns of ``analytics.pooled_changes`` without ``inputs_sha256``.
    """
    allowed = poolable.filter(pl.col("not_pooled_reason").is_null())
    usable = contrasts.join(allowed, on="contrast_id", how="semi", maintain_order="left")
    questions = read_frame(con, _QUESTIONS)
    changes = _changes(con, usable, questions)
    rows = []
    for question in questions.iter_rows(named=True):
        for is_simulated in (False, True):
            measured = _measuring(
                usable.filter(pl.col("is_simulated") == is_simulated),
                question["drug_id"],
                question["comparator_drug_id"],
                question["claim_cell_context"],
            )
            found = [
                (one, *changes[one.contrast_id, question["gene_id"]])
                for one in measured
                if (one.contrast_id, question["gene_id"]) in changes
            ]
            if len(found) < 2:
                continue
            pooled = pool([one.sign * change for one, change, _ in found], [e[2] for e in found])
            rows.append(
                {
                    **question,
                    "is_simulated": is_simulated,
                    "contrast_ids": "|".join(one.contrast_id for one, _, _ in found),
                    "result_ids": "|".join(one.result_id for one, _, _ in found),
                    "n_studies_given": sum(one.origin == "given" for one, _, _ in found),
                    **asdict(pooled),
                    "method": METHOD,
                }
            )
    return pl.DataFrame(rows, schema_overrides={"comparator_drug_id": pl.String})


def _changes(
    con: duckdb.DuckDBPyConnection, contrasts: pl.DataFrame, questions: pl.DataFrame
) -> dict[tuple[str, str], tuple[float, float]]:
    """Return change and standard error by contrast and gene, where the gene was tested."""
    found = read_frame(
        con,
        f"{_CHANGES} and list_contains($1, r.contrast_id) and list_contains($2, r.gene_id)",
        [contrasts["contrast_id"].to_list(), questions["gene_id"].unique().sort().to_list()],
    )
    known = standard_errors(found).filter(pl.col("lfc_se").is_not_null())
    columns = known.select("contrast_id", "gene_id", "log2_fold_change", "lfc_se")
    return {(contrast, gene): (change, se) for contrast, gene, change, se in columns.iter_rows()}


def _measuring(
    contrasts: pl.DataFrame, drug_id: str, comparator_drug_id: str | None, cell_context: str
) -> Iterator[_Measured]:
    """Yield the first contrast of each study, in the order of samples, that answers a claim."""
    seen: set[str] = set()
    for row in contrasts.iter_rows(named=True):
        sides = (row["drug_id"], row["denominator_drug_id"])
        if comparator_drug_id is None:
            sign = 1 if row["drug_id"] == drug_id and row["is_drug"] and row["is_vehicle"] else 0
        elif sides == (drug_id, comparator_drug_id):
            sign = 1
        else:
            sign = -1 if sides == (comparator_drug_id, drug_id) else 0
        tested = CONTEXTS_TESTED.get(cell_context, (cell_context,))
        is_testable = row["organism"] in {"human", "homo sapiens"} and (
            cell_context == UNSTATED or row["cell_context"] in tested
        )
        if sign and is_testable and row["study_id"] not in seen:
            seen.add(row["study_id"])
            yield _Measured(row["contrast_id"], row["result_id"], row["origin"], sign)
