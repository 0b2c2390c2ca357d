with source as (
    select * from {{ source('expression', 'contrast_samples') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        cast(contrast_id as string) as contrast_id,
        cast(sample_id as string) as sample_id,
        -- text
        cast(arm as string) as arm
    from source
)

select * from renamed
