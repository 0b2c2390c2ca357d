with source as (
    select * from {{ source('registry', 'registry_analyses') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(nct_id as string) as nct_id,
        -- text
        cast(group_ids as string) as group_ids,
        cast(method as string) as method,
        cast(p_value_as_posted as string) as p_value_as_posted,
        cast(p_operator as string) as p_operator,
        cast(param_type as string) as param_type,
        cast(param_value as string) as param_value,
        cast(ci_pct as string) as ci_pct,
        cast(ci_lower as string) as ci_lower,
        cast(ci_upper as string) as ci_upper,
        cast(non_inferiority_type as string) as non_inferiority_type,
        cast(description as string) as description,
        -- numerics
        cast(outcome_position as int) as outcome_position,
        cast(position as int) as analysis_position,
        cast(p_value as double) as p_value
    from source
)

select * from renamed
