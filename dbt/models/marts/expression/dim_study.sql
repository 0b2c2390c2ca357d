with studies as (
    select * from {{ ref('stg_expression__studies') }}
),

loads as (
    select * from {{ ref('stg_ops__loads') }}
),

samples as (
    select
        study_id,
        count(*) as n_samples
    from {{ ref('stg_expression__samples') }}
    group by study_id
),

contrasts as (
    select
        study_id,
        count(*) as n_contrasts
    from {{ ref('int_contrasts_resolved') }}
    group by study_id
),

features as (
    select
        study_id,
        count(*) as n_genes,
        sum(case when is_resolved then 0 else 1 end) as n_genes_without_reference
    from {{ ref('dim_feature') }}
    group by study_id
),

final as (
    select
        studies.study_id,
        studies.load_id,
        studies.title,
        studies.organism,
        studies.source,
        studies.url,
        studies.cell_context,
        studies.design,
        studies.simulation_note,
        studies.quantity,
        studies.recognised_as,
        studies.not_analysed_reason,
        loads.content_sha256,
        studies.counts_sha256,
        coalesce(samples.n_samples, 0) as n_samples,
        coalesce(features.n_genes, 0) as n_genes,
        cast(coalesce(features.n_genes_without_reference, 0) as bigint)
            as n_genes_without_reference,
        coalesce(contrasts.n_contrasts, 0) as n_contrasts,
        studies.is_simulated,
        loads.loaded_at
    from studies
    left join loads on studies.load_id = loads.load_id
    left join samples on studies.study_id = samples.study_id
    left join contrasts on studies.study_id = contrasts.study_id
    left join features on studies.study_id = features.study_id
)

select * from final
