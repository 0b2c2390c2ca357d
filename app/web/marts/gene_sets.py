"""Gene sets in one contrast: what was tested, the ranking, and who is in a set."""

from __future__ import annotations

CONTRASTS = """
select c.contrast_id, c.label, c.direction_sentence, c.numerator, c.denominator, c.is_simulated
from marts.dim_contrast as c
where exists (
    select 1 from marts.fct_gene_set_enrichment as e where e.contrast_id = c.contrast_id
)
order by c.study_id, c.contrast_position nulls last, c.contrast_id
"""

LIBRARIES = """
select library, count(*) as sets from marts.dim_gene_set
where library is not null
group by library
order by library
"""

SETS = """
select e.gene_set_id, e.gene_set_name as gene_set, s.library, e.n_members, e.n_measured,
       e.n_background, e.n_called, e.n_overlap, e.odds_ratio, e.enrichment_score,
       e.normalised_enrichment_score, e.p_value, e.padj, e.is_enriched, e.not_tested_reason,
       e.leading_gene_ids, s.note
from marts.fct_gene_set_enrichment as e
inner join marts.dim_gene_set as s on e.gene_set_id = s.gene_set_id
where e.contrast_id = $contrast and e.method = $method
  and ($all_libraries or list_contains($libraries::varchar[], s.library))
order by e.padj nulls last, e.p_value nulls last, e.gene_set_name, e.gene_set_id
"""

# The order of preranked enrichment: the statistic, the highest first.
RANKING = """
select gene_id, stat
from marts.fct_differential_expression
where contrast_id = $contrast and padj is not null and stat is not null
order by stat desc nulls last, gene_id
"""

MEMBERS = """
select coalesce(d.symbol, g.display_name, b.gene_id) as gene, b.gene_id,
       list_contains(string_split(coalesce($leading, ''), '|'), b.gene_id) as is_leading,
       d.log2_fold_change, d.ci_lower, d.ci_upper, d.stat, d.padj, d.direction as call,
       d.not_tested_reason
from marts.bridge_gene_set_gene as b
left join marts.dim_gene as g on b.gene_id = g.gene_id
inner join marts.fct_differential_expression as d
    on b.gene_id = d.gene_id and d.contrast_id = $contrast
where b.gene_set_id = $set
order by d.stat desc nulls last, b.gene_id
"""

MEMBERSHIP = """
select b.gene_set_id, b.gene_id
from marts.bridge_gene_set_gene as b
inner join marts.dim_gene_set as s on b.gene_set_id = s.gene_set_id
where $all_libraries or list_contains($libraries::varchar[], s.library)
"""

NAMES = """
select gene_set_id, name as gene_set, library from marts.dim_gene_set order by gene_set_id
"""
