with comparisons as (
    select * from {{ ref('stg_analytics__adverse_event_comparisons') }}
),

cells as (
    select * from {{ ref('int_adverse_events_rated') }}
),

arms as (
    select * from {{ ref('dim_trial_arm') }}
),

trials as (
    select * from {{ ref('dim_trial') }}
),

final as (
    select
        comparisons.comparison_id,
        comparisons.load_id,
        comparisons.trial_id,
        comparisons.arm_id,
        comparisons.comparator_arm_id,
        comparisons.adverse_event_id,
        comparisons.comparator_adverse_event_id,
        cells.origin,
        trials.name as trial_name,
        arms.label as arm_label,
        comparators.label as comparator_label,
        arms.regimen_label,
        comparators.regimen_label as comparator_regimen_label,
        cells.term,
        cells.term_key,
        cells.ctcae_term,
        cells.term_category,
        cells.organ_system,
        cells.event_type,
        cells.grade_band,
        comparisons.band,
        cells.ascertainment,
        cells.data_cut,
        cells.display_value,
        others.display_value as comparator_display_value,
        'exploratory' as label,
        case
            when not comparisons.has_events then 'no events in either arm'
            when not comparisons.is_exact_count
                then 'envelope over the counts that the printed percentages admit'
            else 'counts as printed or posted'
        end as basis,
        case
            when trials.n_arms > trials.n_protocol_arms
                then
                    'the record posts more event groups than the protocol has arms, so groups may '
                    || 'overlap or follow one another'
            when trials.is_randomised then 'randomised arms of one trial'
            else 'arms of one trial that were not randomised, or not known to be'
        end as comparability_note,
        comparisons.n_affected_lo,
        comparisons.n_affected_hi,
        comparisons.n_at_risk,
        comparisons.comparator_n_affected_lo,
        comparisons.comparator_n_affected_hi,
        comparisons.comparator_n_at_risk,
        comparisons.risk_difference_lo,
        comparisons.risk_difference_hi,
        comparisons.mn_lower,
        comparisons.mn_upper,
        comparisons.newcombe_lower,
        comparisons.newcombe_upper,
        comparisons.risk_ratio,
        comparisons.ratio_lower,
        comparisons.ratio_upper,
        comparisons.fisher_p_value,
        comparisons.fisher_padj,
        comparisons.boschloo_p_value,
        comparisons.boschloo_padj,
        comparisons.family_size,
        comparisons.is_exact_count,
        comparisons.has_events,
        trials.is_randomised
    from comparisons
    inner join cells on comparisons.adverse_event_id = cells.adverse_event_id
    inner join cells as others on comparisons.comparator_adverse_event_id = others.adverse_event_id
    inner join arms on comparisons.arm_id = arms.arm_id
    inner join arms as comparators on comparisons.comparator_arm_id = comparators.arm_id
    inner join trials on comparisons.trial_id = trials.trial_id
)

select * from final
