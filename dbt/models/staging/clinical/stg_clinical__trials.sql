with source as (
    select * from {{ source('clinical', 'trials') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(trial_id as string) as trial_id,
        cast(nct_id as string) as nct_id,
        -- text
        cast(name as string) as trial_name,
        cast(design as string) as design,
        cast(population as string) as population,
        cast(line_of_therapy as string) as line_of_therapy,
        cast(source as string) as source_as_written,
        -- booleans
        cast(is_randomised as boolean) as is_randomised
    from source
)

select * from renamed
