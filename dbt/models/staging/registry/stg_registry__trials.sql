with source as (
    select * from {{ source('registry', 'registry_trials') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(nct_id as string) as nct_id,
        -- text
        cast(brief_title as string) as brief_title,
        cast(official_title as string) as official_title,
        cast(acronym as string) as acronym,
        cast(status as string) as recruitment_status,
        cast(phase as string) as phase,
        cast(study_type as string) as study_type,
        cast(allocation as string) as allocation,
        cast(intervention_model as string) as intervention_model,
        cast(masking as string) as masking,
        cast(conditions as string) as conditions,
        cast(start_date as string) as start_date,
        cast(completion_date as string) as completion_date,
        cast(record_form as string) as record_form,
        cast(record_version as string) as record_version,
        cast(event_time_frame as string) as event_time_frame,
        cast(event_description as string) as event_description,
        cast(frequency_threshold as string) as frequency_threshold,
        cast(remarks as string) as remarks,
        -- numerics
        cast(enrollment as bigint) as enrollment,
        cast(frequency_threshold_pct as double) as frequency_threshold_pct
    from source
)

select * from renamed
