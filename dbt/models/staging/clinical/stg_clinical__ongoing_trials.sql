with source as (
    select * from {{ source('clinical', 'ongoing_trials') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(ongoing_trial_id as string) as ongoing_trial_id,
        cast(document_id as string) as document_id,
        cast(combination_regimen_id as string) as combination_regimen_id,
        -- text
        cast(source_table as string) as source_table,
        cast(agent as string) as agent,
        cast(phase as string) as phase,
        cast(patient as string) as patient,
        cast(note as string) as note,
        -- numerics
        cast(source_row as int) as source_row
    from source
)

select * from renamed
