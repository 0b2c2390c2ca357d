with source as (
    select * from {{ source('reference', 'genes') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(gene_id as string) as gene_id,
        cast(entrez_id as bigint) as entrez_id,
        -- text
        cast(symbol as string) as symbol,
        cast(name as string) as gene_name,
        cast(biotype as string) as biotype,
        cast(chromosome as string) as chromosome,
        {{ organism_name('organism') }} as organism
    from source
)

select * from renamed
