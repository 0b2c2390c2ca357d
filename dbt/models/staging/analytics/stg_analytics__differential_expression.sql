with source as (
    select * from {{ source('analytics', 'differential_expression') }}
),

renamed as (
    select
        -- ids
        cast(fit_id as string) as fit_id,
        cast(contrast_id as string) as contrast_id,
        cast(gene_id as string) as gene_id,
        -- text
        cast(not_tested_reason as string) as not_tested_reason,
        -- numerics
        {{ nan_to_null('base_mean') }} as base_mean,
        {{ nan_to_null('log2_fold_change') }} as log2_fold_change,
        {{ nan_to_null('lfc_se') }} as lfc_se,
        {{ nan_to_null('stat') }} as stat,
        {{ nan_to_null('p_value') }} as p_value,
        {{ nan_to_null('padj') }} as padj,
        {{ nan_to_null('shrunken_log2_fold_change') }} as shrunken_log2_fold_change
    from source
)

select * from renamed
