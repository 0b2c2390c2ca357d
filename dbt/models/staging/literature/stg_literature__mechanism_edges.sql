with source as (
    select * from {{ source('literature', 'mechanism_edges') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(edge_id as string) as edge_id,
        -- text
        cast(source_symbol as string) as source_symbol,
        cast(target_symbol as string) as target_symbol,
        cast(relation as string) as relation,
        cast(claim_ids as string) as claim_ids,
        cast(note as string) as note,
        -- numerics
        cast(line as bigint) as line
    from source
)

select * from renamed
