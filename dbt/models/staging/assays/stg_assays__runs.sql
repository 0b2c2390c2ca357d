with source as (
    select * from {{ source('assays', 'assay_runs') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(assay_run_id as string) as assay_run_id,
        -- text
        cast(kind as string) as assay_kind,
        cast(title as string) as title,
        cast(simulation_note as string) as simulation_note,
        cast(vehicle as string) as vehicle,
        cast(blank as string) as blank,
        cast(layout as string) as table_layout,
        cast(read_out as string) as read_out,
        cast(source as string) as source_as_written,
        cast(url as string) as url,
        cast(note as string) as note,
        -- booleans
        cast(is_simulated as boolean) as is_simulated
    from source
)

select * from renamed
