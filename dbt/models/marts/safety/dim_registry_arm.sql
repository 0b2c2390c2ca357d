with arms as (
    select * from {{ ref('int_registry_arms_linked') }}
),

final as (
    select
        registry_arm_id,
        load_id,
        nct_id as trial_id,
        arm_label,
        arm_type,
        interventions,
        drug_ids,
        drug_link,
        regimen_id,
        regimen_candidates,
        regimen_link,
        arm_position
    from arms
)

select * from final
