with names as (
    select * from {{ ref('int_gene_names_unioned') }}
),

best as (
    select
        organism,
        alias_folded,
        min(name_rank) as best_rank,
        min(name_level) as best_level,
        count(*) as n_genes
    from names
    group by organism, alias_folded
),

contenders as (
    select
        names.organism,
        names.alias_folded,
        count(*) as n_at_best
    from names
    inner join best
        on
            names.organism = best.organism
            and names.alias_folded = best.alias_folded
            and names.name_rank = best.best_rank
    group by names.organism, names.alias_folded
),

resolved as (
    select
        names.gene_id,
        names.alias_folded,
        names.alias,
        names.organism,
        names.name_level,
        names.name_source,
        best.n_genes,
        names.name_rank = best.best_rank and contenders.n_at_best = 1 as is_resolved,
        names.name_level = best.best_level
        and not (names.name_rank = best.best_rank and contenders.n_at_best = 1)
            as is_contested
    from names
    inner join best
        on
            names.organism = best.organism
            and names.alias_folded = best.alias_folded
    inner join contenders
        on
            names.organism = contenders.organism
            and names.alias_folded = contenders.alias_folded
),

classified as (
    select
        gene_id,
        alias_folded,
        alias,
        organism,
        name_source,
        case
            when is_contested then 'ambiguous'
            when name_level in (1, 2) then 'current'
            when name_level = 3 then 'previous'
            else 'alias'
        end as status,
        is_resolved,
        name_level = 5 as is_protein_name,
        cast(n_genes as bigint) as n_genes
    from resolved
)

select * from classified
