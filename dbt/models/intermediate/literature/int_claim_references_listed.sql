with claims as (
    select * from {{ ref('stg_literature__claims') }}
),

list as (
    select * from {{ ref('stg_literature__references') }}
),

cited as (
    select
        claim_id,
        {{ unnest_list('reference_ids') }} as reference_id
    from claims
    where reference_ids is not null
),

listed as (
    select
        cited.claim_id,
        count(*) as n_references,
        {{ dbt.listagg(
            "cited.reference_id || ': ' || coalesce(list.citation_as_written, 'not in the list')",
            "' | '",
            'order by list.position'
        ) }} as references_text
    from cited
    left join list on cited.reference_id = list.reference_id
    group by cited.claim_id
)

select * from listed
