with results as (
    select * from {{ ref('stg_expression__de_results') }}
),

sets as (
    select * from {{ ref('stg_expression__de_result_sets') }}
),

studies as (
    select * from {{ ref('stg_expression__studies') }}
),

names as (
    select * from {{ ref('int_reference_names_resolved') }}
),

matched as (
    select
        results.contrast_id,
        results.gene_id as given_id,
        coalesce(by_id.gene_id, by_symbol.gene_id) as gene_id,
        case
            when by_id.gene_id is not null then by_id.status
            else coalesce(by_symbol.status, by_id.status, 'unknown')
        end as name_status
    from results
    inner join studies on results.study_id = studies.study_id
    left join names as by_id
        on
            {{ folded('results.gene_id') }} = by_id.name_folded
            and studies.organism = by_id.organism
    left join names as by_symbol
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
        case
            when single.gene_id is null and matched.gene_id is not null then 'shared'
            else matched.name_status
        end as identity_status,
        matched.gene_id as candidate_gene_id,
        sets.has_padj,
        sets.is_excerpt
    from results
    inner join sets on results.contrast_id = sets.contrast_id
    inner join studies on results.study_id = studies.study_id
    inner join matched
        on
            results.contrast_id = matched.contrast_id
            and results.gene_id = matched.given_id
    left join single
        on
            results.contrast_id = single.contrast_id
            and results.gene_id = single.given_id
)

select * from resolved
