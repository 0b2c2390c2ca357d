with outcomes as (
    select * from {{ ref('stg_clinical__outcomes') }}
),

posted as (
    select
        *,
        row_number() over (
            partition by load_id
            order by measure_position, group_id, class_title nulls first, category_title nulls first
        ) as value_position
    from {{ ref('stg_registry__outcomes') }}
),

records as (
    select * from {{ ref('stg_registry__trials') }}
),

unioned as (
    select
        'document' as origin,
        outcome_id,
        load_id,
        document_id,
        trial_id,
        arm_id,
        comparator_arm_id,
        cast(null as string) as group_title,
        source_location,
        source_row,
        verbatim,
        endpoint,
        endpoint_as_written,
        cast(null as string) as outcome_type,
        measure,
        cast(null as string) as unit,
        outcome_state,
        cast(null as string) as value_as_posted,
        value,
        decimals,
        operator,
        n_affected,
        n_at_risk,
        n_basis,
        ci_level,
        ci_lower,
        ci_upper,
        cast(null as string) as spread,
        cast(null as string) as dispersion_type,
        p_operator,
        p_value,
        follow_up_months,
        cast(null as string) as time_frame,
        criteria,
        population,
        verification,
        published_value,
        note
    from outcomes
    union all
    select
        'registry' as origin,
        posted.nct_id || '-outcome-' || cast(posted.measure_position as string)
        || '-' || cast(posted.value_position as string) as outcome_id,
        posted.load_id,
        posted.nct_id as document_id,
        posted.nct_id as trial_id,
        cast(null as string) as arm_id,
        cast(null as string) as comparator_arm_id,
        posted.group_title,
        'Outcome measures' as source_location,
        posted.measure_position as source_row,
        coalesce(posted.value, 'not posted') as verbatim,
        cast(null as string) as endpoint,
        posted.measure
        || coalesce(', ' || posted.class_title, '')
        || coalesce(', ' || posted.category_title, '') as endpoint_as_written,
        lower(posted.outcome_type) as outcome_type,
        lower(replace(posted.param_type, ' ', '_')) as measure,
        posted.unit,
        case
            when posted.value is null then 'not_reported'
            when posted.value_number is null then 'not_estimable'
            else 'reported'
        end as outcome_state,
        posted.value as value_as_posted,
        posted.value_number as value,
        cast(null as int) as decimals,
        case when posted.value_number is not null then '=' end as operator,
        cast(null as bigint) as n_affected,
        posted.n_analysed as n_at_risk,
        'participants analysed, as posted' as n_basis,
        cast(null as double) as ci_level,
        posted.lower_number as ci_lower,
        posted.upper_number as ci_upper,
        posted.spread,
        posted.dispersion_type,
        cast(null as string) as p_operator,
        cast(null as double) as p_value,
        cast(null as double) as follow_up_months,
        posted.time_frame,
        cast(null as string) as criteria,
        coalesce(posted.population, records.conditions) as population,
        cast(null as string) as verification,
        cast(null as string) as published_value,
        posted.comment as note
    from posted
    inner join records on posted.load_id = records.load_id
),

recomputed as (
    select
        *,
        100 * cast(n_affected as double) / n_at_risk as recomputed_pct
    from unioned
),

checked as (
    select
        *,
        case
            when
                measure = 'percent'
                and abs(recomputed_pct - value)
                > 0.5 * power(10, -coalesce(decimals, 0)) + 0.000001
                then
                    cast(n_affected as string) || ' of ' || cast(n_at_risk as string) || ' is '
                    || cast(cast(recomputed_pct as decimal(18, 2)) as string) || ' %, but '
                    || {{ printed_number('value', 'decimals') }} || ' % is printed'
        end as finding
    from recomputed
)

select * from checked
