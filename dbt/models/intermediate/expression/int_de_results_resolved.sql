with results as (
    select * from {{ ref('stg_expression__de_results') }}
),

sets as (
    select * from {{ ref('stg_expression__de_result_sets') }}
),

studies as (
    select * from {{ ref('stg_expression__studies') }}
),

genes as (
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
        case when aliases.alias_kind in ('ensembl', 'entrez') then 1 else 3 end as name_level
    from aliases
    inner join genes on aliases.gene_id = genes.gene_id
    where aliases.alias_kind in ('ensembl', 'entrez', 'symbol', 'previous_symbol')
),

-- the best standing at which a name is any gene's, genes of the documents before others
ranked as (
    select
        gene_id,
        organism,
        name_folded,
        min(2 * name_level + case when is_document_gene then 0 else 1 end) as name_rank
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

resolved_names as (
    select
        ranked.organism,
        ranked.name_folded,
        min(ranked.gene_id) as gene_id
    from ranked
    inner join best
        on
            ranked.organism = best.organism
            and ranked.name_folded = best.name_folded
            and ranked.name_rank = best.best_rank
    group by ranked.organism, ranked.name_folded
    having count(distinct ranked.gene_id) = 1
),

matched as (
    select
        results.contrast_id,
        results.gene_id as given_id,
        coalesce(by_id.gene_id, by_symbol.gene_id) as gene_id
    from results
    inner join studies on results.study_id = studies.study_id
    left join resolved_names as by_id
        on
            {{ folded('results.gene_id') }} = by_id.name_folded
            and studies.organism = by_id.organism
    left join resolved_names as by_symbol
        on
            {{ folded('results.symbol_as_given') }} = by_symbol.name_folded
            and studies.organism = by_symbol.organism
),

-- two rows of one table that lead to one gene stay apart, under the names that they have
single as (
    select
        contrast_id,
        gene_id,
        min(given_id) as given_id
    from matched
    where gene_id is not null
    group by contrast_id, gene_id
    having count(*) = 1
),

resolved as (
    select
        results.contrast_id,
        coalesce(single.gene_id, results.gene_id) as gene_id,
        results.study_id,
        results.load_id,
        results.gene_id_as_given,
        coalesce(
            results.symbol_as_given,
            case when single.gene_id is null then results.gene_id end
        ) as symbol_as_given,
        studies.organism,
        results.line,
        results.base_mean,
        results.log2_fold_change,
        results.lfc_se,
        results.stat,
        results.p_value,
        results.padj,
        results.shrunken_log2_fold_change,
        single.gene_id is not null as is_resolved,
        sets.has_padj,
        sets.is_excerpt
    from results
    inner join sets on results.contrast_id = sets.contrast_id
    inner join studies on results.study_id = studies.study_id
    left join single
        on
            results.contrast_id = single.contrast_id
            and results.gene_id = single.given_id
)

select * from resolved
