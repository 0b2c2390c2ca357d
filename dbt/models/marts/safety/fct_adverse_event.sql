with cells as (
    select * from {{ ref('int_adverse_events_rated') }}
),

arms as (
    select * from {{ ref('dim_trial_arm') }}
),

documents as (
    select * from {{ ref('dim_document') }}
),

final as (
    select
        cells.adverse_event_id,
        cells.load_id,
        cells.document_id,
        cells.arm_id,
        arms.trial_id,
        arms.regimen_id,
        cells.source_id,
        documents.title as document_title,
        cells.source_table,
        cells.source_column,
        cells.verbatim_cell,
        cells.term,
        cells.term_key,
        arms.label as arm_label,
        arms.regimen_label,
        arms.trial_name,
        cells.cell_state,
        cells.display_value,
        cells.operator,
        cells.value_role,
        cells.n_basis,
        cells.grade_as_written,
        cells.grade_band,
        cells.published_grade_band,
        cells.ascertainment,
        cells.ctcae_version,
        cells.data_cut,
        cells.evidence_scope,
        cells.verification,
        cells.published_value,
        cells.finding,
        cells.note,
        cells.line,
        cells.source_row,
        cells.value_pct,
        cells.pct_decimals,
        cells.n_affected,
        cells.n_affected_lo,
        cells.n_affected_hi,
        cells.n_at_risk,
        cells.grade_lo,
        cells.grade_hi,
        cells.published_grade_lo,
        cells.published_grade_hi,
        cells.rate,
        cells.wilson_lower,
        cells.wilson_upper,
        cells.recomputed_pct_lo,
        cells.recomputed_pct_hi,
        cells.has_grade_mismatch,
        cells.origin,
        cells.event_type,
        cells.harmonised_term,
        cells.ctcae_term,
        cells.term_category,
        cells.term_status,
        cells.organ_system,
        cells.vocabulary,
        cells.n_events
    from cells
    left join arms on cells.arm_id = arms.arm_id
    left join documents on cells.document_id = documents.document_id
)

select * from final
