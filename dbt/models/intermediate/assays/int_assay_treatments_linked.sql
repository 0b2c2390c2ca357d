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

-- A treatment may hold one drug under two of its names.
substances as (
    select distinct
        parts.assay_run_id,
        parts.load_id,
        parts.treatment,
        names.drug_id,
        case when names.drug_id is null then {{ folded('parts.part') }} end as unknown_name
    from parts
    left join names on {{ folded('parts.part') }} = names.name_folded
),

linked as (
    select
        assay_run_id,
        load_id,
        treatment,
        {{ dbt.listagg('drug_id', "'|'", 'order by drug_id') }} as drug_ids,
        count(*) as n_parts,
        count(drug_id) as n_known
    from substances
    group by assay_run_id, load_id, treatment
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
