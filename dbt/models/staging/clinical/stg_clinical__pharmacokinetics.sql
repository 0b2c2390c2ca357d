with source as (
    select * from {{ source('clinical', 'pharmacokinetics') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(pk_id as string) as pk_id,
        cast(document_id as string) as document_id,
        cast(drug_id as string) as drug_id,
        -- text
        cast(source_location as string) as source_location,
        cast(verbatim as string) as verbatim,
        cast(parameter as string) as parameter,
        cast(unit as string) as unit,
        cast(qualitative as string) as qualitative,
        cast(population as string) as population,
        cast(study_as_cited as string) as study_as_cited,
        cast(note as string) as note,
        -- numerics
        cast(line as bigint) as line,
        cast(source_row as int) as source_row,
        cast(value_lo as double) as value_lo,
        cast(value_hi as double) as value_hi,
        cast(n_patients as bigint) as n_patients
    from source
)

select * from renamed
