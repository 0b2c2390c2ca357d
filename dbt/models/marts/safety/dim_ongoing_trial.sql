with trials as (
    select * from {{ ref('stg_clinical__ongoing_trials') }}
),

final as (
    select
        ongoing_trial_id,
        load_id,
        document_id,
        combination_regimen_id,
        agent,
        phase,
        patient,
        source_table,
        note,
        source_row
    from trials
)

select * from final
