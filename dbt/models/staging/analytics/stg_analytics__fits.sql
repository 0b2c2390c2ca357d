with source as (
    select * from {{ source('analytics', 'fits') }}
),

renamed as (
    select
        -- ids
        cast(fit_id as string) as fit_id,
        cast(study_id as string) as study_id,
        cast(load_id as string) as load_id,
        -- text
        cast(counts_sha256 as string) as counts_sha256,
        cast(design as string) as design,
        cast(subset as string) as subset,
        cast(engine as string) as engine,
        cast(engine_version as string) as engine_version,
        coalesce(cast(normalisation as string), 'size_factors') as normalisation,
        -- numerics
        cast(samples as int) as samples,
        cast(genes as int) as genes,
        {{ nan_to_null('alpha') }} as alpha,
        {{ nan_to_null('duration_s') }} as duration_s,
        -- timestamps
        cast(fitted_at as timestamp) as fitted_at
    from source
)

select * from renamed
