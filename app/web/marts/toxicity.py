"""From an adverse event to what documents would have investigated, and to assays that were run."""

from __future__ import annotations

GUIDES = """
select guide_step_id, min(guide) as guide, min(adverse_event_class) as adverse_event_class,
       string_agg(distinct term, ', ' order by term) as events, min(step_kind) as step_kind,
       min(step_position) as step_position, min(step_name) as step_name,
       min(suspected_mechanism) as suspected_mechanism, min(summary) as summary,
       min(assay_name) as assay_name, min(assay_read_out) as assay_read_out,
       min(assay_analysis) as assay_analysis, min(document_title) as document_title
from marts.mart_toxicity_guide
where list_contains($terms::varchar[], term_key)
group by guide_step_id
order by guide, step_kind, step_position
"""

STATEMENTS = """
select s.term, coalesce(r.label, replace(s.drug_ids, '|', ' + ')) as given, s.direction,
       s.compared_with, s.mechanism, s.verbatim, d.title as document_title, s.source_location
from marts.fct_safety_statement as s
left join marts.dim_regimen as r on s.regimen_id = r.regimen_id
left join marts.dim_document as d on s.document_id = d.document_id
where list_contains($terms::varchar[], s.term_key)
order by s.term, given, s.statement_id
"""

CURVES = """
select d.treatment, d.cells, d.time_h, d.fit_state, d.absolute_ic50_operator, d.absolute_ic50_um,
       d.absolute_ic50_lower_um, d.absolute_ic50_upper_um, d.relative_ic50_operator,
       d.relative_ic50_um, d.relative_ic50_lower_um, d.relative_ic50_upper_um, d.hill_slope,
       d.top_pct, d.bottom_pct, d.r_squared, d.n_wells, d.reason, r.title, d.is_simulated
from marts.fct_dose_response as d
inner join marts.dim_assay_run as r on d.assay_run_id = r.assay_run_id
order by r.title, d.cells nulls last, d.time_h nulls last, d.treatment
"""

COLONIES = """
select c.treatment, c.concentration_um, c.colony_type, c.fit_state, c.ratio_operator, c.ratio,
       c.ratio_lower, c.ratio_upper, c.padj, c.overdispersion_p_value, c.n_donors, c.n_dishes,
       c.colonies, c.vehicle_colonies, coalesce(c.reason, c.caveat) as reason, r.title,
       c.is_simulated
from marts.fct_colony_ratio as c
inner join marts.dim_assay_run as r on c.assay_run_id = r.assay_run_id
order by r.title, c.colony_type, c.treatment, c.concentration_um nulls last
"""
