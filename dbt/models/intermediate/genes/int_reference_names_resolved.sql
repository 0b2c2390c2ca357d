with genes as (
    select * from {{ ref('int_genes_merged') }}
),

aliases as (
    select * from {{ ref('stg_reference__gene_aliases') }}
),

names as (
    select
        gene_id,
        organism,
        is_document_gene,
        {{ folded('gene_id') }} as name_folded,
        1 as name_level
    from genes
    union all
    select
        gene_id,
        organism,
        is_document_gene,
        {{ folded('symbol') }} as name_folded,
        2 as name_level
    from genes
    where symbol is not null
    union all
    select
        genes.gene_id,
        genes.organism,
        genes.is_document_gene,
        {{ folded('aliases.alias') }} as name_folded,
        case
            when aliases.alias_kind in ('ensembl', 'entrez') then 1
            when aliases.alias_kind in ('symbol', 'previous_symbol') then 3
            else 4
        end as name_level
    from aliases
    inner join genes on aliases.gene_id = genes.gene_id
    -- no measured feature goes by its protein's name, and many of those are shared
    where aliases.alias_kind <> 'protein_name'
),

-- genes of the documents come before others of the same standing
ranked as (
    select
        gene_id,
        organism,
        name_folded,
        min(2 * name_level + case when is_document_gene then 0 else 1 end) as name_rank,
        min(name_level) as name_level
    from names
    group by gene_id, organism, name_folded
),

best as (
    select
        organism,
        name_folded,
        min(name_rank) as best_rank
    from ranked
    group by organism, name_folded
),

resolved as (
    select
        ranked.organism,
        ranked.name_folded,
        case when count(*) = 1 then min(ranked.gene_id) end as gene_id,
        case
            when count(*) > 1 then 'ambiguous'
            when min(ranked.name_level) in (1, 2) then 'current'
            when min(ranked.name_level) = 3 then 'previous'
            else 'alias'
        end as status
    from ranked
    inner join best
        on
            ranked.organism = best.organism
            and ranked.name_folded = best.name_folded
            and ranked.name_rank = best.best_rank
    group by ranked.organism, ranked.name_folded
)

select * from resolved
