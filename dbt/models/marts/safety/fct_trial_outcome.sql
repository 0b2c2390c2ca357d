with outcomes as (
    select * from {{ ref('int_outcomes_unioned') }}
),

arms as (
    select * from {{ ref('dim_trial_arm') }}
),

trials as (
    select * from {{ ref('dim_trial') }}
),

final as (
    select
        outcomes.outcome_id,
        outcomes.load_id,
        outcomes.document_id,
        outcomes.trial_id,
        outcomes.arm_id,
        outcomes.comparator_arm_id,
        arms.regimen_id,
        outcomes.origin,
        trials.name as trial_name,
        coalesce(arms.label, outcomes.group_title) as arm_label,
        arms.regimen_label,
        comparators.label as comparator_label,
        outcomes.endpoint,
        outcomes.endpoint_as_written,
        outcomes.outcome_type,
        outcomes.measure,
        outcomes.unit,
        outcomes.outcome_state,
        outcomes.source_location,
        outcomes.source_row,
        outcomes.verbatim,
        outcomes.value_as_posted,
        outcomes.operator,
        outcomes.n_basis,
        outcomes.p_operator,
        outcomes.spread,
        outcomes.dispersion_type,
        outcomes.time_frame,
        outcomes.criteria,
        outcomes.population,
        outcomes.verification,
        outcomes.published_value,
        outcomes.finding,
        outcomes.note,
        outcomes.decimals,
        outcomes.n_affected,
        outcomes.n_at_risk,
        outcomes.value,
        outcomes.recomputed_pct,
        outcomes.ci_level,
        outcomes.ci_lower,
        outcomes.ci_upper,
        outcomes.p_value,
        outcomes.follow_up_months,
        trials.is_randomised
    from outcomes
    inner join trials on outcomes.trial_id = trials.trial_id
    left join arms on outcomes.arm_id = arms.arm_id
    left join arms as comparators on outcomes.comparator_arm_id = comparators.arm_id
)

select * from final
