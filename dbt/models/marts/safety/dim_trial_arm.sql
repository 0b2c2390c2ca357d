with arms as (
    select * from {{ ref('int_trial_arms_unioned') }}
),

final as (
    select
        arm_id,
        trial_id,
        regimen_id,
        load_id,
        label,
        trial_name,
        regimen_label,
        n_basis,
        n_at_risk,
        n_randomised,
        is_randomised,
        origin,
        description,
        n_deaths,
        n_serious,
        n_other,
        registry_arm_id,
        protocol_arm,
        drug_ids,
        arm_link,
        arm_link_rule,
        regimen_link
    from arms
)

select * from final
