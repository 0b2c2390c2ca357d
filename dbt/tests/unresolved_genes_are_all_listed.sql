-- Every gene of a count file that leads to no single gene is listed, study by study.
with listed as (
    select
        study_id,
        count(*) as n_listed
    from {{ ref('mart_unresolved_gene') }}
    where contrast_id is null
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
