"""What an upload is named by and held against."""

from __future__ import annotations

DRUGS = """
select name, drug_class in ('vehicle', 'placebo') as is_vehicle
from marts.dim_drug
order by is_vehicle, name
"""

# What the comparison of two drugs reads of a contrast, and of its changes.
CONTRAST = """
select contrast_id, study_id, numerator_drug_id, factor, numerator, denominator, subset, design,
       contrast_position, is_drug_vs_vehicle, has_imid_numerator, cell_context, organism,
       origin, is_simulated
from marts.dim_contrast
where contrast_id = $contrast
"""

CHANGES = """
select contrast_id, study_id, fit_id, gene_id, symbol, direction, base_mean, log2_fold_change,
       lfc_se, p_value, padj
from marts.fct_differential_expression
where contrast_id = $contrast
"""

FEATURES = """
select f.study_id, f.feature_id, f.identity_status
from marts.dim_feature as f
inner join marts.dim_contrast as c on f.study_id = c.study_id
where c.contrast_id = $contrast and f.identity_status in ('ambiguous', 'shared')
"""

CALLS = """
select gene_id, symbol, contrast_id, direction, log2_fold_change, padj
from marts.fct_differential_expression
where list_contains($contrasts::varchar[], contrast_id)
"""

VERDICTS = """
select *
from marts.mart_literature_concordance
"""

CLAIMS = """
select *
from marts.fct_literature_claim
"""
