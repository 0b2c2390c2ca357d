with source as (
    select * from {{ source('clinical', 'toxicity_guides') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(guide_step_id as string) as guide_step_id,
        cast(document_id as string) as document_id,
        cast(assay_id as string) as assay_id,
        -- text
        cast(guide as string) as guide,
        cast(adverse_event_class as string) as adverse_event_class,
        cast(terms as string) as terms,
        cast(suspected_mechanism as string) as suspected_mechanism,
        cast(step_kind as string) as step_kind,
        cast(step_name as string) as step_name,
        cast(summary as string) as summary,
        -- numerics
        cast(step_position as int) as step_position
    from source
)

select * from renamed
