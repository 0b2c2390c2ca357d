with genes as (
    select * from {{ ref('int_genes_unioned') }}
),

final as (
    select
        gene_id,
        coalesce(symbol, gene_id) as display_name,
        symbol,
        gene_name as name,
        entrez_id,
        biotype,
        chromosome,
        organism,
        symbol_source,
        is_document_gene,
        has_reference
    from genes
)

select * from final
