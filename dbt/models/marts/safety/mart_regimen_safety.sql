with cells as (
    select * from {{ ref('fct_adverse_event') }}
),

arms as (
    select * from {{ ref('dim_trial_arm') }}
),

trials as (
    select * from {{ ref('dim_trial') }}
),

regimens as (
    select * from {{ ref('dim_regimen') }}
),

-- The terms of the documents; what a registry record lists beside them stays in the fact table.
terms as (
    select
        term_key,
        min(harmonised_term) as term
    from cells
    where origin = 'document'
    group by term_key
),

reporting_arms as (
    select distinct arm_id from cells
),

grid as (
    select
        terms.term_key,
        terms.term,
        reporting_arms.arm_id,
        arms.trial_id,
        arms.regimen_id,
        arms.regimen_label,
        arms.label as arm_label,
        arms.trial_name,
        arms.n_at_risk as arm_n_at_risk,
        arms.is_randomised,
        arms.protocol_arm,
        arms.drug_ids,
        arms.arm_link,
        arms.regimen_link
    from terms
    cross join reporting_arms
    left join arms on reporting_arms.arm_id = arms.arm_id
),

final as (
    select
        {{ surrogate_key(['grid.term_key', 'grid.arm_id', 'cells.adverse_event_id']) }}
            as regimen_safety_id,
        grid.term_key,
        grid.arm_id,
        grid.regimen_id,
        grid.trial_id,
        cells.adverse_event_id,
        cells.document_id,
        grid.term,
        grid.regimen_label,
        grid.arm_label,
        grid.trial_name,
        coalesce(cells.cell_state, 'not_in_source') as cell_state,
        coalesce(cells.display_value, 'not in the source') as display_value,
        cells.verbatim_cell,
        cells.operator,
        cells.value_role,
        cells.grade_band,
        cells.published_grade_band,
        cells.ascertainment,
        cells.evidence_scope,
        cells.verification,
        'naive, unanchored' as comparison_note,
        case
            when cells.adverse_event_id is null
                then 'the source document has no row of this term for this arm'
            else
                case cells.event_type
                    when 'serious' then 'serious adverse events, any grade'
                    when 'other' then 'adverse events other than serious, any grade'
                    else 'grade ' || coalesce(cells.grade_band, 'unstated')
                end
                || ', ' || {{ in_words('cells.evidence_scope') }}
                || ', ascertainment ' || {{ in_words('cells.ascertainment') }}
                || case
                    when cells.has_grade_mismatch
                        then '; published as grade ' || cells.published_grade_band
                    else ''
                end
                || coalesce('; ' || cells.note, '')
        end as comparability_note,
        cells.value_pct,
        cells.n_affected,
        cells.n_affected_lo,
        cells.n_affected_hi,
        cells.n_at_risk,
        grid.arm_n_at_risk,
        cells.rate,
        cells.wilson_lower,
        cells.wilson_upper,
        grid.is_randomised,
        cells.term as term_as_posted,
        cells.origin,
        cells.event_type,
        trials.population,
        trials.line_of_therapy,
        trials.event_time_frame,
        cells.data_cut,
        grid.protocol_arm,
        coalesce(grid.drug_ids, regimens.drug_ids) as drug_ids,
        grid.arm_link,
        grid.regimen_link
    from grid
    left join cells on grid.term_key = cells.term_key and grid.arm_id = cells.arm_id
    left join trials on grid.trial_id = trials.trial_id
    left join regimens on grid.regimen_id = regimens.regimen_id
)

select * from final
