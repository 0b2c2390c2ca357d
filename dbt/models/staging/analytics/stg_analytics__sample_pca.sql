with source as (
    select * from {{ source('analytics', 'sample_pca') }}
),

renamed as (
    select
        -- ids
        cast(study_id as string) as study_id,
        cast(load_id as string) as load_id,
        cast(sample_id as string) as sample_id,
        -- text
        cast(transformation as string) as transformation,
        -- numerics
        cast(component as int) as component,
        cast(score as double) as score,
        cast(explained_variance as double) as explained_variance,
        cast(n_genes as bigint) as n_genes
    from source
)

select * from renamed
