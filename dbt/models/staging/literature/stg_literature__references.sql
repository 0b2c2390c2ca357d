with source as (
    select * from {{ source('literature', 'references') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(reference_id as string) as reference_id,
        cast(document_id as string) as document_id,
        -- text
        cast(citation_as_written as string) as citation_as_written,
        cast(domain as string) as domain,
        cast(resolution as string) as resolution,
        cast(title as string) as title,
        cast(journal as string) as journal,
        cast(doi as string) as doi,
        cast(note as string) as note,
        -- numerics
        cast(year as int) as year,
        cast(pmid as bigint) as pmid,
        cast(position as int) as position
    from source
)

select * from renamed
