with source as (
    select * from {{ source('clinical', 'outcomes') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(outcome_id as string) as outcome_id,
        cast(document_id as string) as document_id,
        cast(trial_id as string) as trial_id,
        cast(arm_id as string) as arm_id,
        cast(comparator_arm_id as string) as comparator_arm_id,
        -- text
        cast(source_location as string) as source_location,
        cast(verbatim as string) as verbatim,
        cast(endpoint as string) as endpoint,
        cast(endpoint_as_written as string) as endpoint_as_written,
        cast(measure as string) as measure,
        cast(state as string) as outcome_state,
        cast(operator as string) as operator,
        cast(n_basis as string) as n_basis,
        cast(p_operator as string) as p_operator,
        cast(criteria as string) as criteria,
        cast(population as string) as population,
        cast(verification as string) as verification,
        cast(published_value as string) as published_value,
        cast(note as string) as note,
        -- numerics
        cast(line as bigint) as line,
        cast(source_row as int) as source_row,
        cast(value as double) as value,
        cast(decimals as int) as decimals,
        cast(n_affected as bigint) as n_affected,
        cast(n_at_risk as bigint) as n_at_risk,
        cast(ci_level as double) as ci_level,
        cast(ci_lower as double) as ci_lower,
        cast(ci_upper as double) as ci_upper,
        cast(p_value as double) as p_value,
        cast(follow_up_months as double) as follow_up_months
    from source
)

select * from renamed
