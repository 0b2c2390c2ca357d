"""Claims of documents, their verdicts and references."""

from __future__ import annotations

CLAIMS = """
select v.claim_id, v.target_name as target, f.target_as_written, v.target_type, v.gene_id,
       v.drug_name as drug, v.comparator_drug_name as compared_with, v.effect, v.comparison,
       v.molecular_level as level, v.claim_cell_context as cells, v.verdict, v.reason_code,
       v.reason, v.contrast_id, v.contrast_label as contrast, v.log2_fold_change, v.padj,
       v.is_simulated, f.verbatim, f.document_id, f.document_title as document,
       f.source_location as place, f.references_text as reference
from marts.mart_literature_concordance as v
inner join marts.fct_literature_claim as f on v.claim_id = f.claim_id
where ($all_drugs or list_contains($drugs::varchar[], v.drug_name)
       or list_contains($drugs::varchar[], v.comparator_drug_name))
  and ($all_levels or list_contains($levels::varchar[], v.molecular_level))
  and ($all_documents or list_contains($documents::varchar[], f.document_title))
  and ($all_verdicts or list_contains($verdicts::varchar[], v.verdict))
  and ($contrast = '' or v.contrast_id = $contrast)
order by v.verdict = 'not_testable', v.target_name nulls last, v.drug_name nulls last, v.claim_id,
         v.contrast_label nulls last
"""

OPTIONS = """
select distinct drug_name as drug, molecular_level as level, document_title as document
from marts.fct_literature_claim
order by drug nulls last, level nulls last, document nulls last
"""

CONTRASTS = """
select distinct contrast_id, contrast_label
from marts.mart_literature_concordance
where contrast_id is not null
order by contrast_label nulls last, contrast_id
"""

REFERENCES = """
select r.position, r.citation_as_written, r.resolution
from marts.fct_literature_claim as c
inner join marts.dim_reference as r
    on list_contains(string_split(coalesce(c.reference_ids, ''), '|'), r.reference_id)
where c.claim_id = $claim
order by r.position nulls last
"""
