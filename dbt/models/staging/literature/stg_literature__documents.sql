with source as (
    select * from {{ source('literature', 'documents') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(document_id as string) as document_id,
        -- text
        cast(file_stem as string) as file_stem,
        cast(title as string) as title,
        cast(author as string) as author,
        cast(published as string) as published,
        cast(document_kind as string) as document_kind,
        cast(url as string) as url
    from source
)

select * from renamed
