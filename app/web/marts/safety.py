"""Adverse events: every term of every arm, side by side."""

from __future__ import annotations

OPTIONS = """
select distinct term, arm_id, arm_label, regimen_label, grade_band
from marts.mart_regimen_safety
order by term nulls last, regimen_label nulls last, arm_label nulls last, grade_band nulls last
"""

# How many arms of its trial an arm is the comparator of, a placebo after the rest: a trial's arms
# in the order its report has them. ``arm`` is the table that holds the arm.
ARM_RANK = """(
    select count(distinct c.arm_id) from marts.mart_adverse_event_comparison as c
    where c.comparator_arm_id = {arm}.arm_id
), (
    select count(*) from marts.bridge_regimen_drug as d
    where d.regimen_id = {arm}.regimen_id and d.component_role = 'placebo'
)"""

CELLS = f"""
select s.regimen_safety_id, s.adverse_event_id, s.term, s.term_key, s.arm_id, s.arm_label,
       s.regimen_label, s.trial_name, s.cell_state, s.display_value, s.verbatim_cell, s.operator,
       s.value_role, s.grade_band, s.published_grade_band, s.ascertainment,
       s.event_type, s.evidence_scope,
       s.verification, s.comparability_note, s.value_pct, s.n_affected_lo, s.n_affected_hi,
       s.n_at_risk, s.rate, s.wilson_lower, s.wilson_upper, s.is_randomised,
       f.document_title, f.source_table, f.source_row, f.source_column, f.finding, f.note,
       f.published_value, f.n_basis
from marts.mart_regimen_safety as s
left join marts.fct_adverse_event as f on s.adverse_event_id = f.adverse_event_id
where ($all_terms or list_contains($terms::varchar[], s.term))
  and ($all_regimens or list_contains($regimens::varchar[], s.regimen_label))
  and ($all_grades or list_contains($grades::varchar[], s.grade_band)
       or s.cell_state = 'not_in_source')
order by s.term, s.trial_name nulls last, {ARM_RANK.format(arm="s")},
         s.regimen_label nulls last, s.arm_label nulls last,
         f.source_table nulls last, f.source_row nulls last
"""

FINDINGS = """
select area, severity, rule_code, subject, what, evidence, source
from marts.mart_data_quality
where area in ('adverse event', 'outcome')
order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, rule_code, what,
         source, subject
"""
