with source as (
    select * from {{ source('expression', 'samples') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        cast(sample_id as string) as sample_id,
        -- text
        cast(drug as string) as drug,
        cast(cell_line as string) as cell_line,
        cast(replicate as string) as replicate,
        cast(batch as string) as batch,
        -- numerics
        cast(sample_position as int) as sample_position,
        cast(concentration_um as double) as concentration_um,
        cast(time_h as double) as time_h,
        cast(rin as double) as rin,
        cast(a260_280 as double) as a260_280,
        cast(reads as bigint) as reads
    from source
)

select * from renamed
