with features as (
    select * from {{ ref('stg_expression__features') }}
),

genes as (
    select * from {{ ref('dim_gene') }}
),

final as (
    select
        {{ surrogate_key(['features.study_id', 'features.gene_id']) }} as unresolved_id,
        features.study_id,
        features.gene_id,
        features.gene_id_as_given,
        features.symbol_as_given,
        case
            when features.gene_id like 'ENS%' then 'ensembl'
            when try_cast(features.gene_id as bigint) is not null then 'entrez'
            else 'other'
        end as id_kind,
        features.line,
        features.load_id
    from features
    inner join genes on features.gene_id = genes.gene_id
    where not genes.has_reference
)

select * from final
