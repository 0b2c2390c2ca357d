with source as (
    select * from {{ source('clinical', 'term_crosswalk') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        -- text
        cast(term_key as string) as term_key,
        cast(harmonised_term as string) as harmonised_term,
        cast(ctcae_term as string) as ctcae_term,
        cast(category as string) as category,
        cast(status as string) as term_status,
        cast(note as string) as note
    from source
)

select * from renamed
