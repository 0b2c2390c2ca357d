"""Which gene a row of results is, so that studies keyed by different ids pair on their genes.

The marts say it in ``dim_feature`` and ``int_de_results_resolved``, which are built after the
analysis from what the analysis wrote; here the same rule is asked before.
"""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl

from warehouse.frames import read_frame
from warehouse.organisms import ORGANISMS

# Part of what decides a stored result that rests on pairing: change it with the rule.
RULE: Final = "one gene, one feature; a stable id is itself"
REFERENCE_NAMES: Final = "reference_names"
FEATURE_GENES: Final = "feature_genes"
CONTRAST_RESULTS: Final = "contrast_results"

_COMMON_NAMES: Final = "\n".join(
    f"    when '{organism.scientific_name.lower()}' then '{organism.name}'"
    for organism in ORGANISMS
)
_ORGANISM: Final = f"""
case lower(trim({{0}}))
{_COMMON_NAMES}
    else lower(trim({{0}}))
end
"""

# A name leads to the one gene that has it at the best standing: id, symbol, earlier symbol, alias.
_REFERENCE: Final = f"""
create or replace temp table {REFERENCE_NAMES} as
with ranked_genes as (
    select g.gene_id, g.symbol, {_ORGANISM.format("g.organism")} as organism,
           coalesce(l.kind = 'genes' and l.subject = 'curated', false) as is_curated,
           row_number() over (
               partition by g.gene_id
               order by coalesce(l.kind = 'genes' and l.subject = 'curated', false) desc,
                        l.finished_at desc nulls last, g.load_id desc,
                        g.symbol nulls last, g.entrez_id nulls last
           ) as precedence
    from raw.genes as g
    left join ops.loads as l on g.load_id = l.load_id
),
genes as (
    select gene_id, min_by(symbol, precedence) filter (where symbol is not null) as symbol,
           min_by(organism, precedence) as organism, bool_or(is_curated) as is_curated
    from ranked_genes
    group by gene_id
),
names as (
    select gene_id, organism, is_curated, upper(trim(gene_id)) as name, 1 as standing from genes
    union all
    select gene_id, organism, is_curated, upper(trim(symbol)), 2 from genes
    where symbol is not null
    union all
    select g.gene_id, g.organism, g.is_curated, upper(trim(a.alias)),
           case when a.alias_kind in ('ensembl', 'entrez') then 1
                when a.alias_kind in ('symbol', 'previous_symbol') then 3
                else 4 end
    from raw.gene_aliases as a
    join genes as g on a.gene_id = g.gene_id
    where a.alias_kind <> 'protein_name'
),
ranked as (
    select organism, name, gene_id,
           min(2 * standing + case when is_curated then 0 else 1 end) as rank
    from names
    group by organism, name, gene_id
),
best as (
    select organism, name, gene_id from ranked
    qualify rank = min(rank) over (partition by organism, name)
)
select organism, name, case when count(*) = 1 then min(gene_id) end as gene_id
from best
group by organism, name
"""

# What stays without a gene of its own keeps its name; `candidate` is null where it is no one's.
_FEATURES: Final = f"""
create or replace temp table {FEATURE_GENES} as
with matched as (
    select f.study_id, f.gene_id as feature_id, f.symbol_as_given,
           {_ORGANISM.format("s.organism")} as study_organism,
           own.gene_id is not null as is_own_id,
           coalesce(own.gene_id, by_id.gene_id, by_symbol.gene_id) as candidate,
           by_id.name is not null or by_symbol.name is not null as is_known
    from raw.features as f
    join raw.studies as s on f.load_id = s.load_id
    left join (select distinct gene_id from raw.genes) as own on f.gene_id = own.gene_id
    left join {REFERENCE_NAMES} as by_id
        on upper(trim(f.gene_id)) = by_id.name
        and {_ORGANISM.format("s.organism")} = by_id.organism
    left join {REFERENCE_NAMES} as by_symbol
        on upper(trim(f.symbol_as_given)) = by_symbol.name
        and {_ORGANISM.format("s.organism")} = by_symbol.organism
        and f.gene_id not like 'ENS%'
),
judged as (
    select *, candidate is not null and (
        is_own_id or count(*) over (partition by study_id, candidate) = 1
    ) as is_resolved
    from matched
)
select study_id, feature_id, symbol_as_given,
       case when is_resolved then candidate else feature_id end as gene_id,
       is_resolved or (candidate is null and not is_known) as is_pairable,
       case when is_resolved then candidate
            when candidate is null and not is_known then study_organism || ' ' || feature_id
            else study_id || ' ' || feature_id end as pair_key
from judged
"""

_RESULTS: Final = f"""
create or replace temp table {CONTRAST_RESULTS} as
with fitted as (
    select r.contrast_id, s.study_id, f.feature_id, f.gene_id, f.is_pairable, f.pair_key,
           'fitted' as origin, true as has_padj, r.log2_fold_change, r.lfc_se, r.stat,
           r.p_value, r.padj
    from analytics.differential_expression as r
    join analytics.fits as t on r.fit_id = t.fit_id
    join raw.studies as s on t.load_id = s.load_id
    join {FEATURE_GENES} as f on s.study_id = f.study_id and r.gene_id = f.feature_id
),
matched as (
    select g.*, c.has_padj, {_ORGANISM.format("s.organism")} as study_organism,
           own.gene_id is not null as is_own_id,
           coalesce(own.gene_id, by_id.gene_id, by_symbol.gene_id) as candidate,
           by_id.name is not null or by_symbol.name is not null as is_known
    from raw.de_results as g
    join raw.de_result_sets as c on g.load_id = c.load_id and g.contrast_id = c.contrast_id
    join raw.studies as s on g.load_id = s.load_id
    left join (select distinct gene_id from raw.genes) as own on g.gene_id = own.gene_id
    left join {REFERENCE_NAMES} as by_id
        on upper(trim(g.gene_id)) = by_id.name
        and {_ORGANISM.format("s.organism")} = by_id.organism
    left join {REFERENCE_NAMES} as by_symbol
        on upper(trim(g.symbol_as_given)) = by_symbol.name
        and {_ORGANISM.format("s.organism")} = by_symbol.organism
        and g.gene_id not like 'ENS%'
    where g.contrast_id not in (select contrast_id from fitted)
),
given as (
    select *, candidate is not null and (
        is_own_id or count(*) over (partition by contrast_id, candidate) = 1
    ) as is_resolved
    from matched
)
select * from fitted
union all by name
select contrast_id, study_id, gene_id as feature_id,
       case when is_resolved then candidate else gene_id end as gene_id,
       is_resolved or (candidate is null and not is_known) as is_pairable,
       case when is_resolved then candidate
            when candidate is null and not is_known then study_organism || ' ' || gene_id
            else study_id || ' ' || gene_id end as pair_key,
       'given' as origin, has_padj, log2_fold_change, lfc_se, stat, p_value, padj
from given
"""

# A name is the organism's by the references, and only where they give no one gene the study's own.
_STUDY_NAMES: Final = f"""
select n.name, n.gene_id, 1 as rank
from {REFERENCE_NAMES} as n
join raw.studies as s on n.organism = {_ORGANISM.format("s.organism")}
where s.study_id = $1 and n.gene_id is not null
union
select upper(trim(symbol_as_given)), gene_id, 2 from {FEATURE_GENES}
where study_id = $1 and is_pairable and symbol_as_given is not null
union
select upper(trim(feature_id)), gene_id, 2 from {FEATURE_GENES}
where study_id = $1 and is_pairable
"""


def resolve_results(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables that everything pairing studies reads.

    ``feature_genes`` has a row per feature of a study (``study_id, feature_id, symbol_as_given``),
    ``contrast_results`` one per contrast and feature, fitted here or given with the study
    (``contrast_id, study_id, feature_id, origin, has_padj, log2_fold_change, lfc_se, stat,
    p_value, padj``). Both say

    - ``gene_id``: the gene as the marts have it, or the feature's own id where it has no gene;
    - ``is_pairable``: whether it may be set beside a feature of another study. A name of several
      genes, and two features of one study (or table) on one gene, may not;
    - ``pair_key``: equal in two studies exactly where their features are one gene. An id that no
      reference knows equals itself in studies of the same organism; what is not pairable equals
      only itself, within its study.
    """
    for statement in (_REFERENCE, _FEATURES, _RESULTS):
        con.execute(statement)


def pairable(con: duckdb.DuckDBPyConnection, genes: pl.DataFrame) -> pl.DataFrame:
    """Leave out the rows of contrasts that may be set beside no gene of another study.

    Parameters
    ----------
    genes
        ``contrast_id, gene_id`` as the marts have them, and whatever else.
    """
    resolve_results(con)
    alone = read_frame(
        con, f"select contrast_id, gene_id from {CONTRAST_RESULTS} where not is_pairable"
    )
    return genes.join(alone, on=["contrast_id", "gene_id"], how="anti", maintain_order="left")


def study_names(con: duckdb.DuckDBPyConnection, study_id: str) -> pl.DataFrame:
    """Return what a name may stand for in one study, whatever other studies call their genes.

    Returns
    -------
    polars.DataFrame
        ``name`` in capitals, ``gene_id`` as the marts have it and ``rank``: 1 by the loaded
        references of the study's organism, 2 as the id or symbol of a feature of the study. Asks
        the tables of :func:`resolve_results`.
    """
    return read_frame(con, _STUDY_NAMES, [study_id])
