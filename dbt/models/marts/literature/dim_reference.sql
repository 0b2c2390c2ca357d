with list as (
    select * from {{ ref('stg_literature__references') }}
),

documents as (
    select * from {{ ref('stg_literature__documents') }}
),

final as (
    select
        list.reference_id,
        list.document_id,
        documents.title as document_title,
        list.citation_as_written,
        list.title,
        list.journal,
        list.doi,
        list.domain,
        list.resolution,
        list.note,
        list.year,
        list.pmid,
        list.position
    from list
    left join documents on list.document_id = documents.document_id
)

select * from final
