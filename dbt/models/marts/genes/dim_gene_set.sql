with gene_sets as (
    select * from {{ ref('stg_reference__gene_sets') }}
),

final as (
    select
        gene_set_id,
        load_id,
        gene_set_name as name,
        member_symbols,
        documents,
        note
    from gene_sets
)

select * from final
