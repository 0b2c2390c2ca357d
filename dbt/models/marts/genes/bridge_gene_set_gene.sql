with gene_sets as (
    select * from {{ ref('stg_reference__gene_sets') }}
),

names as (
    select * from {{ ref('int_gene_names_resolved') }}
    where is_resolved
),

members as (
    select
        gene_set_id,
        {{ unnest_list('member_symbols') }} as member_symbol
    from gene_sets
    where member_symbols is not null
),

final as (
    select
        {{ surrogate_key(['members.gene_set_id', 'names.gene_id']) }} as gene_set_gene_id,
        members.gene_set_id,
        names.gene_id,
        min(trim(members.member_symbol)) as member_symbol
    from members
    inner join names on {{ folded('members.member_symbol') }} = names.alias_folded
    group by members.gene_set_id, names.gene_id
)

select * from final
