with source as (
    select * from {{ source('analytics', 'sample_distances') }}
),

renamed as (
    select
        -- ids
        cast(study_id as string) as study_id,
        cast(load_id as string) as load_id,
        cast(sample_id_a as string) as sample_id_a,
        cast(sample_id_b as string) as sample_id_b,
        -- numerics
        cast(distance as double) as distance,
        cast(correlation as double) as correlation
    from source
)

select * from renamed
