"""Claims over all studies, drugs compared by claims, and where documents disagree."""

from __future__ import annotations

_CHOSEN = """
  and ($all_drugs or list_contains($drugs::varchar[], {0}.drug_name)
       or list_contains($drugs::varchar[], {0}.comparator_drug_name))
  and ($all_levels or list_contains($levels::varchar[], {0}.molecular_level))
  and ($all_documents or list_contains($documents::varchar[], d.title))
"""

STANDING = f"""
select s.target_name as target, s.drug_name as drug, s.comparator_drug_name as compared_with,
       s.effect, s.comparison, s.standing, s.n_agree, s.n_opposite, s.n_not_significant,
       s.n_studies_agree, s.n_studies_opposite, s.n_studies_not_significant, s.n_studies_mixed,
       s.pooled_log2_fold_change, s.pooled_hk_lower, s.pooled_hk_upper, s.n_studies_pooled,
       s.not_pooled, s.is_simulated, d.title as document, f.verbatim, s.claim_id
from marts.mart_claim_standing as s
inner join marts.fct_literature_claim as f on s.claim_id = f.claim_id
inner join marts.dim_document as d on s.document_id = d.document_id
where s.n_studies_tested > 0 {_CHOSEN.format("s")}
order by s.target_name nulls last, s.drug_name nulls last, s.claim_id, s.is_simulated
"""

POTENCY = f"""
select p.target_name as target, p.drug_name as drug, p.comparator_drug_name as compared_with,
       p.effect, p.comparison, p.verdict, p.difference, p.difference_ci_lower,
       p.difference_ci_upper, p.difference_padj, p.drug_doses, p.comparator_doses,
       p.has_equal_doses, p.dose_sentence, p.contrast_label as contrast, p.reason,
       p.is_simulated, d.title as document, f.verbatim, p.claim_id
from marts.mart_claim_potency as p
inner join marts.fct_literature_claim as f on p.claim_id = f.claim_id
inner join marts.dim_document as d on p.document_id = d.document_id
where true {_CHOSEN.format("p")}
  and ($all_verdicts or list_contains($verdicts::varchar[], p.verdict))
  and ($contrast = '' or p.contrast_id = $contrast)
order by p.verdict = 'not_testable', p.difference is null, p.target_name nulls last, p.claim_id,
         p.contrast_label nulls last
"""

# A disagreement stands where one of its claims is asked for: it takes the others to disagree with.
CONFLICTS = """
select c.drug_name as drug, c.target_name as target, c.conflict_kind, c.conflict_scope, c.what,
       c.claim_ids
from marts.mart_claim_conflict as c
where ($all_drugs or list_contains($drugs::varchar[], c.drug_name))
  and exists (
      select 1 from marts.fct_literature_claim as f
      where list_contains(string_split(c.claim_ids, '|'), f.claim_id)
        and ($all_levels or list_contains($levels::varchar[], f.molecular_level))
        and ($all_documents or list_contains($documents::varchar[], f.document_title))
  )
order by c.target_name nulls last, c.drug_name nulls last, c.conflict_kind
"""

QUOTES = """
select f.claim_id, f.verbatim, f.document_title as document, f.source_location as place,
       f.references_text as reference
from marts.fct_literature_claim as f
where list_contains(string_split($claims, '|'), f.claim_id)
order by f.claim_id
"""
