with source as (
    select * from {{ source('expression', 'sample_attributes') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        cast(sample_id as string) as sample_id,
        -- text
        cast(attribute as string) as attribute,
        cast(value as string) as value
    from source
)

select * from renamed
