with drugs as (
    select * from {{ ref('stg_reference__drugs') }}
),

aliases as (
    select
        drug_id,
        {{ unnest_list('aliases') }} as drug_alias
    from drugs
    where aliases is not null
),

names as (
    select drug_id, {{ folded('drug_id') }} as name_folded from drugs
    union all
    select drug_id, {{ folded('drug_name') }} as name_folded from drugs
    union all
    select drug_id, {{ folded('drug_alias') }} as name_folded from aliases
),

unambiguous as (
    select
        name_folded,
        min(drug_id) as drug_id
    from names
    where name_folded <> ''
    group by name_folded
    having count(distinct drug_id) = 1
)

select * from unambiguous
