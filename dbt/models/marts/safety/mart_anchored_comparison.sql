with computed as (
    select * from {{ ref('stg_analytics__anchored_comparisons') }}
),

cells as (
    select * from {{ ref('int_adverse_events_rated') }}
),

-- Left out until it is computed again, where one of its four figures has been loaded anew.
comparisons as (
    select computed.*
    from computed
    inner join cells as first_cells
        on
            computed.first_adverse_event_id = first_cells.adverse_event_id
            and computed.load_id = first_cells.load_id
    inner join cells as first_anchors
        on
            computed.first_anchor_adverse_event_id = first_anchors.adverse_event_id
            and computed.first_anchor_load_id = first_anchors.load_id
            and first_cells.term_key = first_anchors.term_key
    inner join cells as second_cells
        on
            computed.second_adverse_event_id = second_cells.adverse_event_id
            and computed.second_load_id = second_cells.load_id
            and first_cells.term_key = second_cells.term_key
    inner join cells as second_anchors
        on
            computed.second_anchor_adverse_event_id = second_anchors.adverse_event_id
            and computed.second_anchor_load_id = second_anchors.load_id
            and first_cells.term_key = second_anchors.term_key
),

arms as (
    select * from {{ ref('int_trial_arms_unioned') }}
),

regimens as (
    select * from {{ ref('dim_regimen') }}
),

final as (
    select
        comparisons.anchored_comparison_id,
        comparisons.load_id,
        comparisons.first_trial_id,
        comparisons.second_trial_id,
        comparisons.first_arm_id,
        comparisons.second_arm_id,
        comparisons.first_anchor_arm_id,
        comparisons.second_anchor_arm_id,
        comparisons.first_regimen_id,
        comparisons.second_regimen_id,
        comparisons.anchor_regimen_id,
        comparisons.first_adverse_event_id,
        comparisons.second_adverse_event_id,
        comparisons.first_anchor_adverse_event_id,
        comparisons.second_anchor_adverse_event_id,
        first_arms.trial_name as first_trial_name,
        second_arms.trial_name as second_trial_name,
        first_arms.regimen_label as first_regimen_label,
        second_arms.regimen_label as second_regimen_label,
        regimens.label as anchor_regimen_label,
        comparisons.term_key,
        comparisons.band,
        comparisons.ascertainment,
        comparisons.ctcae_version,
        'anchored, indirect' as label,
        'assumes that the patients of both trials differ in nothing that changes the effect of '
        || 'either regimen relative to '
        || coalesce(regimens.label, comparisons.anchor_regimen_id) as assumption,
        coalesce(
            comparisons.not_estimable_reason,
            case
                when comparisons.odds_ratio is null
                    then 'an arm has events in all patients, so there is no odds ratio'
            end
        ) as not_estimable_reason,
        comparisons.risk_ratio,
        comparisons.risk_ratio_lower,
        comparisons.risk_ratio_upper,
        comparisons.odds_ratio,
        comparisons.odds_ratio_lower,
        comparisons.odds_ratio_upper,
        comparisons.log_risk_ratio_se,
        comparisons.log_odds_ratio_se,
        comparisons.first_n_affected,
        comparisons.first_n_at_risk,
        comparisons.first_anchor_n_affected,
        comparisons.first_anchor_n_at_risk,
        comparisons.second_n_affected,
        comparisons.second_n_at_risk,
        comparisons.second_anchor_n_affected,
        comparisons.second_anchor_n_at_risk
    from comparisons
    inner join arms as first_arms on comparisons.first_arm_id = first_arms.arm_id
    inner join arms as second_arms on comparisons.second_arm_id = second_arms.arm_id
    left join regimens on comparisons.anchor_regimen_id = regimens.regimen_id
)

select * from final
