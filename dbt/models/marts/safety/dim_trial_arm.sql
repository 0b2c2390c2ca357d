with arms as (
    select * from {{ ref('stg_clinical__arms') }}
),

trials as (
    select * from {{ ref('stg_clinical__trials') }}
),

regimens as (
    select * from {{ ref('stg_clinical__regimens') }}
),

final as (
    select
        arms.arm_id,
        arms.trial_id,
        arms.regimen_id,
        arms.load_id,
        arms.arm_label as label,
        trials.trial_name,
        regimens.regimen_label,
        arms.n_basis,
        arms.n_at_risk,
        arms.n_randomised,
        trials.is_randomised
    from arms
    left join trials on arms.trial_id = trials.trial_id
    left join regimens on arms.regimen_id = regimens.regimen_id
)

select * from final
