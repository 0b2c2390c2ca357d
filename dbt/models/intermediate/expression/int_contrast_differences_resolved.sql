with differences as (
    select * from {{ ref('stg_analytics__contrast_differences') }}
),

contrasts as (
    select * from {{ ref('stg_expression__contrasts') }}
),

features as (
    select * from {{ ref('int_features_resolved') }}
),

-- a difference names its gene as the study of its first contrast does
resolved as (
    select
        differences.contrast_id_a,
        differences.contrast_id_b,
        coalesce(features.gene_id, differences.gene_id) as gene_id,
        differences.fit_id,
        differences.method,
        differences.difference,
        differences.difference_se,
        differences.p_value,
        differences.padj
    from differences
    left join contrasts on differences.contrast_id_a = contrasts.contrast_id
    left join features
        on
            contrasts.study_id = features.study_id
            and differences.gene_id = features.feature_id
)

select * from resolved
