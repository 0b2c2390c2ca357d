with source as (
    select * from {{ source('expression', 'features') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        cast(gene_id as string) as gene_id,
        cast(feature_number as bigint) as feature_number,
        -- text
        cast(gene_id_as_given as string) as gene_id_as_given,
        cast(symbol_as_given as string) as symbol_as_given,
        -- numerics
        cast(line as bigint) as line
    from source
)

select * from renamed
