-- Every gene of a study is up, down, not significant or not tested in each contrast fitted here.
select
    contrasts.contrast_id,
    contrasts.n_up + contrasts.n_down + contrasts.n_not_significant + contrasts.n_not_tested
        as n_called,
    studies.n_genes
from {{ ref('dim_contrast') }} as contrasts
inner join {{ ref('dim_study') }} as studies on contrasts.study_id = studies.study_id
where
    contrasts.is_analysed
    and contrasts.origin = 'fitted'
    and contrasts.n_up + contrasts.n_down + contrasts.n_not_significant + contrasts.n_not_tested
    <> studies.n_genes
