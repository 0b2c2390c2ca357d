with source as (
    select * from {{ source('ops', 'load_files') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        -- text
        cast(role as string) as file_role,
        cast(path as string) as file_path,
        cast(sha256 as string) as file_sha256,
        -- numerics
        cast(bytes as bigint) as file_bytes
    from source
)

select * from renamed
