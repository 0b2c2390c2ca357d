with source as (
    select * from {{ source('expression', 'de_results') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        cast(contrast_id as string) as contrast_id,
        cast(gene_id as string) as gene_id,
        -- text
        cast(gene_id_as_given as string) as gene_id_as_given,
        cast(symbol_as_given as string) as symbol_as_given,
        -- numerics
        cast(line as bigint) as line,
        cast(base_mean as double) as base_mean,
        cast(mean_numerator as double) as mean_numerator,
        cast(mean_denominator as double) as mean_denominator,
        cast(average_log2_expression as double) as average_log2_expression,
        cast(log2_fold_change as double) as log2_fold_change,
        cast(lfc_se as double) as lfc_se,
        cast(stat as double) as stat,
        cast(p_value as double) as p_value,
        cast(padj as double) as padj,
        cast(shrunken_log2_fold_change as double) as shrunken_log2_fold_change
    from source
)

select * from renamed
