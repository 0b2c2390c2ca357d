"""``imid analyze``, after the fits: what is computed over several contrasts or studies."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Final

import duckdb
import polars as pl

from analytics.differences import ACROSS_FITS, DIFFERENCE_SCHEMA, across_fits
from analytics.drug_names import DRUG_NAMES
from analytics.identity import CONTRAST_RESULTS, RULE, resolve_results
from analytics.pooling import METHOD
from analytics.pooling_jobs import UNSTATED, poolable_contrasts, pooled_changes
from analytics.result_ids import KEPT, RESULT_IDS
from warehouse.frames import insert_frame, read_frame, transaction

_DIFFERENCES: Final = "analytics.contrast_differences"
_POOLED: Final = "analytics.pooled_changes"
_POOLABLE: Final = "analytics.poolable_contrasts"
# Part of what decides the stored rows: change it with the rule of what is pooled.
_POOLING_RULE: Final = "whole tables with standard errors"

_CONTRASTS: Final = f"""
with {DRUG_NAMES},
{RESULT_IDS},
fitted as (
    select distinct r.contrast_id, f.load_id
    from analytics.differential_expression r
    join analytics.fits f on f.fit_id = r.fit_id
),
measured as (
    select c.contrast_id, c.load_id, c.numerator, c.denominator, 'fitted' as origin,
           (select count(*) from raw.contrast_samples x
            where x.load_id = c.load_id and x.contrast_id = c.contrast_id) as samples,
           c.contrast_position
    from raw.contrasts c
    join fitted f on f.contrast_id = c.contrast_id and f.load_id = c.load_id
    union all
    select contrast_id, load_id, numerator, denominator, 'given', 0, null from raw.de_result_sets
    where contrast_id not in (select contrast_id from fitted)
)
select c.contrast_id, s.study_id, i.result_id, c.origin, n.drug_id as drug_id,
       d.drug_id as denominator_drug_id,
       coalesce(nd.is_imid, false) as is_imid,
       coalesce(nd.drug_class not in ('vehicle', 'placebo'), false) as is_drug,
       coalesce(dd.drug_class in ('vehicle', 'placebo'), false) as is_vehicle,
       s.cell_context, lower(s.organism) as organism, s.is_simulated
from measured c
join raw.studies s on s.load_id = c.load_id
left join result_ids i on i.contrast_id = c.contrast_id
left join unambiguous n on n.folded = upper(trim(c.numerator))
left join unambiguous d on d.folded = upper(trim(c.denominator))
left join raw.drugs nd on nd.drug_id = n.drug_id
left join raw.drugs dd on dd.drug_id = d.drug_id
order by s.study_id, c.samples desc, c.contrast_position nulls last, c.contrast_id
"""


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
        f"union select inputs_sha256 from {_POOLED} union select inputs_sha256 from {_POOLABLE}"
    ).fetchall()
    if stored == [(inputs,)]:
        return None
    resolve_results(con)
    contrasts = read_frame(con, _CONTRASTS)
    differences = _differences(con, contrasts)
    poolable = poolable_contrasts(con, contrasts)
    pooled = pooled_changes(con, contrasts, poolable)
    marked = pl.lit(inputs).alias("inputs_sha256")
    with transaction(con):
        con.execute(f"delete from {_DIFFERENCES} where fit_id is null")
        tables = {_DIFFERENCES: differences, _POOLED: pooled, _POOLABLE: poolable}
        for table in (_POOLED, _POOLABLE):
            con.execute(f"delete from {table}")
        for table, frame in tables.items():
            if frame.height:
                insert_frame(con, table, frame.with_columns(marked))
    pairs = differences.select("contrast_id_a", "contrast_id_b").n_unique()
    return pairs, pooled.height


def _inputs(con: duckdb.DuckDBPyConnection) -> str:
    rows = con.execute(
        "select fit_id from analytics.fits union all select load_id from ops.loads "
        "where status = 'loaded' and kind in ('study', 'claims', 'drugs', 'genes') order by 1"
    ).fetchall()
    rules = [ACROSS_FITS, METHOD, RULE, _POOLING_RULE, KEPT, version("imid-warehouse")]
    text = "\0".join([*(row[0] for row in rows), *rules])
    return hashlib.sha256(text.encode()).hexdigest()


def _differences(con: duckdb.DuckDBPyConnection, contrasts: pl.DataFrame) -> pl.DataFrame:
    """Tell apart two drugs that different studies measured in the same kind of cells.

    Within one study two fits may share samples, so only contrasts of different studies count as
    independent.
    """
    pairs = told_apart(contrasts, contrasts).filter(
        (pl.col("drug_id") < pl.col("drug_id_b")) & (pl.col("study_id") != pl.col("study_id_b"))
    )
    found = [
        _difference(_changes(con, a), _changes(con, b)).with_columns(
            result_id_a=pl.lit(result_a), result_id_b=pl.lit(result_b)
        )
        for a, b, result_a, result_b in pairs.sort("contrast_id", "contrast_id_b")
        .select("contrast_id", "contrast_id_b", "result_id", "result_id_b")
        .iter_rows()
    ]
    kept = {"result_id_a": pl.String, "result_id_b": pl.String}
    return pl.concat([pl.DataFrame(schema={**DIFFERENCE_SCHEMA, **kept}), *found])


def _difference(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """Tell two contrasts apart gene by gene, each gene under the id that the first one's study has.

    The marts read the ids of differences within a fit and across fits alike: as features of the
    first contrast's study.
    """
    features = a.select("gene_id", "feature_id")
    named = across_fits(a, b).join(features, on="gene_id", how="left", maintain_order="left")
    return named.with_columns(gene_id="feature_id").drop("feature_id")


def told_apart(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of contrasts whose changes may be tested for a difference.

    Both were fitted here, of an immunomodulatory drug over its vehicle in the same stated kind of
    cells of one organism; simulated and measured studies are never compared.

    Parameters
    ----------
    a, b
        ``origin, is_imid, is_vehicle, cell_context, organism, is_simulated`` and what names a
        contrast.

    Returns
    -------
    polars.DataFrame
        The columns of a, and those of b with the suffix ``_b``.
    """
    is_side = (
        (pl.col("origin") == "fitted")
        & pl.col("is_imid")
        & pl.col("is_vehicle")
        & (pl.col("cell_context") != UNSTATED)
        & pl.col("organism").is_not_null()
    )
    alike = ["cell_context", "organism", "is_simulated"]
    return a.filter(is_side).join(b.filter(is_side), on=alike, suffix="_b", how="inner")


def _changes(con: duckdb.DuckDBPyConnection, contrast_id: str) -> pl.DataFrame:
    return read_frame(
        con,
        "select contrast_id, pair_key as gene_id, feature_id, log2_fold_change, lfc_se, padj "
        f"from {CONTRAST_RESULTS} where contrast_id = $1 and is_pairable",
        [contrast_id],
    )
