-- No difference, ratio or p-value stands between arms of different trials.
select
    compared.comparison_id,
    compared.trial_id,
    arms.trial_id as arm_trial_id,
    comparators.trial_id as comparator_trial_id
from {{ ref('mart_adverse_event_comparison') }} as compared
inner join {{ ref('dim_trial_arm') }} as arms on compared.arm_id = arms.arm_id
inner join {{ ref('dim_trial_arm') }} as comparators
    on compared.comparator_arm_id = comparators.arm_id
where arms.trial_id <> comparators.trial_id or arms.trial_id <> compared.trial_id
