with source as (
    select * from {{ source('analytics', 'potency_slopes') }}
),

renamed as (
    select
        -- ids
        cast(contrast_id_a as string) as contrast_id_a,
        cast(contrast_id_b as string) as contrast_id_b,
        cast(study_id as string) as study_id,
        -- text
        cast(inputs_sha256 as string) as inputs_sha256,
        -- numerics
        cast(n_genes as bigint) as n_genes,
        cast(slope as double) as slope,
        cast(lower as double) as lower,
        cast(upper as double) as upper,
        cast(fdr_threshold as double) as fdr_threshold,
        cast(abs_lfc_threshold as double) as abs_lfc_threshold,
        cast(bootstrap_samples as int) as bootstrap_samples,
        cast(seed as bigint) as seed
    from source
)

select * from renamed
