with source as (
    select * from {{ source('clinical', 'arms') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(arm_id as string) as arm_id,
        cast(trial_id as string) as trial_id,
        cast(regimen_id as string) as regimen_id,
        -- text
        cast(label as string) as arm_label,
        cast(n_basis as string) as n_basis,
        -- numerics
        cast(n_at_risk as bigint) as n_at_risk,
        cast(n_randomised as bigint) as n_randomised
    from source
)

select * from renamed
