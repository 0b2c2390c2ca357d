with gene_sets as (
    select * from {{ ref('stg_reference__gene_sets') }}
),

loads as (
    select * from {{ ref('stg_ops__loads') }}
),

final as (
    select
        gene_sets.gene_set_id,
        gene_sets.load_id,
        gene_sets.gene_set_name as name,
        loads.load_subject as library,
        gene_sets.member_symbols,
        gene_sets.documents,
        gene_sets.note
    from gene_sets
    left join loads on gene_sets.load_id = loads.load_id
)

select * from final
