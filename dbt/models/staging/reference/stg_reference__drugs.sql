with source as (
    select * from {{ source('reference', 'drugs') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(drug_id as string) as drug_id,
        -- text
        cast(name as string) as drug_name,
        cast(drug_class as string) as drug_class,
        cast(aliases as string) as aliases,
        -- booleans
        cast(is_imid as boolean) as is_imid
    from source
)

select * from renamed
