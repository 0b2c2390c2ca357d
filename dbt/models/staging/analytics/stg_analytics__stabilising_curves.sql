with source as (
    select * from {{ source('analytics', 'stabilising_curves') }}
),

renamed as (
    select
        -- ids
        cast(study_id as string) as study_id,
        cast(load_id as string) as load_id,
        -- numerics
        cast(segment as int) as segment,
        cast(step as double) as step,
        cast(value_from as double) as value_from,
        cast(value_to as double) as value_to
    from source
)

select * from renamed
