"""``imid analyze``, after the fits: what is computed over several contrasts or studies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

import duckdb
import polars as pl

from analytics.differences import ACROSS_FITS, DIFFERENCE_SCHEMA, across_fits
from analytics.drug_names import DRUG_NAMES
from analytics.pooling import METHOD, pool
from warehouse.frames import insert_frame, read_frame, transaction

_DIFFERENCES: Final = "analytics.contrast_differences"
_POOLED: Final = "analytics.pooled_changes"
# Studies of these cells test a claim about the cells named first; else the two must be equal.
CONTEXTS_TESTED: Final = {"myeloma_cells": ("myeloma_cells", "myeloma_sensitive")}
UNSTATED: Final = "unstated"

_CONTRASTS: Final = f"""
with {DRUG_NAMES},
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


def analyze_between_contrasts(con: duckdb.DuckDBPyConnection) -> tuple[int, int] | None:
    """Compute differences and pooled changes across studies if what they rest on changed.

    Returns
    -------
    tuple of int or None
        The pairs of contrasts told apart and the pooled changes written; None where nothing had
        changed.
    """
    inputs = _inputs(con)
    stored = con.execute(
        f"select inputs_sha256 from {_DIFFERENCES} where fit_id is null "
        f"union select inputs_sha256 from {_POOLED}"
    ).fetchall()
    if stored == [(inputs,)]:
        return None
    contrasts = read_frame(con, _CONTRASTS)
    differences = _differences(con, contrasts)
    pooled = _pooled(con, contrasts)
    marked = pl.lit(inputs).alias("inputs_sha256")
    with transaction(con):
        con.execute(f"delete from {_DIFFERENCES} where fit_id is null")
        con.execute(f"delete from {_POOLED}")
        for table, frame in ((_DIFFERENCES, differences), (_POOLED, pooled)):
            if frame.height:
                insert_frame(con, table, frame.with_columns(marked))
    pairs = differences.select("contrast_id_a", "contrast_id_b").n_unique()
    return pairs, pooled.height


def _inputs(con: duckdb.DuckDBPyConnection) -> str:
    rows = con.execute(
        "select fit_id from analytics.fits union all select load_id from ops.loads "
        "where status = 'loaded' and kind in ('study', 'claims', 'drugs', 'genes') order by 1"
    ).fetchall()
    text = "\0".join([*(row[0] for row in rows), ACROSS_FITS, METHOD])
    return hashlib.sha256(text.encode()).hexdigest()


def _differences(con: duckdb.DuckDBPyConnection, contrasts: pl.DataFrame) -> pl.DataFrame:
    """Tell apart two drugs that different studies measured in the same kind of cells.

    Within one study two fits may share samples, so only contrasts of different studies count as
    independent; simulated and measured studies are never compared.
    """
    sides = contrasts.filter(
        pl.col("is_imid")
        & pl.col("is_vehicle")
        & (pl.col("cell_context") != UNSTATED)
        & pl.col("organism").is_not_null()
    )
    alike = ["cell_context", "organism", "is_simulated"]
    pairs = sides.join(sides, on=alike, suffix="_b", how="inner").filter(
        (pl.col("drug_id") < pl.col("drug_id_b")) & (pl.col("study_id") != pl.col("study_id_b"))
    )
    found = [
        across_fits(_changes(con, a), _changes(con, b))
        for a, b in pairs.sort("contrast_id", "contrast_id_b")
        .select("contrast_id", "contrast_id_b")
        .iter_rows()
    ]
    return pl.concat([pl.DataFrame(schema=DIFFERENCE_SCHEMA), *found])


def _changes(con: duckdb.DuckDBPyConnection, contrast_id: str) -> pl.DataFrame:
    return read_frame(
        con,
        "select r.contrast_id, r.gene_id, r.log2_fold_change, r.lfc_se, r.padj "
        "from analytics.differential_expression r "
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
