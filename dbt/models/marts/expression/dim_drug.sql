with drugs as (
    select * from {{ ref('stg_reference__drugs') }}
),

final as (
    select
        drug_id,
        drug_name as name,
        drug_class,
        aliases,
        is_imid,
        drug_class in ('vehicle', 'placebo') as is_vehicle
    from drugs
)

select * from final
