-- Whole results are taken up and gone ones deleted; what else the rows depend on (references,
-- thresholds, code) makes `imid build` refresh them all, and symbols are renewed every time.
{{ config(
    materialized='incremental' if target.type == 'duckdb' else 'table',
    incremental_strategy='delete+insert',
    unique_key=['contrast_id', 'load_id'],
    on_schema_change='fail',
    pre_hook="{{ delete_gone(['contrast_id', 'load_id', 'fit_id'], ref('int_contrast_results')) }}",
    post_hook="{{ renew_symbols(ref('dim_gene')) }}"
) }}

{% set z = var('ci_quantile') %}

with results as (
    select * from {{ ref('stg_analytics__differential_expression') }}
),

contrasts as (
    select * from {{ ref('int_contrast_results') }}
    {% if is_incremental() %}
        where contrast_id not in (select distinct held.contrast_id from {{ this }} as held)
    {% endif %}
),

given as (
    select * from {{ ref('int_de_results_resolved') }}
),

genes as (
    select * from {{ ref('dim_gene') }}
),

features as (
    select * from {{ ref('dim_feature') }}
),

fitted as (
    select
        results.contrast_id,
        coalesce(features.gene_id, results.gene_id) as gene_id,
        contrasts.study_id,
        contrasts.load_id,
        results.fit_id,
        results.base_mean,
        results.log2_fold_change,
        results.lfc_se,
        results.stat,
        results.p_value,
        results.padj,
        results.shrunken_log2_fold_change,
        results.not_tested_reason,
        true as has_padj
    from results
    inner join contrasts
        on
            results.contrast_id = contrasts.contrast_id
            and results.fit_id = contrasts.fit_id
    left join features
        on
            contrasts.study_id = features.study_id
            and results.gene_id = features.feature_id
),

imported as (
    select
        given.contrast_id,
        given.gene_id,
        given.study_id,
        given.load_id,
        given.base_mean,
        given.log2_fold_change,
        given.lfc_se,
        given.stat,
        given.p_value,
        given.padj,
        given.shrunken_log2_fold_change,
        given.has_padj
    from given
    inner join contrasts
        on
            given.contrast_id = contrasts.contrast_id
            and given.load_id = contrasts.load_id
    where contrasts.fit_id is null
),

unioned as (
    select
        contrast_id,
        gene_id,
        study_id,
        load_id,
        fit_id,
        base_mean,
        log2_fold_change,
        lfc_se,
        stat,
        p_value,
        padj,
        shrunken_log2_fold_change,
        not_tested_reason,
        has_padj
    from fitted
    union all
    select
        contrast_id,
        gene_id,
        study_id,
        load_id,
        cast(null as string) as fit_id,
        base_mean,
        log2_fold_change,
        lfc_se,
        stat,
        p_value,
        padj,
        shrunken_log2_fold_change,
        case
            when log2_fold_change is null and shrunken_log2_fold_change is not null
                then 'only_shrunken_change'
            when not has_padj and p_value is not null then 'nominal_p_only'
        end as not_tested_reason,
        has_padj
    from imported
),

classified as (
    select
        contrast_id,
        gene_id,
        study_id,
        load_id,
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
        end as not_tested_reason,
        case
            when log2_fold_change is null then null
            when padj is not null then 'adjusted_p'
            when not has_padj and p_value is not null then 'nominal_p'
        end as evidence_basis
    from unioned
),

final as (
    select
        classified.contrast_id,
        classified.gene_id,
        classified.study_id,
        classified.load_id,
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
        classified.not_tested_reason,
        classified.evidence_basis
    from classified
    left join genes on classified.gene_id = genes.gene_id
)

select * from final
order by contrast_id asc nulls last, gene_id asc nulls last
