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
       is_randomised, not_compared_reason, comparability_note, adverse_event_id
from marts.mart_adverse_event_comparison
where arm_id = $arm and comparator_arm_id = $comparator
order by term, grade_band nulls last, event_type nulls last
"""

# Each pair of regimens stands once, so a pair of arms may stand the other way round.
ANCHORED = """
select term_key as term, band as grade, ascertainment, ctcae_version, anchor_regimen_label,
       label, assumption, risk_ratio, risk_ratio_lower, risk_ratio_upper, odds_ratio,
       odds_ratio_lower, odds_ratio_upper, not_estimable_reason, first_n_affected,
       first_n_at_risk, first_anchor_n_affected, first_anchor_n_at_risk, second_n_affected,
       second_n_at_risk, second_anchor_n_affected, second_anchor_n_at_risk,
       first_adverse_event_id, first_trial_name, second_trial_name
from marts.mart_anchored_comparison
where first_arm_id = $first and second_arm_id = $second
order by term_key, band nulls last, anchored_comparison_id
"""

ANCHORED_PAIRS = """
select distinct first_regimen_label, second_regimen_label, anchor_regimen_label
from marts.mart_anchored_comparison
order by first_regimen_label nulls last, second_regimen_label nulls last,
         anchor_regimen_label nulls last
"""

# Randomised trials that share a regimen, with what each of them sets against it.
SHARED_COMPARATORS = """
select a.trial_name as first_trial, b.trial_name as second_trial, a.regimen_label as comparator,
       string_agg(distinct c.regimen_label, ', ' order by c.regimen_label) as first_against,
       string_agg(distinct d.regimen_label, ', ' order by d.regimen_label) as second_against,
       bool_or(c.regimen_id <> d.regimen_id) as has_two_regimens
from marts.dim_trial_arm as a
inner join marts.dim_trial_arm as b on a.regimen_id = b.regimen_id and a.trial_id < b.trial_id
inner join marts.dim_trial_arm as c on a.trial_id = c.trial_id and a.regimen_id <> c.regimen_id
inner join marts.dim_trial_arm as d on b.trial_id = d.trial_id and b.regimen_id <> d.regimen_id
where a.is_randomised and b.is_randomised and c.is_randomised and d.is_randomised
group by first_trial, second_trial, comparator
order by first_trial, second_trial, comparator
"""
