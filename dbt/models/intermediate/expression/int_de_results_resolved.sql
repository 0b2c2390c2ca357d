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

genes as (
    select * from {{ ref('int_genes_merged') }}
),

-- a stable id is itself; else the id is a name, and the symbol beside it only where the id is none
matched as (
    select
        results.contrast_id,
        results.gene_id as given_id,
        genes.gene_id is not null as is_own_id,
        coalesce(genes.gene_id, by_id.gene_id, by_symbol.gene_id) as candidate_gene_id,
        case
            when genes.gene_id is not null then 'current'
            when by_id.gene_id is not null then by_id.status
            else coalesce(by_symbol.status, by_id.status, 'unknown')
        end as name_status
    from results
    inner join studies on results.study_id = studies.study_id
    left join genes on results.gene_id = genes.gene_id
    left join names as by_id
        on
            {{ folded('results.gene_id') }} = by_id.name_folded
            and studies.organism = by_id.organism
    left join names as by_symbol
        on
            {{ folded('results.symbol_as_given') }} = by_symbol.name_folded
            and studies.organism = by_symbol.organism
            and results.gene_id not like 'ENS%'
),

shares as (
    select
        contrast_id,
        candidate_gene_id,
        count(*) as n_rows
    from matched
    where candidate_gene_id is not null
    group by contrast_id, candidate_gene_id
),

judged as (
    select
        matched.contrast_id,
        matched.given_id,
        matched.candidate_gene_id,
        matched.name_status,
        matched.candidate_gene_id is not null
        and (matched.is_own_id or shares.n_rows = 1) as is_resolved
    from matched
    left join shares
        on
            matched.contrast_id = shares.contrast_id
            and matched.candidate_gene_id = shares.candidate_gene_id
),

-- two rows of one table that lead to one gene stay apart, under the names that they have
resolved as (
    select
        results.contrast_id,
        case
            when judged.is_resolved then judged.candidate_gene_id else results.gene_id
        end as gene_id,
        results.study_id,
        results.load_id,
        results.gene_id_as_given,
        coalesce(
            results.symbol_as_given,
            case when not judged.is_resolved then results.gene_id end
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
        judged.is_resolved,
        case
            when judged.candidate_gene_id is not null and not judged.is_resolved then 'shared'
            else judged.name_status
        end as identity_status,
        judged.candidate_gene_id,
        sets.has_padj,
        sets.is_excerpt
    from results
    inner join sets on results.contrast_id = sets.contrast_id
    inner join studies on results.study_id = studies.study_id
    inner join judged
        on
            results.contrast_id = judged.contrast_id
            and results.gene_id = judged.given_id
)

select * from resolved
