with printed as (
    select * from {{ ref('stg_clinical__printed_comparisons') }}
),

cells as (
    select * from {{ ref('fct_adverse_event') }}
),

comparisons as (
    select * from {{ ref('stg_analytics__adverse_event_comparisons') }}
),

judged as (
    select * from {{ ref('int_adverse_event_comparisons_judged') }}
),

compared as (
    select
        comparisons.comparison_id,
        comparisons.adverse_event_id,
        comparisons.comparator_adverse_event_id,
        case when judged.not_compared_reason is null then comparisons.fisher_p_value end
            as fisher_p_value
    from comparisons
    inner join judged on comparisons.comparison_id = judged.comparison_id
),

-- A pair was computed once, whichever of its arms is the comparator.
computed as (
    select
        comparison_id,
        adverse_event_id,
        comparator_adverse_event_id,
        fisher_p_value
    from compared
    union all
    select
        comparison_id,
        comparator_adverse_event_id as adverse_event_id,
        adverse_event_id as comparator_adverse_event_id,
        fisher_p_value
    from compared
),

final as (
    select
        printed.printed_comparison_id,
        printed.load_id,
        printed.document_id,
        cells.trial_id,
        cells.arm_id,
        others.arm_id as comparator_arm_id,
        printed.adverse_event_id,
        printed.comparator_adverse_event_id,
        computed.comparison_id,
        cells.trial_name,
        cells.arm_label,
        others.arm_label as comparator_arm_label,
        printed.term,
        cells.term_key,
        cells.grade_band,
        cells.display_value,
        others.display_value as comparator_display_value,
        printed.verbatim,
        printed.source_location,
        printed.p_state,
        printed.p_operator,
        case
            when computed.fisher_p_value is not null
                then 'Fisher, the largest over the counts that the figures admit'
            else 'not computable: the counts of both arms are not known'
        end as recomputed_p_basis,
        printed.note,
        printed.line,
        printed.source_row,
        printed.p_value,
        computed.fisher_p_value as recomputed_p_value
    from printed
    inner join cells on printed.adverse_event_id = cells.adverse_event_id
    inner join cells as others on printed.comparator_adverse_event_id = others.adverse_event_id
    left join computed
        on
            printed.adverse_event_id = computed.adverse_event_id
            and printed.comparator_adverse_event_id = computed.comparator_adverse_event_id
)

select * from final
