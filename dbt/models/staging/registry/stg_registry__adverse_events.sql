with source as (
    select * from {{ source('registry', 'registry_adverse_events') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(nct_id as string) as nct_id,
        cast(adverse_event_id as string) as adverse_event_id,
        cast(arm_id as string) as arm_id,
        cast(group_id as string) as group_id,
        -- text
        cast(event_type as string) as event_type,
        cast(term as string) as term,
        cast(organ_system as string) as organ_system,
        cast(vocabulary as string) as vocabulary,
        cast(assessment_type as string) as assessment_type,
        cast(notes as string) as notes,
        -- numerics
        cast(event_position as int) as event_position,
        cast(n_affected as bigint) as n_affected,
        cast(n_at_risk as bigint) as n_at_risk,
        cast(n_events as bigint) as n_events
    from source
)

select * from renamed
