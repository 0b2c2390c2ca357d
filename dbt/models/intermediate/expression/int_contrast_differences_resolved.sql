with differences as (
    select * from {{ ref('stg_analytics__contrast_differences') }}
),

contrasts as (
    select * from {{ ref('stg_expression__contrasts') }}
),

results as (
    select * from {{ ref('int_contrast_results') }}
),

features as (
    select * from {{ ref('int_features_resolved') }}
),

-- a difference of results that have since changed is left out until it is computed again
present as (
    select differences.*
    from differences
    inner join results as results_a
        on
            differences.contrast_id_a = results_a.contrast_id
            and differences.result_id_a = results_a.result_id
    inner join results as results_b
        on
            differences.contrast_id_b = results_b.contrast_id
            and differences.result_id_b = results_b.result_id
),

-- a difference names its gene as the study of its first contrast does
resolved as (
    select
        present.contrast_id_a,
        present.contrast_id_b,
        coalesce(features.gene_id, present.gene_id) as gene_id,
        present.fit_id,
        present.method,
        present.difference,
        present.difference_se,
        present.p_value,
        present.padj
    from present
    left join contrasts on present.contrast_id_a = contrasts.contrast_id
    left join features
        on
            contrasts.study_id = features.study_id
            and present.gene_id = features.feature_id
)

select * from resolved
