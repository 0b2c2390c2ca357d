with source as (
    select * from {{ source('assays', 'colony_counts') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(measurement_id as string) as measurement_id,
        cast(assay_run_id as string) as assay_run_id,
        -- text
        cast(donor as string) as donor,
        cast(treatment as string) as treatment,
        cast(role as string) as treatment_role,
        cast(concentration_as_given as string) as concentration_as_given,
        cast(replicate as string) as replicate,
        cast(cells as string) as cells,
        cast(colony_type as string) as colony_type,
        -- numerics
        cast(line as bigint) as line,
        cast(concentration_um as double) as concentration_um,
        cast(time_h as double) as time_h,
        cast(colonies as bigint) as colonies,
        cast(cells_plated as double) as cells_plated
    from source
)

select * from renamed
