with treatments as (
    select * from {{ ref('stg_assays__treatments') }}
    where treatment_role = 'treated'
),

names as (
    select * from {{ ref('int_drug_names_folded') }}
),

-- What assay.yaml names, or else the parts of the treatment's own name.
parts as (
    select
        assay_run_id,
        load_id,
        treatment,
        {{ unnest_list("coalesce(drug_ids, replace(treatment, '+', '|'))") }} as part
    from treatments
),

linked as (
    select
        parts.assay_run_id,
        parts.load_id,
        parts.treatment,
        {{ dbt.listagg('names.drug_id', "'|'", 'order by names.drug_id') }} as drug_ids,
        count(*) as n_parts,
        count(names.drug_id) as n_known
    from parts
    left join names on {{ folded('parts.part') }} = names.name_folded
    group by parts.assay_run_id, parts.load_id, parts.treatment
),

final as (
    select
        assay_run_id,
        load_id,
        treatment,
        case when n_known = n_parts then drug_ids end as drug_ids,
        case
            when n_known < n_parts then 'unknown'
            when n_parts > 1 then 'several'
            else 'linked'
        end as drug_status
    from linked
)

select * from final
