with source as (
    select * from {{ source('reference', 'gene_sets') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(gene_set_id as string) as gene_set_id,
        -- text
        cast(name as string) as gene_set_name,
        cast(member_symbols as string) as member_symbols,
        cast(documents as string) as documents,
        cast(note as string) as note
    from source
)

select * from renamed
