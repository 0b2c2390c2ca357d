with event_groups as (
    select * from {{ ref('stg_registry__event_groups') }}
),

arms as (
    select * from {{ ref('int_registry_arms_linked') }}
),

names as (
    select * from {{ ref('int_drug_names_folded') }}
),

given as (
    select
        load_id,
        registry_arm_id,
        arm_label,
        {{ unnest_list('interventions') }} as intervention
    from arms
    where interventions is not null
),

plain as (
    select
        load_id,
        registry_arm_id,
        arm_label,
        {{ folded(replace_all('intervention', '^[A-Za-z /]+: ', '')) }} as intervention
    from given
),

-- "Certolizumab pegol (CZP) 400 mg" says what CZP is in the title of the group it describes.
abbreviated as (
    select
        event_groups.load_id,
        event_groups.arm_id,
        plain.registry_arm_id,
        plain.arm_label,
        plain.intervention,
        {{ folded(replace_all('event_groups.group_title', ' *[(][^)]*[)] *$', '')) }} as title,
        split_part(
            split_part(upper(event_groups.description), plain.intervention || ' (', 2), ')', 1
        ) as abbreviation
    from event_groups
    inner join plain on event_groups.load_id = plain.load_id
),

spelled_out as (
    select distinct
        load_id,
        arm_id,
        registry_arm_id
    from abbreviated
    where
        abbreviation <> ''
        and {{ title_key('replace(title, abbreviation, intervention)') }}
        = {{ title_key('arm_label') }}
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
            when spelled_out.registry_arm_id is not null then 4
        end as rule_order
    from event_groups
    inner join arms on event_groups.load_id = arms.load_id
    left join spelled_out
        on
            event_groups.load_id = spelled_out.load_id
            and event_groups.arm_id = spelled_out.arm_id
            and arms.registry_arm_id = spelled_out.registry_arm_id
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
            when counted.rule_order = 4
                then 'same title but for an abbreviation that its description explains'
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
