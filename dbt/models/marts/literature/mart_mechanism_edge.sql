with edges as (
    select * from {{ ref('stg_literature__mechanism_edges') }}
),

names as (
    select * from {{ ref('int_gene_names_resolved') }}
    where is_resolved and organism = 'human' and status in ('current', 'previous')
),

listed as (
    select
        edge_id,
        {{ unnest_list('claim_ids') }} as claim_id
    from edges
),

final as (
    select
        {{ surrogate_key(['edges.edge_id', 'listed.claim_id']) }} as mechanism_edge_claim_id,
        edges.edge_id,
        listed.claim_id,
        edges.load_id,
        edges.source_symbol,
        sources.gene_id as source_gene_id,
        edges.target_symbol,
        targets.gene_id as target_gene_id,
        edges.relation,
        case
            when edges.relation = 'binds' then 'binding'
            when edges.relation = 'degrades' then 'degradation'
            else 'mrna'
        end as molecular_level,
        edges.note,
        edges.line,
        edges.relation in ('loss_lowers', 'loss_raises') as is_testable_by_mrna
    from edges
    inner join listed on edges.edge_id = listed.edge_id
    left join names as sources on {{ folded('edges.source_symbol') }} = sources.alias_folded
    left join names as targets on {{ folded('edges.target_symbol') }} = targets.alias_folded
)

select * from final
