with source as (
    select * from {{ source('registry', 'registry_event_groups') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(nct_id as string) as nct_id,
        cast(arm_id as string) as arm_id,
        cast(group_id as string) as group_id,
        -- text
        cast(title as string) as group_title,
        cast(description as string) as description,
        -- numerics
        cast(group_position as int) as group_position,
        cast(deaths_affected as bigint) as deaths_affected,
        cast(deaths_at_risk as bigint) as deaths_at_risk,
        cast(serious_affected as bigint) as serious_affected,
        cast(serious_at_risk as bigint) as serious_at_risk,
        cast(other_affected as bigint) as other_affected,
        cast(other_at_risk as bigint) as other_at_risk
    from source
)

select * from renamed
