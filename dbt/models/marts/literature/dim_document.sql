with documents as (
    select * from {{ ref('stg_literature__documents') }}
),

records as (
    select * from {{ ref('stg_registry__trials') }}
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
    union all
    select
        nct_id as document_id,
        load_id,
        nct_id as file_stem,
        brief_title as title,
        cast(null as string) as author,
        record_version as published,
        'registry' as document_kind,
        'https://clinicaltrials.gov/study/' || nct_id as url
    from records
)

select * from final
