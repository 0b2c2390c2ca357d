with genes as (
    select * from {{ ref('int_genes_unioned') }}
),

aliases as (
    select * from {{ ref('stg_reference__gene_aliases') }}
),

loads as (
    select * from {{ ref('stg_ops__loads') }}
),

listed as (
    select
        aliases.gene_id,
        aliases.alias,
        genes.organism,
        genes.has_reference,
        case
            when aliases.alias_kind in ('ensembl', 'entrez') then 1
            when {{ folded('aliases.alias') }} = {{ folded('genes.symbol') }} then 2
            when aliases.alias_kind in ('symbol', 'previous_symbol') then 3
            when aliases.alias_kind = 'protein_name' then 5
            else 4
        end as name_level,
        coalesce(loads.load_kind = 'genes' and loads.load_subject = 'curated', false)
            as is_curated,
        coalesce(loads.load_subject, aliases.load_id) as name_source
    from aliases
    inner join genes on aliases.gene_id = genes.gene_id
    left join loads on aliases.load_id = loads.load_id
),

own_symbols as (
    select
        gene_id,
        symbol as alias,
        organism,
        has_reference,
        2 as name_level,
        is_document_gene and symbol_source = 'curated' as is_curated,
        symbol_source as name_source
    from genes
    where symbol is not null
),

full_names as (
    select
        gene_id,
        gene_name as alias,
        organism,
        has_reference,
        4 as name_level,
        is_document_gene as is_curated,
        'full name' as name_source
    from genes
    where gene_name is not null
),

own_ids as (
    select
        gene_id,
        gene_id as alias,
        organism,
        has_reference,
        1 as name_level,
        is_document_gene as is_curated,
        'stable id' as name_source
    from genes
),

unioned as (
    select
        gene_id,
        alias,
        organism,
        has_reference,
        name_level,
        is_curated,
        name_source
    from listed
    union all
    select
        gene_id,
        alias,
        organism,
        has_reference,
        name_level,
        is_curated,
        name_source
    from own_symbols
    union all
    select
        gene_id,
        alias,
        organism,
        has_reference,
        name_level,
        is_curated,
        name_source
    from full_names
    union all
    select
        gene_id,
        alias,
        organism,
        has_reference,
        name_level,
        is_curated,
        name_source
    from own_ids
),

-- what only a study calls its gene takes no name from a gene of a reference
ranked as (
    select
        gene_id,
        alias,
        coalesce(organism, 'unstated') as organism,
        {{ folded('alias') }} as alias_folded,
        name_level,
        name_source,
        2 * name_level
        + case when is_curated then 0 else 1 end
        + case when has_reference then 0 else 10 end as name_rank,
        row_number() over (
            partition by gene_id, {{ folded('alias') }}
            order by
                name_level asc,
                case when is_curated then 0 else 1 end asc,
                name_source asc nulls last,
                alias asc nulls last
        ) as precedence
    from unioned
    where trim(alias) <> ''
),

best as (
    select
        gene_id,
        alias_folded,
        alias,
        organism,
        name_level,
        name_rank,
        name_source
    from ranked
    where precedence = 1
)

select * from best
