"""``imid analyze``, after the fits: what is computed over several contrasts or studies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

import duckdb
import polars as pl

from analytics.pooling import METHOD, pool
from analytics.potency import (
    BOOTSTRAP_SAMPLES,
    SEED,
    responsive_genes,
    total_least_squares_slope,
)
from warehouse.frames import insert_frame, read_frame, transaction

_SLOPES: Final = "analytics.potency_slopes"
_POOLED: Final = "analytics.pooled_changes"
# Studies of these cells test a claim about the cells named first; else the two must be equal.
CONTEXTS_TESTED: Final = {"myeloma_cells": ("myeloma_cells", "myeloma_sensitive")}
UNSTATED: Final = "unstated"

_CONTRASTS: Final = """
with names as (
    select drug_id, upper(trim(name)) as folded from raw.drugs
    union all
    select drug_id, upper(trim(drug_id)) from raw.drugs
    union all
    select drug_id, upper(trim(unnest(string_split(aliases, '|')))) from raw.drugs
    where aliases is not null
),
unambiguous as (
    select folded, min(drug_id) as drug_id from names
    group by folded having count(distinct drug_id) = 1
),
fitted as (
    select distinct r.contrast_id, f.load_id
    from analytics.differential_expression r
    join analytics.fits f on f.fit_id = r.fit_id
)
select c.contrast_id, c.study_id, c.factor, c.denominator, c.design, c.subset,
       n.drug_id as drug_id, d.drug_id as denominator_drug_id,
       coalesce(nd.is_imid, false) as is_imid,
       coalesce(nd.drug_class not in ('vehicle', 'placebo'), false) as is_drug,
       coalesce(dd.drug_class in ('vehicle', 'placebo'), false) as is_vehicle,
       s.cell_context, lower(s.organism) as organism, s.is_simulated,
       (select count(*) from raw.contrast_samples x
        where x.load_id = c.load_id and x.contrast_id = c.contrast_id) as samples,
       c.contrast_position
from raw.contrasts c
join raw.studies s on s.load_id = c.load_id
join fitted f on f.contrast_id = c.contrast_id and f.load_id = c.load_id
left join unambiguous n on n.folded = upper(trim(c.numerator))
left join unambiguous d on d.folded = upper(trim(c.denominator))
left join raw.drugs nd on nd.drug_id = n.drug_id
left join raw.drugs dd on dd.drug_id = d.drug_id
order by c.study_id, samples desc, c.contrast_position
"""

_QUESTIONS: Final = """
select distinct c.drug_id, c.comparator_drug_id, c.cell_context as claim_cell_context, a.gene_id
from raw.claims c
join raw.gene_aliases a on upper(trim(a.alias)) = upper(trim(c.gene_symbol))
    and a.alias_kind in ('symbol', 'previous_symbol')
where c.molecular_level = 'mrna' and c.species in ('human', 'unstated')
order by all
"""


@dataclass(frozen=True)
class _Measured:
    """A contrast that measures a drug against its vehicle, or against a comparator."""

    contrast_id: str
    study_id: str
    sign: int


def analyze_between_contrasts(
    con: duckdb.DuckDBPyConnection, fdr: float, abs_log2_fold_change: float
) -> tuple[int, int] | None:
    """Compute potency slopes and pooled changes if anything they rest on changed.

    Returns
    -------
    tuple of int or None
        The slopes and the pooled changes written; None where nothing had changed.
    """
    inputs = _inputs(con, fdr, abs_log2_fold_change)
    stored = con.execute(
        f"select distinct inputs_sha256 from {_SLOPES} union select inputs_sha256 from {_POOLED}"
    ).fetchall()
    if stored == [(inputs,)]:
        return None
    contrasts = read_frame(con, _CONTRASTS)
    slopes = _slopes(con, contrasts, fdr, abs_log2_fold_change)
    pooled = _pooled(con, contrasts)
    marked = pl.lit(inputs).alias("inputs_sha256")
    with transaction(con):
        for table, frame in ((_SLOPES, slopes), (_POOLED, pooled)):
            con.execute(f"delete from {table}")
            if frame.height:
                insert_frame(con, table, frame.with_columns(marked))
    return slopes.height, pooled.height


def _inputs(con: duckdb.DuckDBPyConnection, fdr: float, abs_log2_fold_change: float) -> str:
    rows = con.execute(
        "select fit_id from analytics.fits union all select load_id from ops.loads "
        "where status = 'loaded' and kind in ('study', 'claims', 'drugs', 'genes') order by 1"
    ).fetchall()
    text = "\0".join(row[0] for row in rows)
    deciding = f"{text}\0{fdr}\0{abs_log2_fold_change}\0{SEED}\0{BOOTSTRAP_SAMPLES}\0{METHOD}"
    return hashlib.sha256(deciding.encode()).hexdigest()


def _slopes(
    con: duckdb.DuckDBPyConnection,
    contrasts: pl.DataFrame,
    fdr: float,
    abs_log2_fold_change: float,
) -> pl.DataFrame:
    """Return one row per pair of immunomodulatory drugs against the same vehicle in one model."""
    sides = contrasts.filter(pl.col("is_imid") & pl.col("is_vehicle"))
    shared = ["study_id", "factor", "denominator", "design", "subset"]
    pairs = sides.join(sides, on=shared, suffix="_b", how="inner").filter(
        pl.col("drug_id") < pl.col("drug_id_b")
    )
    rows = []
    for pair in pairs.sort("contrast_id", "contrast_id_b").iter_rows(named=True):
        genes = responsive_genes(
            _changes(con, pair["contrast_id"]),
            _changes(con, pair["contrast_id_b"]),
            fdr,
            abs_log2_fold_change,
        )
        found = total_least_squares_slope(genes["x"].to_numpy(), genes["y"].to_numpy())
        rows.append(
            {
                "contrast_id_a": pair["contrast_id"],
                "contrast_id_b": pair["contrast_id_b"],
                "study_id": pair["study_id"],
                **asdict(found),
                "fdr_threshold": fdr,
                "abs_lfc_threshold": abs_log2_fold_change,
                "bootstrap_samples": BOOTSTRAP_SAMPLES,
                "seed": SEED,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _changes(con: duckdb.DuckDBPyConnection, contrast_id: str) -> pl.DataFrame:
    return read_frame(
        con,
        "select r.gene_id, r.log2_fold_change, r.padj from analytics.differential_expression r "
        "join analytics.fits f on f.fit_id = r.fit_id "
        "join raw.studies s on s.load_id = f.load_id where r.contrast_id = $1",
        [contrast_id],
    )


def _pooled(con: duckdb.DuckDBPyConnection, contrasts: pl.DataFrame) -> pl.DataFrame:
    """Return one row per question of a claim that at least two studies of one kind measured.

    A study counts once, by its contrast with the most samples; simulated and measured studies
    are never pooled.
    """
    rows = []
    for question in read_frame(con, _QUESTIONS).iter_rows(named=True):
        for is_simulated in (False, True):
            kind = contrasts.filter(pl.col("is_simulated") == is_simulated)
            measured = list(
                _measuring(
                    kind,
                    question["drug_id"],
                    question["comparator_drug_id"],
                    question["claim_cell_context"],
                )
            )
            effects = _effects(con, measured, question["gene_id"])
            if len(effects) < 2:
                continue
            pooled = pool([e[1] for e in effects], [e[2] for e in effects])
            rows.append(
                {
                    **question,
                    "is_simulated": is_simulated,
                    "contrast_ids": "|".join(e[0] for e in effects),
                    **asdict(pooled),
                    "method": METHOD,
                }
            )
    return pl.DataFrame(rows, schema_overrides={"comparator_drug_id": pl.String})


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
            yield _Measured(row["contrast_id"], row["study_id"], sign)


def _effects(
    con: duckdb.DuckDBPyConnection, measured: list[_Measured], gene_id: str
) -> list[tuple[str, float, float]]:
    """Return ``(contrast_id, change, standard error)`` where the gene was tested."""
    if len(measured) < 2:
        return []
    rows = con.execute(
        "select r.contrast_id, r.log2_fold_change, r.lfc_se "
        "from analytics.differential_expression r "
        "join analytics.fits f on f.fit_id = r.fit_id "
        "join raw.studies s on s.load_id = f.load_id "
        "where r.gene_id = $1 and list_contains($2, r.contrast_id) "
        "and r.padj is not null and r.lfc_se > 0",
        [gene_id, [m.contrast_id for m in measured]],
    ).fetchall()
    found = {row[0]: (row[1], row[2]) for row in rows}
    return [
        (m.contrast_id, m.sign * found[m.contrast_id][0], found[m.contrast_id][1])
        for m in measured
        if m.contrast_id in found
    ]
