with source as (
    select * from {{ source('analytics', 'contrast_differences') }}
),

renamed as (
    select
        -- ids
        cast(fit_id as string) as fit_id,
        cast(contrast_id_a as string) as contrast_id_a,
        cast(contrast_id_b as string) as contrast_id_b,
        cast(gene_id as string) as gene_id,
        coalesce(cast(fit_id as string), cast(result_id_a as string)) as result_id_a,
        coalesce(cast(fit_id as string), cast(result_id_b as string)) as result_id_b,
        -- text
        cast(method as string) as method,
        cast(inputs_sha256 as string) as inputs_sha256,
        -- numerics
        cast(difference as double) as difference,
        cast(difference_se as double) as difference_se,
        cast(stat as double) as stat,
        cast(p_value as double) as p_value,
        cast(padj as double) as padj
    from source
)

select * from renamed
