with source as (
    select * from {{ source('literature', 'claims') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(claim_id as string) as claim_id,
        cast(document_id as string) as document_id,
        cast(drug_id as string) as drug_id,
        cast(comparator_drug_id as string) as comparator_drug_id,
        cast(gene_set_id as string) as gene_set_id,
        -- text
        cast(source_location as string) as source_location,
        cast(source_column as string) as source_column,
        cast(row_label as string) as row_label,
        cast(claim_kind as string) as claim_kind,
        cast(target_as_written as string) as target_as_written,
        cast(target_type as string) as target_type,
        cast(gene_symbol as string) as gene_symbol,
        cast(effect as string) as effect,
        cast(comparison as string) as comparison,
        cast(molecular_level as string) as molecular_level,
        cast(level_basis as string) as level_basis,
        cast(magnitude_words as string) as magnitude_words,
        cast(cell_context as string) as cell_context,
        cast(species as string) as species,
        cast(verbatim as string) as verbatim,
        cast(reference_ids as string) as reference_ids,
        cast(reference_status as string) as reference_status,
        cast(route as string) as route,
        cast(note as string) as note,
        -- numerics
        cast(line as bigint) as line,
        cast(source_row as int) as source_row
    from source
)

select * from renamed
