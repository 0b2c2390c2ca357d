with enrichment as (
    select * from {{ ref('stg_analytics__gene_set_enrichment') }}
),

contrasts as (
    select * from {{ ref('dim_contrast') }}
),

gene_sets as (
    select * from {{ ref('dim_gene_set') }}
),

final as (
    select
        enrichment.contrast_id,
        enrichment.gene_set_id,
        contrasts.study_id,
        gene_sets.name as gene_set_name,
        enrichment.method,
        enrichment.leading_gene_ids,
        enrichment.not_tested_reason,
        enrichment.caveat,
        enrichment.n_members,
        enrichment.n_measured,
        enrichment.n_background,
        enrichment.n_called,
        enrichment.n_overlap,
        enrichment.odds_ratio,
        enrichment.enrichment_score,
        enrichment.normalised_enrichment_score,
        enrichment.p_value,
        enrichment.padj,
        enrichment.seed,
        coalesce(enrichment.padj < {{ var('fdr_threshold') }}, false) as is_enriched,
        contrasts.is_simulated
    from enrichment
    inner join contrasts
        on
            enrichment.contrast_id = contrasts.contrast_id
            and enrichment.fit_id = contrasts.fit_id
    inner join gene_sets
        on
            enrichment.gene_set_id = gene_sets.gene_set_id
            and enrichment.gene_set_load_id = gene_sets.load_id
)

select * from final
