with statements as (
    select * from {{ ref('stg_clinical__pharmacokinetics') }}
),

final as (
    select
        pk_id,
        load_id,
        document_id,
        drug_id,
        parameter,
        unit,
        qualitative,
        population,
        study_as_cited,
        verbatim,
        source_location,
        note,
        line,
        source_row,
        n_patients,
        value_lo,
        value_hi
    from statements
)

select * from final
