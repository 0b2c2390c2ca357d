"""What an upload is named by and held against."""

from __future__ import annotations

DRUGS = """
select name, drug_class in ('vehicle', 'placebo') as is_vehicle
from marts.dim_drug
order by is_vehicle, name
"""

CHANGES = """
select gene_id, log2_fold_change as y, direction as direction_b
from marts.fct_differential_expression
where contrast_id = $contrast and direction <> 'not_tested' and log2_fold_change is not null
"""
