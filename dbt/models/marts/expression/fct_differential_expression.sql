{% set z = var('ci_quantile') %}

with results as (
    select * from {{ ref('stg_analytics__differential_expression') }}
),

contrasts as (
    select * from {{ ref('stg_expression__contrasts') }}
),

fits as (
    select * from {{ ref('stg_analytics__fits') }}
),

genes as (
    select * from {{ ref('dim_gene') }}
),

classified as (
    select
        contrast_id,
        gene_id,
        fit_id,
        base_mean,
        log2_fold_change,
        lfc_se,
        log2_fold_change - {{ z }} * lfc_se as ci_lower,
        log2_fold_change + {{ z }} * lfc_se as ci_upper,
        stat,
        p_value,
        padj,
        shrunken_log2_fold_change,
        case
            when padj is null or log2_fold_change is null then 'not_tested'
            when
                padj < {{ var('fdr_threshold') }}
                and log2_fold_change > {{ var('abs_lfc_threshold') }}
                then 'up'
            when
                padj < {{ var('fdr_threshold') }}
                and log2_fold_change < -{{ var('abs_lfc_threshold') }}
                then 'down'
            else 'not_significant'
        end as direction,
        case
            when padj is not null and log2_fold_change is not null then null
            when not_tested_reason is not null then not_tested_reason
            when p_value is not null then 'low_count'
            when base_mean = 0 then 'all_zero'
            else 'unstated'
        end as not_tested_reason
    from results
),

final as (
    select
        classified.contrast_id,
        classified.gene_id,
        contrasts.study_id,
        classified.fit_id,
        genes.symbol,
        classified.base_mean,
        classified.log2_fold_change,
        classified.lfc_se,
        classified.ci_lower,
        classified.ci_upper,
        classified.stat,
        classified.p_value,
        classified.padj,
        classified.shrunken_log2_fold_change,
        classified.direction,
        classified.not_tested_reason
    from classified
    inner join contrasts on classified.contrast_id = contrasts.contrast_id
    -- results of an earlier load of the study are left out until it is analysed again
    inner join fits
        on
            classified.fit_id = fits.fit_id
            and contrasts.load_id = fits.load_id
    left join genes on classified.gene_id = genes.gene_id
)

select * from final
order by contrast_id asc nulls last, gene_id asc nulls last
