with features as (
    select * from {{ ref('stg_expression__features') }}
),

studies as (
    select * from {{ ref('stg_expression__studies') }}
),

genes as (
    select * from {{ ref('int_genes_merged') }}
),

names as (
    select * from {{ ref('int_reference_names_resolved') }}
),

-- a stable id is itself; else the id is a name, and the symbol beside it only where the id is none
matched as (
    select
        features.feature_number,
        features.study_id,
        features.load_id,
        features.gene_id as feature_id,
        features.gene_id_as_given,
        features.symbol_as_given,
        features.line,
        studies.organism,
        genes.gene_id is not null as is_own_id,
        coalesce(genes.gene_id, by_id.gene_id, by_symbol.gene_id) as candidate_gene_id,
        case
            when genes.gene_id is not null then 'current'
            when by_id.gene_id is not null then by_id.status
            else coalesce(by_symbol.status, by_id.status, 'unknown')
        end as name_status
    from features
    inner join studies on features.study_id = studies.study_id
    left join genes on features.gene_id = genes.gene_id
    left join names as by_id
        on
            {{ folded('features.gene_id') }} = by_id.name_folded
            and studies.organism = by_id.organism
    left join names as by_symbol
        on
            {{ folded('features.symbol_as_given') }} = by_symbol.name_folded
            and studies.organism = by_symbol.organism
            and features.gene_id not like 'ENS%'
),

shares as (
    select
        study_id,
        candidate_gene_id,
        count(*) as n_features
    from matched
    where candidate_gene_id is not null
    group by study_id, candidate_gene_id
),

judged as (
    select
        matched.feature_number,
        matched.study_id,
        matched.load_id,
        matched.feature_id,
        matched.gene_id_as_given,
        matched.symbol_as_given,
        matched.line,
        matched.organism,
        matched.candidate_gene_id,
        matched.name_status,
        matched.candidate_gene_id is not null
        and (matched.is_own_id or shares.n_features = 1) as is_resolved
    from matched
    left join shares
        on
            matched.study_id = shares.study_id
            and matched.candidate_gene_id = shares.candidate_gene_id
),

-- features of one study that lead to one gene stay apart, each under the name that it has
resolved as (
    select
        feature_number,
        study_id,
        load_id,
        feature_id,
        case when is_resolved then candidate_gene_id else feature_id end as gene_id,
        gene_id_as_given,
        symbol_as_given,
        line,
        organism,
        candidate_gene_id,
        case
            when candidate_gene_id is not null and not is_resolved then 'shared'
            else name_status
        end as identity_status,
        is_resolved
    from judged
)

select * from resolved
