with source as (
    select * from {{ source('analytics', 'gene_set_enrichment') }}
),

renamed as (
    select
        -- ids
        cast(contrast_id as string) as contrast_id,
        cast(gene_set_id as string) as gene_set_id,
        cast(fit_id as string) as fit_id,
        cast(gene_set_load_id as string) as gene_set_load_id,
        -- text
        cast(method as string) as method,
        cast(leading_gene_ids as string) as leading_gene_ids,
        cast(not_tested_reason as string) as not_tested_reason,
        cast(caveat as string) as caveat,
        cast(inputs_sha256 as string) as inputs_sha256,
        -- numerics
        cast(n_members as bigint) as n_members,
        cast(n_measured as bigint) as n_measured,
        cast(n_background as bigint) as n_background,
        cast(n_called as bigint) as n_called,
        cast(n_overlap as bigint) as n_overlap,
        cast(odds_ratio as double) as odds_ratio,
        cast(enrichment_score as double) as enrichment_score,
        cast(normalised_enrichment_score as double) as normalised_enrichment_score,
        cast(p_value as double) as p_value,
        cast(padj as double) as padj,
        cast(seed as bigint) as seed
    from source
)

select * from renamed
