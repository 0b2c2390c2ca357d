"""One contrast: classified, thinned, counted and listed at the page's thresholds."""

from __future__ import annotations

CONTRASTS = """
select c.contrast_id, c.label, c.study_id, s.title as study_title, c.numerator, c.denominator,
       c.factor, c.numerator_doses, c.denominator_doses, c.numerator_times, c.denominator_times,
       c.numerator_cell_lines, c.denominator_cell_lines, c.subset, c.design, c.n_numerator,
       c.n_denominator, c.direction_sentence, c.origin, c.result_form, c.result_test,
       c.result_correction, c.engine, c.engine_version, c.normalisation, c.fdr_threshold,
       c.abs_lfc_threshold, c.n_up, c.n_down, c.n_not_significant, c.n_not_tested, c.is_simulated
from marts.dim_contrast as c
left join marts.dim_study as s on c.study_id = s.study_id
where c.is_analysed
order by c.study_id, c.contrast_position nulls last, c.contrast_id
"""

# Every gene of the contrast with its number in the order of ids, its call and where it is drawn.
# An adjusted p-value of 0 has no logarithm: it is drawn at a cap just above the largest that has.
_CLASSED = """
with tested as (
    select gene_id, cast(row_number() over (order by gene_id) as integer) as i,
           coalesce(symbol, gene_id) as gene, base_mean, log2_fold_change as lfc, lfc_se,
           ci_lower, ci_upper, shrunken_log2_fold_change as shrunken, p_value, padj,
           not_tested_reason,
           case
               when padj is null then 'not_tested'
               when padj < $fdr and log2_fold_change > $lfc then 'up'
               when padj < $fdr and log2_fold_change < -$lfc then 'down'
               else 'not_significant'
           end as call
    from marts.fct_differential_expression
    where contrast_id = $contrast
),
cap as (
    select coalesce(max(-log10(padj)), 0) * 1.04 + 1 as y from tested where padj > 0
),
classed as (
    select t.*, case when t.padj = 0 then cap.y else -log10(t.padj) end as y,
           coalesce(t.padj = 0, false) as clipped,
           case when t.base_mean > 0 then log10(t.base_mean) end as log_mean
    from tested as t cross join cap
)
"""

COUNTS = (
    _CLASSED
    + """
select count(*) filter (where call = 'up') as up,
       count(*) filter (where call = 'down') as down,
       count(*) filter (where call = 'not_significant') as not_significant,
       count(*) filter (where call = 'not_tested') as not_tested,
       count(*) filter (where clipped) as clipped,
       count(*) as genes
from classed
"""
)

_CODE = "case call when 'up' then 1 when 'down' then 2 else 0 end"

VOLCANO = (
    _CLASSED
    + f"""
, placed as (
    select gene_id, i, gene, lfc, y, clipped, {_CODE} as c,
           list_contains($marked::varchar[], gene_id) as marked,
           row_number() over (
               partition by call, floor(lfc / 0.02), floor(y / 0.05) order by gene_id
           ) as place
    from classed
    where y is not null and lfc is not null
)
select gene, cast(round(lfc, 3) as float) as x, cast(round(y, 3) as float) as y,
       cast(c + case when clipped then 3 else 0 end as tinyint) as c, marked, i, gene_id
from placed
where place = 1 or c > 0 or marked
order by c, gene_id
"""
)

MA = (
    _CLASSED
    + f"""
, placed as (
    select gene_id, i, gene, lfc, log_mean, {_CODE} as c,
           list_contains($marked::varchar[], gene_id) as marked,
           row_number() over (
               partition by call, floor(log_mean / 0.02), floor(lfc / 0.04) order by gene_id
           ) as place
    from classed
    where log_mean is not null and lfc is not null and padj is not null
)
select gene, cast(round(log_mean, 3) as float) as x, cast(round(lfc, 3) as float) as y,
       cast(c as tinyint) as c, marked, i, gene_id
from placed
where place = 1 or c > 0 or marked
order by c, gene_id
"""
)

DRAWABLE = (
    _CLASSED
    + """
select count(*) filter (where y is not null and lfc is not null) as volcano,
       count(*) filter (where log_mean is not null and lfc is not null and padj is not null) as ma
from classed
"""
)

P_VALUES = """
select cast(least(floor(p_value * 40), 39) / 40.0 as double) as p_from, count(*) as genes
from marts.fct_differential_expression
where contrast_id = $contrast and p_value is not null
group by p_from
order by p_from
"""

TOP_GENES = (
    _CLASSED
    + """
select gene_id from classed
where call in ('up', 'down')
order by padj nulls last, abs(lfc) desc nulls last, gene_id
limit $top
"""
)

_LISTED = """
select gene, gene_id, call, lfc as log2_fold_change, ci_lower, ci_upper,
       shrunken as shrunken_log2_fold_change, base_mean, p_value, padj, not_tested_reason
from classed
where {condition}
order by padj nulls last, abs(lfc) desc nulls last, gene_id
"""

LISTS = {
    "significant": _CLASSED + _LISTED.format(condition="call in ('up', 'down')"),
    "up": _CLASSED + _LISTED.format(condition="call = 'up'"),
    "down": _CLASSED + _LISTED.format(condition="call = 'down'"),
    "all tested": _CLASSED + _LISTED.format(condition="call <> 'not_tested'"),
    "not tested": _CLASSED + _LISTED.format(condition="call = 'not_tested'"),
}

BOXED = {
    "volcano": _CLASSED
    + _LISTED.format(condition="lfc between $x0 and $x1 and y between $y0 and $y1"),
    "MA plot": _CLASSED
    + _LISTED.format(
        condition="log_mean between $x0 and $x1 and lfc between $y0 and $y1 and padj is not null"
    ),
}
