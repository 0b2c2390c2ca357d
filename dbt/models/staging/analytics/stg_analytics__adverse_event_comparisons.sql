with source as (
    select * from {{ source('analytics', 'adverse_event_comparisons') }}
),

renamed as (
    select
        -- ids
        cast(comparison_id as string) as comparison_id,
        cast(load_id as string) as load_id,
        cast(comparator_load_id as string) as comparator_load_id,
        cast(trial_id as string) as trial_id,
        cast(arm_id as string) as arm_id,
        cast(comparator_arm_id as string) as comparator_arm_id,
        cast(adverse_event_id as string) as adverse_event_id,
        cast(comparator_adverse_event_id as string) as comparator_adverse_event_id,
        -- text
        cast(term_key as string) as term_key,
        cast(band as string) as band,
        -- booleans
        cast(is_exact_count as boolean) as is_exact_count,
        cast(has_events as boolean) as has_events,
        -- numerics
        cast(n_affected_lo as bigint) as n_affected_lo,
        cast(n_affected_hi as bigint) as n_affected_hi,
        cast(n_at_risk as bigint) as n_at_risk,
        cast(comparator_n_affected_lo as bigint) as comparator_n_affected_lo,
        cast(comparator_n_affected_hi as bigint) as comparator_n_affected_hi,
        cast(comparator_n_at_risk as bigint) as comparator_n_at_risk,
        {{ nan_to_null('risk_difference_lo') }} as risk_difference_lo,
        {{ nan_to_null('risk_difference_hi') }} as risk_difference_hi,
        {{ nan_to_null('mn_lower') }} as mn_lower,
        {{ nan_to_null('mn_upper') }} as mn_upper,
        {{ nan_to_null('newcombe_lower') }} as newcombe_lower,
        {{ nan_to_null('newcombe_upper') }} as newcombe_upper,
        {{ nan_to_null('risk_ratio') }} as risk_ratio,
        {{ nan_to_null('ratio_lower') }} as ratio_lower,
        {{ nan_to_null('ratio_upper') }} as ratio_upper,
        {{ nan_to_null('fisher_p_value') }} as fisher_p_value,
        {{ nan_to_null('boschloo_p_value') }} as boschloo_p_value
    from source
)

select * from renamed
