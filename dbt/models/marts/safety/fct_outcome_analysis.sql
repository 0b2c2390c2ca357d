with analyses as (
    select * from {{ ref('stg_registry__analyses') }}
),

measures as (
    select
        load_id,
        measure_position,
        min(measure) as measure
    from {{ ref('stg_registry__outcomes') }}
    group by load_id, measure_position
),

final as (
    select
        analyses.nct_id || '-outcome-' || cast(analyses.outcome_position as string)
        || '-analysis-' || cast(analyses.analysis_position as string) as analysis_id,
        analyses.load_id,
        analyses.nct_id as trial_id,
        measures.measure,
        analyses.group_ids,
        analyses.method,
        analyses.p_value_as_posted,
        analyses.p_operator,
        analyses.param_type,
        analyses.param_value,
        analyses.ci_pct,
        analyses.ci_lower,
        analyses.ci_upper,
        analyses.non_inferiority_type,
        analyses.description,
        analyses.outcome_position,
        analyses.analysis_position,
        analyses.p_value
    from analyses
    left join measures
        on
            analyses.load_id = measures.load_id
            and analyses.outcome_position = measures.measure_position
)

select * from final
