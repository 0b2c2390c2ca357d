with trials as (
    select * from {{ ref('stg_clinical__trials') }}
),

records as (
    select * from {{ ref('stg_registry__trials') }}
),

arms as (
    select
        trial_id,
        count(*) as n_arms
    from {{ ref('int_trial_arms_unioned') }}
    group by trial_id
),

protocol_arms as (
    select
        load_id,
        count(*) as n_protocol_arms,
        {{ dbt.listagg('arm_label', "' | '", 'order by arm_position') }} as protocol_arms
    from {{ ref('stg_registry__arms') }}
    group by load_id
),

unioned as (
    select
        trial_id,
        load_id,
        nct_id,
        trial_name as name,
        design,
        population,
        line_of_therapy,
        source_as_written,
        is_randomised,
        'document' as origin,
        cast(null as string) as phase,
        cast(null as string) as recruitment_status,
        cast(null as string) as intervention_model,
        cast(null as bigint) as enrollment,
        cast(null as string) as event_time_frame,
        cast(null as double) as frequency_threshold_pct,
        cast(null as string) as protocol_arms,
        cast(null as bigint) as n_protocol_arms
    from trials
    union all
    select
        records.nct_id as trial_id,
        records.load_id,
        records.nct_id,
        coalesce(records.acronym, records.brief_title) as name,
        lower(
            coalesce(records.allocation || ', ', '')
            || coalesce(records.intervention_model, 'unstated')
        ) as design,
        records.conditions as population,
        cast(null as string) as line_of_therapy,
        'ClinicalTrials.gov record, ' || coalesce(records.record_version, 'date unknown')
            as source_as_written,
        lower(records.allocation) like 'random%' as is_randomised,
        'registry' as origin,
        records.phase,
        records.recruitment_status,
        records.intervention_model,
        records.enrollment,
        records.event_time_frame,
        records.frequency_threshold_pct,
        protocol_arms.protocol_arms,
        protocol_arms.n_protocol_arms
    from records
    left join protocol_arms on records.load_id = protocol_arms.load_id
),

final as (
    select
        unioned.trial_id,
        unioned.load_id,
        unioned.nct_id,
        unioned.name,
        unioned.design,
        unioned.population,
        unioned.line_of_therapy,
        unioned.source_as_written,
        coalesce(arms.n_arms, 0) as n_arms,
        unioned.is_randomised,
        unioned.origin,
        unioned.phase,
        unioned.recruitment_status,
        unioned.intervention_model,
        unioned.enrollment,
        unioned.event_time_frame,
        unioned.frequency_threshold_pct,
        unioned.protocol_arms,
        unioned.n_protocol_arms
    from unioned
    left join arms on unioned.trial_id = arms.trial_id
)

select * from final
