with source as (
    select * from {{ source('expression', 'sample_profiles') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        cast(sample_id as string) as sample_id,
        -- numerics
        cast(genes as bigint) as genes,
        cast(genes_detected as bigint) as genes_detected,
        cast(library_size as bigint) as library_size,
        cast(file_column_sum as bigint) as file_column_sum,
        cast(max_count as bigint) as max_count,
        cast(estimated_total as double) as estimated_total
    from source
)

select * from renamed
