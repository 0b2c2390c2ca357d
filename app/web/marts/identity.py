"""Names of genes in a study's files that lead to no single gene."""

from __future__ import annotations

UNRESOLVED = """
select u.gene_id_as_given as name, u.symbol_as_given as symbol, u.identity_status as why,
       g.display_name as gene, u.contrast_id as table, u.line
from marts.mart_unresolved_gene as u
left join marts.dim_gene as g on u.candidate_gene_id = g.gene_id
where u.study_id = $study
order by case u.identity_status when 'shared' then 0 when 'ambiguous' then 1 else 2 end,
         u.contrast_id nulls first, u.line
"""
