with source as (
    select * from {{ source('expression', 'studies') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        -- text
        cast(title as string) as title,
        {{ organism_name('organism') }} as organism,
        cast(source as string) as source,
        cast(url as string) as url,
        cast(simulation_note as string) as simulation_note,
        cast(cell_context as string) as cell_context,
        cast(design as string) as design,
        cast(counts_sha256 as string) as counts_sha256,
        cast(landed_file as string) as landed_file,
        cast(definition as string) as definition,
        coalesce(cast(quantity as string), 'counts') as quantity,
        cast(recognised_as as string) as recognised_as,
        cast(not_analysed_reason as string) as not_analysed_reason,
        -- booleans
        cast(is_simulated as boolean) as is_simulated
    from source
)

select * from renamed
