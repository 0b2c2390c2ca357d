with arms as (
    select * from {{ ref('stg_clinical__arms') }}
),

trials as (
    select * from {{ ref('stg_clinical__trials') }}
),

regimens as (
    select * from {{ ref('stg_clinical__regimens') }}
),

event_groups as (
    select * from {{ ref('stg_registry__event_groups') }}
),

records as (
    select * from {{ ref('stg_registry__trials') }}
),

links as (
    select * from {{ ref('int_event_groups_linked') }}
),

unioned as (
    select
        arms.arm_id,
        arms.trial_id,
        arms.regimen_id,
        arms.load_id,
        'document' as origin,
        arms.arm_label as label,
        trials.trial_name,
        regimens.regimen_label,
        arms.n_basis,
        cast(null as string) as description,
        arms.n_at_risk,
        arms.n_randomised,
        cast(null as bigint) as n_deaths,
        cast(null as bigint) as n_serious,
        cast(null as bigint) as n_other,
        trials.is_randomised,
        cast(null as string) as registry_arm_id,
        cast(null as string) as protocol_arm,
        cast(null as string) as drug_ids,
        'curated' as arm_link,
        'an arm of the curated trial' as arm_link_rule,
        'curated' as regimen_link
    from arms
    left join trials on arms.trial_id = trials.trial_id
    left join regimens on arms.regimen_id = regimens.regimen_id
    union all
    select
        event_groups.arm_id,
        event_groups.nct_id as trial_id,
        links.regimen_id,
        event_groups.load_id,
        'registry' as origin,
        event_groups.group_title || ' (' || coalesce(records.acronym, event_groups.nct_id) || ')'
            as label,
        coalesce(records.acronym, records.nct_id) as trial_name,
        coalesce(regimens.regimen_label, event_groups.group_title) as regimen_label,
        'participants at risk of serious adverse events, as posted' as n_basis,
        event_groups.description,
        nullif(coalesce(event_groups.serious_at_risk, event_groups.other_at_risk), 0)
            as n_at_risk,
        cast(null as bigint) as n_randomised,
        event_groups.deaths_affected as n_deaths,
        event_groups.serious_affected as n_serious,
        event_groups.other_affected as n_other,
        lower(records.allocation) like 'random%' as is_randomised,
        links.registry_arm_id,
        links.protocol_arm,
        links.drug_ids,
        links.arm_link,
        links.arm_link_rule,
        links.regimen_link
    from event_groups
    inner join records on event_groups.load_id = records.load_id
    inner join links
        on event_groups.load_id = links.load_id and event_groups.arm_id = links.arm_id
    left join regimens on links.regimen_id = regimens.regimen_id
)

select * from unioned
