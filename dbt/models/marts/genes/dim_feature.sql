with features as (
    select * from {{ ref('int_features_resolved') }}
),

final as (
    select
        feature_number,
        study_id,
        gene_id,
        feature_id,
        gene_id_as_given,
        symbol_as_given,
        identity_status,
        candidate_gene_id,
        is_resolved,
        line,
        load_id
    from features
)

select * from final
order by gene_id asc nulls last, feature_number asc nulls last
