"""The documents' map of the mechanism, and what one contrast measured of its genes."""

from __future__ import annotations

CONTRASTS = """
select c.contrast_id, c.label, c.numerator, c.denominator, c.direction_sentence, c.fdr_threshold,
       c.abs_lfc_threshold, c.numerator_drug_id, d.name as drug, c.organism, c.is_simulated
from marts.dim_contrast as c
left join marts.dim_drug as d on c.numerator_drug_id = d.drug_id
where c.is_analysed
order by c.study_id, c.contrast_position nulls last, c.contrast_id
"""

# One row per arrow and claim; a claim that the contrast tests brings its verdict.
EDGES = """
select e.edge_id, e.claim_id, e.source_symbol, e.source_gene_id, e.target_symbol,
       e.target_gene_id, e.relation, e.molecular_level, e.is_testable_by_mrna, e.note, e.line,
       c.drug_id, c.drug_name as drug, c.verbatim, c.document_title as document,
       c.source_location as place, c.references_text as reference, v.verdict, v.reason
from marts.mart_mechanism_edge as e
inner join marts.fct_literature_claim as c on e.claim_id = c.claim_id
left join marts.mart_literature_concordance as v
    on e.claim_id = v.claim_id and v.contrast_id = $contrast
order by e.line, e.claim_id
"""

CHANGES = """
select gene_id, log2_fold_change, ci_lower, ci_upper, padj, direction, not_tested_reason
from marts.fct_differential_expression
where contrast_id = $contrast and list_contains($genes::varchar[], gene_id)
order by gene_id
"""
