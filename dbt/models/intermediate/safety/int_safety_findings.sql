with cells as (
    select * from {{ ref('int_adverse_events_rated') }}
),

outcomes as (
    select * from {{ ref('int_outcomes_unioned') }}
),

arms as (
    select * from {{ ref('int_trial_arms_unioned') }}
),

documents as (
    select * from {{ ref('stg_literature__documents') }}
),

figures as (
    select
        'adverse event' as area,
        adverse_event_id as subject,
        load_id,
        document_id,
        arm_id,
        source_table as source_location,
        term as named,
        verbatim_cell as verbatim,
        finding,
        verification,
        published_value,
        data_cut,
        grade_band,
        published_grade_band,
        has_grade_mismatch
    from cells
    union all
    select
        'outcome' as area,
        outcome_id as subject,
        load_id,
        document_id,
        arm_id,
        source_location,
        endpoint_as_written as named,
        verbatim,
        finding,
        verification,
        published_value,
        cast(null as string) as data_cut,
        cast(null as string) as grade_band,
        cast(null as string) as published_grade_band,
        false as has_grade_mismatch
    from outcomes
),

described as (
    select
        figures.*,
        figures.named || coalesce(', ' || arms.label, '') as figure_name,
        coalesce(documents.title, figures.document_id) || ', ' || figures.source_location as source
    from figures
    left join arms on figures.arm_id = arms.arm_id
    left join documents on figures.document_id = documents.document_id
),

findings as (
    select
        area,
        'warning' as severity,
        subject,
        case
            when finding like 'no whole number%' then 'percentage fits no count'
            else 'recomputation'
        end as rule_code,
        finding as what,
        verbatim as evidence,
        source,
        load_id
    from described
    where finding is not null
    union all
    select
        area,
        case
            when verification in ('unverified_plausible', 'threshold_only') then 'info'
            else 'warning'
        end as severity,
        subject,
        'verification' as rule_code,
        case verification
            when 'disagrees_with_header'
                then 'the figure does not belong to the column it stands in'
            when 'agrees_wrong_frame'
                then 'the figure agrees with the publication, its grade band or study does not'
            when 'consistent_but_misleading'
                then 'the figure is not wrong but says far less than the publication'
            when 'threshold_only' then 'only the listing threshold is known, not the figure'
            when 'arithmetic_slip'
                then 'the printed percentage is not that of the printed count'
            when 'seed_typo' then 'the document misprints the figure'
            when 'interim_superseded' then 'the figure is interim and was superseded'
            else 'the figure is plausible but was not seen in the publication'
        end as what,
        figure_name || ': printed ' || verbatim
        || coalesce(', published ' || published_value, '') as evidence,
        source,
        load_id
    from described
    where
        verification in (
            'disagrees_with_header',
            'agrees_wrong_frame',
            'consistent_but_misleading',
            'threshold_only',
            'arithmetic_slip',
            'seed_typo',
            'interim_superseded',
            'unverified_plausible'
        )
    union all
    select
        area,
        'warning' as severity,
        subject,
        'grade band' as rule_code,
        'printed and published grade bands differ' as what,
        figure_name || ': printed grade ' || grade_band
        || ', published grade ' || published_grade_band as evidence,
        source,
        load_id
    from described
    where has_grade_mismatch
    union all
    select
        area,
        'info' as severity,
        subject,
        'several published values' as rule_code,
        'more than one value is published for the figure' as what,
        figure_name || ': printed ' || verbatim || ', published ' || published_value as evidence,
        source,
        load_id
    from described
    where published_value like '%;%'
    union all
    select
        area,
        'info' as severity,
        subject,
        'interim' as rule_code,
        'the figure is of an interim analysis, which later ones supersede' as what,
        figure_name || ': printed ' || verbatim as evidence,
        source,
        load_id
    from described
    where data_cut = 'interim'
)

select * from findings
