with arms as (
    select * from {{ ref('stg_registry__arms') }}
),

names as (
    select * from {{ ref('int_drug_names_folded') }}
),

components as (
    select * from {{ ref('stg_clinical__regimen_components') }}
),

given as (
    select
        load_id,
        arm_position,
        {{ unnest_list('interventions') }} as intervention
    from arms
    where interventions is not null
),

-- The registry writes "Drug: Lenalidomide 10 mg" where the drug is lenalidomide.
plain as (
    select distinct
        load_id,
        arm_position,
        {{ folded(replace_all(
            replace_all('intervention', '^[A-Za-z /]+: ', ''), ' [0-9][0-9.,]* ?(mg|g|mcg|ug|ml|mL|IU).*$', ''
        )) }} as name_folded
    from given
),

known as (
    select distinct
        plain.load_id,
        plain.arm_position,
        plain.name_folded,
        names.drug_id
    from plain
    left join names on plain.name_folded = names.name_folded
),

-- An arm may post one drug under two of its names.
substances as (
    select distinct
        load_id,
        arm_position,
        drug_id,
        case when drug_id is null then name_folded end as unknown_name
    from known
),

drugs as (
    select
        load_id,
        arm_position,
        {{ dbt.listagg('drug_id', "'|'", 'order by drug_id') }} as drug_ids,
        count(*) as n_given,
        count(drug_id) as n_known
    from substances
    group by load_id, arm_position
),

regimens as (
    select
        regimen_id,
        {{ dbt.listagg('drug_id', "'|'", 'order by drug_id') }} as drug_ids
    from components
    group by regimen_id
),

matched as (
    select
        drugs.load_id,
        drugs.arm_position,
        count(*) as n_regimens,
        min(regimens.regimen_id) as regimen_id,
        {{ dbt.listagg('regimens.regimen_id', "'|'", 'order by regimens.regimen_id') }}
            as regimen_candidates
    from drugs
    inner join regimens on drugs.drug_ids = regimens.drug_ids
    where drugs.n_given = drugs.n_known
    group by drugs.load_id, drugs.arm_position
),

final as (
    select
        {{ surrogate_key(['arms.nct_id', 'arms.arm_position']) }} as registry_arm_id,
        arms.load_id,
        arms.nct_id,
        arms.arm_label,
        arms.arm_type,
        arms.interventions,
        case when drugs.n_given = drugs.n_known then drugs.drug_ids end as drug_ids,
        case
            when drugs.n_given is null or drugs.n_known < drugs.n_given then 'unknown'
            when drugs.n_given > 1 then 'several'
            else 'linked'
        end as drug_link,
        case when matched.n_regimens = 1 then matched.regimen_id end as regimen_id,
        matched.regimen_candidates,
        case
            when matched.n_regimens is null then 'unknown'
            when matched.n_regimens > 1 then 'several'
            else 'linked'
        end as regimen_link,
        arms.arm_position
    from arms
    left join drugs on arms.load_id = drugs.load_id and arms.arm_position = drugs.arm_position
    left join matched
        on arms.load_id = matched.load_id and arms.arm_position = matched.arm_position
)

select * from final
