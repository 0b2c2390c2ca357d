with source as (
    select * from {{ source('clinical', 'printed_comparisons') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(printed_comparison_id as string) as printed_comparison_id,
        cast(document_id as string) as document_id,
        cast(adverse_event_id as string) as adverse_event_id,
        cast(comparator_adverse_event_id as string) as comparator_adverse_event_id,
        -- text
        cast(source_location as string) as source_location,
        cast(verbatim as string) as verbatim,
        cast(term as string) as term,
        cast(p_state as string) as p_state,
        cast(p_operator as string) as p_operator,
        cast(note as string) as note,
        -- numerics
        cast(line as bigint) as line,
        cast(source_row as int) as source_row,
        cast(p_value as double) as p_value
    from source
)

select * from renamed
