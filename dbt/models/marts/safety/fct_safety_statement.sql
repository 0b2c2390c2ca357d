with statements as (
    select * from {{ ref('stg_clinical__safety_statements') }}
),

terms as (
    select * from {{ ref('stg_clinical__term_crosswalk') }}
),

final as (
    select
        statements.statement_id,
        statements.load_id,
        statements.document_id,
        statements.regimen_id,
        statements.drug_ids,
        statements.term,
        lower(coalesce(terms.harmonised_term, trim(statements.term))) as term_key,
        statements.direction,
        statements.compared_with,
        statements.mechanism,
        statements.verbatim,
        statements.source_location,
        statements.reference_ids,
        statements.note,
        statements.source_row
    from statements
    left join terms on lower(trim(statements.term)) = terms.term_key
)

select * from final
