with referenced as (
    select * from {{ ref('int_genes_merged') }}
),

features as (
    select * from {{ ref('int_features_resolved') }}
    where not is_resolved
),

given as (
    select * from {{ ref('int_de_results_resolved') }}
    where not is_resolved
),

measured as (
    select
        gene_id,
        symbol_as_given,
        organism
    from features
    union all
    select
        gene_id,
        symbol_as_given,
        organism
    from given
),

measured_only as (
    select
        measured.gene_id,
        case
            when count(distinct measured.symbol_as_given) = 1 then min(measured.symbol_as_given)
        end as symbol,
        case
            when count(distinct measured.organism) = 1 then min(measured.organism)
        end as organism
    from measured
    left join referenced on measured.gene_id = referenced.gene_id
    where referenced.gene_id is null
    group by measured.gene_id
),

unioned as (
    select
        gene_id,
        symbol,
        gene_name,
        entrez_id,
        biotype,
        chromosome,
        organism,
        symbol_source,
        is_document_gene,
        true as has_reference
    from referenced
    union all
    select
        gene_id,
        symbol,
        cast(null as string) as gene_name,
        cast(null as bigint) as entrez_id,
        cast(null as string) as biotype,
        cast(null as string) as chromosome,
        organism,
        case when symbol is not null then 'study' end as symbol_source,
        false as is_document_gene,
        false as has_reference
    from measured_only
)

select * from unioned
