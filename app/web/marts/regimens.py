"""Two arms side by side; risk differences and ratios only within one trial."""

from __future__ import annotations

from app.web.marts.safety import ARM_RANK

ARMS = f"""
select a.arm_id, a.label, a.trial_id, a.trial_name, a.regimen_label, a.n_at_risk, a.n_basis,
       a.is_randomised
from marts.dim_trial_arm as a
where exists (
    select 1 from marts.mart_regimen_safety as s
    where s.arm_id = a.arm_id and s.cell_state <> 'not_in_source'
)
order by a.trial_name nulls last, {ARM_RANK.format(arm="a")}, a.label, a.arm_id
"""

COMPARED = """
select arm_id, comparator_arm_id
from marts.mart_adverse_event_comparison
order by is_randomised desc nulls last, trial_name, arm_id, comparator_arm_id
limit 1
"""

CELLS = """
select s.regimen_safety_id, s.adverse_event_id, s.term, s.arm_id, s.arm_label, s.trial_name,
       s.regimen_label, s.cell_state, s.display_value, s.verbatim_cell, s.operator, s.grade_band,
       s.event_type, s.evidence_scope, s.comparability_note, s.value_pct, s.rate, s.n_at_risk,
       s.wilson_lower, s.wilson_upper
from marts.mart_regimen_safety as s
where list_contains($arms::varchar[], s.arm_id)
  and exists (
      select 1 from marts.mart_regimen_safety as t
      where t.term_key = s.term_key and list_contains($arms::varchar[], t.arm_id)
        and t.cell_state not in ('not_in_source', 'not_reported')
  )
order by s.term, list_position($arms::varchar[], s.arm_id), s.event_type nulls last,
         s.grade_band nulls last
"""

# The mart holds each pair of arms once; a swap turns the sign and inverts the ratio.
WITHIN = """
select term, grade_band, event_type, display_value, comparator_display_value, arm_label,
       comparator_label, risk_difference_lo, risk_difference_hi, mn_lower, mn_upper,
       newcombe_lower, newcombe_upper, risk_ratio, ratio_lower, ratio_upper, fisher_p_value,
       fisher_padj, boschloo_p_value, boschloo_padj, family_size, label, basis, has_events,
       is_randomised, adverse_event_id
from marts.mart_adverse_event_comparison
where arm_id = $arm and comparator_arm_id = $comparator
order by term, grade_band nulls last, event_type nulls last
"""
