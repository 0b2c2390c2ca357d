with source as (
    select * from {{ source('assays', 'assay_wells') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(measurement_id as string) as measurement_id,
        cast(assay_run_id as string) as assay_run_id,
        -- text
        cast(plate as string) as plate,
        cast(well as string) as well,
        cast(treatment as string) as treatment,
        cast(role as string) as treatment_role,
        cast(concentration_as_given as string) as concentration_as_given,
        cast(replicate as string) as replicate,
        cast(cells as string) as cells,
        -- numerics
        cast(line as bigint) as line,
        cast(concentration_um as double) as concentration_um,
        cast(time_h as double) as time_h,
        cast(signal as double) as signal
    from source
)

select * from renamed
