with source as (
    select * from {{ source('registry', 'registry_outcomes') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(nct_id as string) as nct_id,
        cast(group_id as string) as group_id,
        -- text
        cast(title as string) as measure,
        cast(group_title as string) as group_title,
        cast(description as string) as description,
        cast(param_type as string) as param_type,
        cast(dispersion_type as string) as dispersion_type,
        cast(unit as string) as unit,
        cast(class_title as string) as class_title,
        cast(category_title as string) as category_title,
        cast(value as string) as value,
        cast(spread as string) as spread,
        cast(lower_limit as string) as lower_limit,
        cast(upper_limit as string) as upper_limit,
        cast(comment as string) as comment,
        cast(outcome_type as string) as outcome_type,
        cast(time_frame as string) as time_frame,
        cast(population as string) as population,
        -- numerics
        cast(measure_position as int) as measure_position,
        cast(value_number as double) as value_number,
        cast(lower_number as double) as lower_number,
        cast(upper_number as double) as upper_number,
        cast(n_analysed as bigint) as n_analysed
    from source
)

select * from renamed
