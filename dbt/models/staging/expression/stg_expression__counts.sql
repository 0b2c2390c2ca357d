with source as (
    select * from {{ source('expression', 'counts') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        cast(gene_id as string) as gene_id,
        cast(sample_id as string) as sample_id,
        cast(feature_number as bigint) as feature_number,
        -- numerics
        cast(count as bigint) as count
    from source
)

select * from renamed
