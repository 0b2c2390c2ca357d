with source as (
    select * from {{ source('clinical', 'assays') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(assay_id as string) as assay_id,
        cast(document_id as string) as document_id,
        -- text
        cast(name as string) as assay_name,
        cast(objective as string) as objective,
        cast(cells as string) as cells,
        cast(treatment_times as string) as treatment_times,
        cast(read_out as string) as read_out,
        cast(analysis as string) as analysis,
        cast(note as string) as note
    from source
)

select * from renamed
