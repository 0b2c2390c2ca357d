with components as (
    select * from {{ ref('stg_clinical__regimen_components') }}
),

final as (
    select
        {{ surrogate_key(['regimen_id', 'drug_id']) }} as regimen_drug_id,
        regimen_id,
        drug_id,
        component_role
    from components
)

select * from final
