with source as (
    select * from {{ source('ops', 'rejected_rows') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        -- text
        cast(path as string) as file_path,
        cast(reason as string) as reason,
        cast(content as string) as content,
        -- numerics
        cast(line as bigint) as line
    from source
)

select * from renamed
