with claims as (
    select * from {{ ref('stg_literature__claims') }}
),

resolved as (
    select * from {{ ref('int_claims_resolved') }}
),

cited as (
    select * from {{ ref('int_claim_references_listed') }}
),

documents as (
    select * from {{ ref('stg_literature__documents') }}
),

drugs as (
    select * from {{ ref('stg_reference__drugs') }}
),

final as (
    select
        claims.claim_id,
        claims.load_id,
        claims.document_id,
        claims.drug_id,
        claims.comparator_drug_id,
        resolved.gene_id,
        claims.gene_set_id,
        documents.title as document_title,
        claims.source_location,
        claims.source_column,
        claims.row_label,
        claims.verbatim,
        claims.claim_kind,
        resolved.drug_name,
        comparators.drug_name as comparator_drug_name,
        claims.target_type,
        claims.target_as_written,
        resolved.target_name,
        claims.gene_symbol,
        resolved.resolution_status,
        claims.effect,
        claims.comparison,
        claims.magnitude_words,
        claims.molecular_level,
        claims.level_basis,
        claims.cell_context,
        claims.species,
        claims.reference_ids,
        claims.reference_status,
        coalesce(cited.references_text, 'no reference given') as references_text,
        claims.route,
        claims.note,
        claims.source_row,
        claims.line,
        coalesce(cited.n_references, 0) as n_references,
        coalesce(drugs.drug_class = 'drug class', false) as is_class_statement
    from claims
    left join resolved on claims.claim_id = resolved.claim_id
    left join documents on claims.document_id = documents.document_id
    left join drugs on claims.drug_id = drugs.drug_id
    left join drugs as comparators on claims.comparator_drug_id = comparators.drug_id
    left join cited on claims.claim_id = cited.claim_id
)

select * from final
