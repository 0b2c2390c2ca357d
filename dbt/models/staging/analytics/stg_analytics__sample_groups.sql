with source as (
    select * from {{ source('analytics', 'sample_groups') }}
),

renamed as (
    select
        -- ids
        cast(study_id as string) as study_id,
        cast(load_id as string) as load_id,
        cast(sample_id as string) as sample_id,
        -- text
        cast(sample_group as string) as sample_group,
        cast(transformation as string) as transformation,
        cast(outlier_reason as string) as outlier_reason,
        cast(inputs_sha256 as string) as inputs_sha256,
        -- numerics
        cast(size_factor as double) as size_factor,
        cast(group_distance as double) as group_distance,
        cast(usual_group_distance as double) as usual_group_distance
    from source
)

select * from renamed
