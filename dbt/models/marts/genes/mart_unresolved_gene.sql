with features as (
    select * from {{ ref('dim_feature') }}
    where not is_resolved
),

given as (
    select * from {{ ref('int_de_results_resolved') }}
    where not is_resolved
),

unioned as (
    select
        study_id,
        cast(null as string) as contrast_id,
        gene_id,
        gene_id_as_given,
        symbol_as_given,
        identity_status,
        candidate_gene_id,
        line,
        load_id
    from features
    union all
    select
        study_id,
        contrast_id,
        gene_id,
        gene_id_as_given,
        symbol_as_given,
        identity_status,
        candidate_gene_id,
        line,
        load_id
    from given
),

final as (
    select
        {{ surrogate_key(['study_id', 'contrast_id', 'gene_id']) }} as unresolved_id,
        study_id,
        contrast_id,
        gene_id,
        gene_id_as_given,
        symbol_as_given,
        identity_status,
        candidate_gene_id,
        case
            when gene_id like 'ENS%' then 'ensembl'
            when try_cast(gene_id as bigint) is not null then 'entrez'
            else 'other'
        end as id_kind,
        line,
        load_id
    from unioned
)

select * from final
