with source as (
    select * from {{ source('registry', 'registry_arms') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(nct_id as string) as nct_id,
        -- text
        cast(label as string) as arm_label,
        cast(arm_type as string) as arm_type,
        cast(description as string) as description,
        cast(interventions as string) as interventions,
        -- numerics
        cast(arm_position as int) as arm_position
    from source
)

select * from renamed
