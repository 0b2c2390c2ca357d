-- Every gene that no reference knows is listed, study by study.
with listed as (
    select
        study_id,
        count(*) as n_listed
    from {{ ref('mart_unresolved_gene') }}
    group by study_id
),

final as (
    select
        studies.study_id,
        studies.n_genes_without_reference,
        coalesce(listed.n_listed, 0) as n_listed
    from {{ ref('dim_study') }} as studies
    left join listed on studies.study_id = listed.study_id
    where coalesce(listed.n_listed, 0) <> studies.n_genes_without_reference
)

select * from final
