with source as (
    select * from {{ source('clinical', 'safety_statements') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(statement_id as string) as statement_id,
        cast(document_id as string) as document_id,
        cast(regimen_id as string) as regimen_id,
        -- text
        cast(source_location as string) as source_location,
        cast(verbatim as string) as verbatim,
        cast(drug_ids as string) as drug_ids,
        cast(term as string) as term,
        cast(direction as string) as direction,
        cast(compared_with as string) as compared_with,
        cast(mechanism as string) as mechanism,
        cast(reference_ids as string) as reference_ids,
        cast(note as string) as note,
        -- numerics
        cast(source_row as int) as source_row
    from source
)

select * from renamed
