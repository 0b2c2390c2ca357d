"""What the warehouse holds."""

from __future__ import annotations

HOLDINGS = """
select
    (select count(*) from marts.dim_study) as studies,
    (select count(*) from marts.dim_sample) as samples,
    (select count(*) from marts.dim_gene) as genes,
    (select count(*) from marts.dim_contrast) as contrasts,
    (select count(*) from marts.dim_contrast where is_analysed) as contrasts_analysed,
    (select count(*) from marts.fct_literature_claim) as claims,
    (select count(*) from marts.dim_document) as documents,
    (select count(*) from marts.fct_adverse_event) as cells,
    (select count(*) from marts.fct_adverse_event
     where cell_state not in ('not_reported', 'not_in_source')) as cells_with_value,
    (select count(*) from marts.dim_trial) as trials,
    (select count(*) from marts.dim_trial_arm) as arms
"""

STUDIES = """
select study_id, title, organism, source, cell_context, n_samples, n_genes,
       n_genes_without_reference, n_contrasts, is_simulated, simulation_note
from marts.dim_study
order by study_id
"""

CONTRASTS = """
select contrast_id, label, study_id, numerator, denominator, numerator_doses, denominator_doses,
       numerator_times, numerator_cell_lines, n_numerator, n_denominator, n_up, n_down,
       n_not_significant, n_not_tested, is_analysed, is_simulated, direction_sentence
from marts.dim_contrast
order by study_id, contrast_position nulls last, contrast_id
"""

VERDICTS = """
select coalesce(drug_name, 'no drug') as drug, verdict, count(*) as claims_by_contrast,
       count(distinct claim_id) as claims
from marts.mart_literature_concordance
group by drug_name, verdict
order by drug_name nulls last, verdict
"""

REGIMENS = """
select r.regimen_id, r.label as regimen, r.components as drugs, a.label as arm,
       t.name as trial, replace(t.design, '_', ' ') as design, a.n_at_risk, a.n_basis,
       a.is_randomised,
       (select count(*) from marts.fct_adverse_event as e where e.arm_id = a.arm_id) as cells
from marts.dim_regimen as r
left join marts.dim_trial_arm as a on r.regimen_id = a.regimen_id
left join marts.dim_trial as t on a.trial_id = t.trial_id
order by r.label, a.label nulls last
"""

FINDINGS = """
select severity, area, what, count(*) as findings
from marts.mart_data_quality
group by severity, area, what
order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, findings desc, what
"""

DRUG_BY_NAME = """
select drug_id, name, drug_class, aliases
from marts.dim_drug
where lower(name) = lower(trim($name))
   or drug_id = lower(trim($name))
   or list_contains(string_split(lower(coalesce(aliases, '')), '|'), lower(trim($name)))
order by drug_id
"""

DRUG_CONTRASTS = """
select contrast_id, label
from marts.dim_contrast
where numerator_drug_id = $drug or denominator_drug_id = $drug
order by case when numerator_drug_id = $drug then 0 else 1 end, study_id,
         contrast_position nulls last, contrast_id
limit 8
"""

DRUG_CLAIMS = """
select count(*) as claims from marts.fct_literature_claim
where drug_id = $drug or comparator_drug_id = $drug
"""

DRUG_REGIMENS = """
select distinct r.label
from marts.bridge_regimen_drug as b
inner join marts.dim_regimen as r on b.regimen_id = r.regimen_id
where b.drug_id = $drug
order by r.label
"""
