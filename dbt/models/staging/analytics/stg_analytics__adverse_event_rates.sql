with source as (
    select * from {{ source('analytics', 'adverse_event_rates') }}
),

renamed as (
    select
        -- ids
        cast(adverse_event_id as string) as adverse_event_id,
        cast(load_id as string) as load_id,
        -- text
        cast(finding as string) as finding,
        -- numerics
        cast(n_affected_lo as bigint) as n_affected_lo,
        cast(n_affected_hi as bigint) as n_affected_hi,
        {{ nan_to_null('rate') }} as rate,
        {{ nan_to_null('wilson_lower') }} as wilson_lower,
        {{ nan_to_null('wilson_upper') }} as wilson_upper,
        {{ nan_to_null('recomputed_pct_lo') }} as recomputed_pct_lo,
        {{ nan_to_null('recomputed_pct_hi') }} as recomputed_pct_hi
    from source
)

select * from renamed
