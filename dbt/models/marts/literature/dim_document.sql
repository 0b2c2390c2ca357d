with documents as (
    select * from {{ ref('stg_literature__documents') }}
),

final as (
    select
        document_id,
        load_id,
        file_stem,
        title,
        author,
        published,
        document_kind,
        url
    from documents
)

select * from final
