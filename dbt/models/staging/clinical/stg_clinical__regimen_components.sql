with source as (
    select * from {{ source('clinical', 'regimen_components') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(regimen_id as string) as regimen_id,
        cast(drug_id as string) as drug_id,
        -- text
        cast(component_role as string) as component_role
    from source
)

select * from renamed
