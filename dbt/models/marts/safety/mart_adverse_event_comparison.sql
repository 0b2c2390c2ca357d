with comparisons as (
    select * from {{ ref('stg_analytics__adverse_event_comparisons') }}
),

judged as (
    select * from {{ ref('int_adverse_event_comparisons_judged') }}
),

adjusted as (
    select * from {{ ref('int_adverse_event_tests_adjusted') }}
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
            when judged.not_compared_reason is not null
                then 'the two shares as they stand; they are not tested against each other'
            when not comparisons.has_events then 'no events in either arm'
            when not comparisons.is_exact_count
                then 'envelope over the counts that the printed percentages admit'
            else 'counts as printed or posted'
        end as basis,
        case
            when judged.not_compared_reason = 'same_protocol_arm'
                then
                    'both groups belong to one arm of the protocol, so they may hold the same '
                    || 'people: no interval, no p-value'
            when judged.not_compared_reason = 'more_groups_than_arms'
                then
                    'the record posts more event groups than the protocol has arms, and not both '
                    || 'of these are known to be arms, so they may hold the same people: no '
                    || 'interval, no p-value'
            when judged.not_compared_reason = 'more_people_than_enrolled'
                then
                    'the groups of the record hold more people than were enrolled, and not both '
                    || 'of these are known to be arms, so they may hold the same people: no '
                    || 'interval, no p-value'
            when judged.is_randomised then 'randomised arms of one trial'
            else 'arms of one trial that were not randomised, or not known to be'
        end as comparability_note,
        judged.not_compared_reason,
        comparisons.n_affected_lo,
        comparisons.n_affected_hi,
        comparisons.n_at_risk,
        comparisons.comparator_n_affected_lo,
        comparisons.comparator_n_affected_hi,
        comparisons.comparator_n_at_risk,
        comparisons.risk_difference_lo,
        comparisons.risk_difference_hi,
        case when judged.not_compared_reason is null then comparisons.mn_lower end as mn_lower,
        case when judged.not_compared_reason is null then comparisons.mn_upper end as mn_upper,
        case when judged.not_compared_reason is null then comparisons.newcombe_lower end
            as newcombe_lower,
        case when judged.not_compared_reason is null then comparisons.newcombe_upper end
            as newcombe_upper,
        comparisons.risk_ratio,
        case when judged.not_compared_reason is null then comparisons.ratio_lower end
            as ratio_lower,
        case when judged.not_compared_reason is null then comparisons.ratio_upper end
            as ratio_upper,
        case when judged.not_compared_reason is null then comparisons.fisher_p_value end
            as fisher_p_value,
        adjusted.fisher_padj,
        case when judged.not_compared_reason is null then comparisons.boschloo_p_value end
            as boschloo_p_value,
        adjusted.boschloo_padj,
        adjusted.family_size,
        comparisons.is_exact_count,
        comparisons.has_events,
        judged.is_randomised
    from comparisons
    inner join judged on comparisons.comparison_id = judged.comparison_id
    left join adjusted on comparisons.comparison_id = adjusted.comparison_id
    inner join cells
        on
            comparisons.adverse_event_id = cells.adverse_event_id
            and comparisons.load_id = cells.load_id
    inner join cells as others
        on
            comparisons.comparator_adverse_event_id = others.adverse_event_id
            and comparisons.comparator_load_id = others.load_id
    inner join arms on comparisons.arm_id = arms.arm_id
    inner join arms as comparators on comparisons.comparator_arm_id = comparators.arm_id
    inner join trials on comparisons.trial_id = trials.trial_id
)

select * from final
