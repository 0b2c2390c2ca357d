with comparisons as (
    select * from {{ ref('stg_analytics__adverse_event_comparisons') }}
),

cells as (
    select * from {{ ref('int_adverse_events_rated') }}
),

arms as (
    select * from {{ ref('int_trial_arms_unioned') }}
),

records as (
    select * from {{ ref('stg_registry__trials') }}
),

protocol_arms as (
    select
        load_id,
        count(*) as n_arms
    from {{ ref('stg_registry__arms') }}
    group by load_id
),

posted as (
    select
        trial_id,
        count(*) as n_groups,
        cast(sum(n_at_risk) as bigint) as n_people
    from arms
    where origin = 'registry'
    group by trial_id
),

registered as (
    select
        records.nct_id as trial_id,
        posted.n_groups > coalesce(protocol_arms.n_arms, 0) as has_more_groups,
        coalesce(posted.n_people > records.enrollment, false) as has_more_people
    from records
    inner join posted on records.nct_id = posted.trial_id
    left join protocol_arms on records.load_id = protocol_arms.load_id
),

-- A comparison of a cell that has since been loaded anew is left out until it is computed again.
present as (
    select
        comparisons.comparison_id,
        comparisons.trial_id,
        arms.origin,
        arms.is_randomised,
        arms.registry_arm_id,
        comparators.registry_arm_id as comparator_registry_arm_id
    from comparisons
    inner join cells
        on
            comparisons.adverse_event_id = cells.adverse_event_id
            and comparisons.load_id = cells.load_id
    inner join cells as others
        on
            comparisons.comparator_adverse_event_id = others.adverse_event_id
            and comparisons.comparator_load_id = others.load_id
            and cells.term_key = others.term_key
    inner join arms
        on
            comparisons.arm_id = arms.arm_id
            and comparisons.trial_id = arms.trial_id
    inner join arms as comparators
        on
            comparisons.comparator_arm_id = comparators.arm_id
            and comparisons.trial_id = comparators.trial_id
),

judged as (
    select
        present.comparison_id,
        present.is_randomised,
        case
            when present.origin = 'document' then null
            when present.registry_arm_id = present.comparator_registry_arm_id
                then 'same_protocol_arm'
            when
                present.registry_arm_id is not null
                and present.comparator_registry_arm_id is not null
                then null
            when registered.has_more_groups then 'more_groups_than_arms'
            when registered.has_more_people then 'more_people_than_enrolled'
        end as not_compared_reason
    from present
    left join registered on present.trial_id = registered.trial_id
),

final as (
    select
        comparison_id,
        not_compared_reason,
        case when not_compared_reason is null then is_randomised else false end as is_randomised
    from judged
)

select * from final
