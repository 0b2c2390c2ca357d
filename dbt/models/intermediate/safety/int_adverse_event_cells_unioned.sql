with document_cells as (
    select * from {{ ref('stg_clinical__adverse_events') }}
),

events as (
    select * from {{ ref('stg_registry__adverse_events') }}
),

event_groups as (
    select * from {{ ref('stg_registry__event_groups') }}
),

trials as (
    select
        *,
        case
            when lower(allocation) like 'random%' then 'randomised_trial'
            when lower(intervention_model) like 'single%' then 'single_arm_trial'
            else 'unstated'
        end as evidence_scope,
        'record of ' || coalesce(record_version, 'unknown date') as data_cut
    from {{ ref('stg_registry__trials') }}
),

posted as (
    select
        events.load_id,
        events.adverse_event_id,
        events.nct_id,
        events.arm_id,
        events.event_type,
        events.event_position,
        events.term,
        events.organ_system,
        events.vocabulary,
        case
            when events.assessment_type is null then 'unstated'
            when lower(events.assessment_type) like 'non%' then 'non_systematic_assessment'
            else 'systematic_assessment'
        end as ascertainment,
        events.n_affected,
        events.n_at_risk,
        events.n_events,
        events.notes,
        event_groups.group_title,
        trials.evidence_scope,
        trials.data_cut,
        case
            when events.n_affected is null then 'not_reported'
            when events.n_affected = 0 then 'zero'
            else 'n_of_n'
        end as cell_state
    from events
    inner join event_groups
        on events.load_id = event_groups.load_id and events.group_id = event_groups.group_id
    inner join trials on events.load_id = trials.load_id
),

-- An event that is listed as serious but not among the others: of the others at most the
-- threshold's share of participants can have had it.
unlisted as (
    select
        serious.load_id,
        serious.nct_id,
        serious.term,
        min(serious.organ_system) as organ_system,
        min(serious.event_position) as event_position
    from events as serious
    left join events as other
        on
            serious.load_id = other.load_id
            and lower(serious.term) = lower(other.term)
            and other.event_type = 'other'
    where serious.event_type = 'serious' and other.adverse_event_id is null
    group by serious.load_id, serious.nct_id, serious.term
),

censored as (
    select
        unlisted.load_id,
        unlisted.nct_id || '-other-unlisted-'
        || right('000' || cast(unlisted.event_position as string), 4)
        || '-' || event_groups.group_id as adverse_event_id,
        unlisted.nct_id,
        event_groups.arm_id,
        unlisted.term,
        unlisted.organ_system,
        event_groups.group_title,
        event_groups.other_at_risk,
        trials.frequency_threshold_pct,
        trials.evidence_scope,
        trials.data_cut
    from unlisted
    inner join event_groups on unlisted.load_id = event_groups.load_id
    inner join trials on unlisted.load_id = trials.load_id
    where trials.frequency_threshold_pct > 0 and event_groups.other_affected is not null
),

unioned as (
    select
        'document' as origin,
        cast(null as string) as event_type,
        load_id,
        adverse_event_id,
        document_id,
        arm_id,
        source_id,
        source_table,
        source_column,
        term,
        verbatim_cell,
        cell_state,
        operator,
        value_role,
        n_basis,
        grade_as_written,
        ascertainment,
        ctcae_version,
        data_cut,
        evidence_scope,
        verification,
        published_value,
        note,
        cast(null as string) as organ_system,
        cast(null as string) as vocabulary,
        line,
        source_row,
        value_pct,
        pct_decimals,
        n_affected,
        n_at_risk,
        cast(null as bigint) as n_events,
        grade_lo,
        grade_hi,
        published_grade_lo,
        published_grade_hi
    from document_cells
    union all
    select
        'registry' as origin,
        event_type,
        load_id,
        adverse_event_id,
        nct_id as document_id,
        arm_id,
        nct_id as source_id,
        case event_type when 'serious' then 'Serious adverse events' else 'Other adverse events' end
            as source_table,
        group_title as source_column,
        term,
        coalesce(cast(n_affected as string), '?') || '/' || coalesce(cast(n_at_risk as string), '?')
            as verbatim_cell,
        cell_state,
        case when n_affected is not null then '=' end as operator,
        case when n_affected is not null then 'estimate' end as value_role,
        'participants at risk, as posted' as n_basis,
        cast(null as string) as grade_as_written,
        ascertainment,
        cast(null as string) as ctcae_version,
        data_cut,
        evidence_scope,
        cast(null as string) as verification,
        cast(null as string) as published_value,
        notes as note,
        organ_system,
        vocabulary,
        cast(null as bigint) as line,
        event_position as source_row,
        cast(null as double) as value_pct,
        cast(null as int) as pct_decimals,
        n_affected,
        n_at_risk,
        n_events,
        cast(null as int) as grade_lo,
        cast(null as int) as grade_hi,
        cast(null as int) as published_grade_lo,
        cast(null as int) as published_grade_hi
    from posted
    union all
    select
        'registry' as origin,
        'other' as event_type,
        load_id,
        adverse_event_id,
        nct_id as document_id,
        arm_id,
        nct_id as source_id,
        'Other adverse events' as source_table,
        group_title as source_column,
        term,
        'not listed' as verbatim_cell,
        'below_threshold' as cell_state,
        '<=' as operator,
        'listing_threshold' as value_role,
        'participants at risk, as posted' as n_basis,
        cast(null as string) as grade_as_written,
        'unstated' as ascertainment,
        cast(null as string) as ctcae_version,
        data_cut,
        evidence_scope,
        cast(null as string) as verification,
        cast(null as string) as published_value,
        'listed as serious but not among the other events, so at or below their threshold' as note,
        organ_system,
        cast(null as string) as vocabulary,
        cast(null as bigint) as line,
        cast(null as int) as source_row,
        frequency_threshold_pct as value_pct,
        cast(null as int) as pct_decimals,
        cast(null as bigint) as n_affected,
        other_at_risk as n_at_risk,
        cast(null as bigint) as n_events,
        cast(null as int) as grade_lo,
        cast(null as int) as grade_hi,
        cast(null as int) as published_grade_lo,
        cast(null as int) as published_grade_hi
    from censored
)

select * from unioned
