with event_groups as (
    select * from {{ ref('stg_registry__event_groups') }}
),

arms as (
    select * from {{ ref('int_registry_arms_linked') }}
),

names as (
    select * from {{ ref('int_drug_names_folded') }}
),

-- The first rule that finds an arm decides; an arm is never chosen among several.
candidates as (
    select
        event_groups.load_id,
        event_groups.arm_id,
        arms.registry_arm_id,
        case
            when
                {{ title_key('event_groups.group_title') }} = {{ title_key('arms.arm_label') }}
                then 1
            when
                {{ title_key(replace_all('event_groups.group_title', ' *[(][^)]*[)] *$', '')) }}
                = {{ title_key('arms.arm_label') }}
                then 2
            when names.drug_id = arms.drug_ids then 3
        end as rule_order
    from event_groups
    inner join arms on event_groups.load_id = arms.load_id
    left join names on {{ folded('event_groups.group_title') }} = names.name_folded
),

firsts as (
    select
        load_id,
        arm_id,
        min(rule_order) as rule_order
    from candidates
    group by load_id, arm_id
),

counted as (
    select
        candidates.load_id,
        candidates.arm_id,
        candidates.rule_order,
        count(*) as n_arms,
        min(candidates.registry_arm_id) as registry_arm_id
    from candidates
    inner join firsts
        on
            candidates.load_id = firsts.load_id
            and candidates.arm_id = firsts.arm_id
            and candidates.rule_order = firsts.rule_order
    group by candidates.load_id, candidates.arm_id, candidates.rule_order
),

final as (
    select
        event_groups.arm_id,
        event_groups.load_id,
        arms.registry_arm_id,
        event_groups.group_title,
        arms.arm_label as protocol_arm,
        case
            when counted.n_arms is null then 'unknown'
            when counted.n_arms > 1 then 'several'
            else 'linked'
        end as arm_link,
        case
            when counted.n_arms > 1 then 'more than one arm fits the title'
            when counted.rule_order = 1 then 'same title'
            when counted.rule_order = 2 then 'same title but for its last brackets'
            when counted.rule_order = 3 then 'the title is the only drug of one arm'
            else 'no arm has this title'
        end as arm_link_rule,
        arms.drug_ids,
        arms.regimen_id,
        coalesce(arms.regimen_link, 'unknown') as regimen_link
    from event_groups
    left join counted
        on event_groups.load_id = counted.load_id and event_groups.arm_id = counted.arm_id
    left join arms on counted.registry_arm_id = arms.registry_arm_id and counted.n_arms = 1
)

select * from final
