with source as (
    select * from {{ source('analytics', 'anchored_comparisons') }}
),

renamed as (
    select
        -- ids
        cast(anchored_comparison_id as string) as anchored_comparison_id,
        cast(load_id as string) as load_id,
        cast(first_anchor_load_id as string) as first_anchor_load_id,
        cast(second_load_id as string) as second_load_id,
        cast(second_anchor_load_id as string) as second_anchor_load_id,
        cast(anchor_regimen_id as string) as anchor_regimen_id,
        cast(first_trial_id as string) as first_trial_id,
        cast(first_arm_id as string) as first_arm_id,
        cast(first_regimen_id as string) as first_regimen_id,
        cast(first_adverse_event_id as string) as first_adverse_event_id,
        cast(first_anchor_arm_id as string) as first_anchor_arm_id,
        cast(first_anchor_adverse_event_id as string) as first_anchor_adverse_event_id,
        cast(second_trial_id as string) as second_trial_id,
        cast(second_arm_id as string) as second_arm_id,
        cast(second_regimen_id as string) as second_regimen_id,
        cast(second_adverse_event_id as string) as second_adverse_event_id,
        cast(second_anchor_arm_id as string) as second_anchor_arm_id,
        cast(second_anchor_adverse_event_id as string) as second_anchor_adverse_event_id,
        -- text
        cast(term_key as string) as term_key,
        cast(band as string) as band,
        cast(ascertainment as string) as ascertainment,
        cast(ctcae_version as string) as ctcae_version,
        cast(not_estimable_reason as string) as not_estimable_reason,
        -- numerics
        cast(first_n_affected as bigint) as first_n_affected,
        cast(first_n_at_risk as bigint) as first_n_at_risk,
        cast(first_anchor_n_affected as bigint) as first_anchor_n_affected,
        cast(first_anchor_n_at_risk as bigint) as first_anchor_n_at_risk,
        cast(second_n_affected as bigint) as second_n_affected,
        cast(second_n_at_risk as bigint) as second_n_at_risk,
        cast(second_anchor_n_affected as bigint) as second_anchor_n_affected,
        cast(second_anchor_n_at_risk as bigint) as second_anchor_n_at_risk,
        cast(risk_ratio as double) as risk_ratio,
        cast(risk_ratio_lower as double) as risk_ratio_lower,
        cast(risk_ratio_upper as double) as risk_ratio_upper,
        cast(odds_ratio as double) as odds_ratio,
        cast(odds_ratio_lower as double) as odds_ratio_lower,
        cast(odds_ratio_upper as double) as odds_ratio_upper,
        cast(log_risk_ratio_se as double) as log_risk_ratio_se,
        cast(log_odds_ratio_se as double) as log_odds_ratio_se
    from source
)

select * from renamed
