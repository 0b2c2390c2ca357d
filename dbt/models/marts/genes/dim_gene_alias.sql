with names as (
    select * from {{ ref('int_gene_names_resolved') }}
),

final as (
    select
        {{ surrogate_key(['alias_folded', 'gene_id']) }} as gene_alias_id,
        gene_id,
        alias,
        alias_folded,
        {{ name_key('alias') }} as alias_key,
        organism,
        status,
        name_source as source,
        n_genes,
        is_resolved,
        is_protein_name
    from names
)

select * from final
order by alias_key asc nulls last, gene_id asc nulls last
