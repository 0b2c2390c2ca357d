with source as (
    select * from {{ source('clinical', 'regimens') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(regimen_id as string) as regimen_id,
        -- text
        cast(label as string) as regimen_label,
        cast(name as string) as name_as_written,
        cast(description as string) as description
    from source
)

select * from renamed
