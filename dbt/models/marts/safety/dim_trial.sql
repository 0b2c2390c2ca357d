with trials as (
    select * from {{ ref('stg_clinical__trials') }}
),

arms as (
    select
        trial_id,
        count(*) as n_arms
    from {{ ref('stg_clinical__arms') }}
    group by trial_id
),

final as (
    select
        trials.trial_id,
        trials.load_id,
        trials.nct_id,
        trials.trial_name as name,
        trials.design,
        trials.population,
        trials.line_of_therapy,
        trials.source_as_written,
        coalesce(arms.n_arms, 0) as n_arms,
        trials.is_randomised
    from trials
    left join arms on trials.trial_id = arms.trial_id
)

select * from final
