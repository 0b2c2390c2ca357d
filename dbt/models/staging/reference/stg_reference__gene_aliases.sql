with source as (
    select * from {{ source('reference', 'gene_aliases') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(gene_id as string) as gene_id,
        -- text
        cast(alias as string) as alias,
        cast(alias_kind as string) as alias_kind
    from source
)

select * from renamed
