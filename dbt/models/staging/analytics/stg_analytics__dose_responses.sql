with source as (
    select * from {{ source('analytics', 'dose_response') }}
),

renamed as (
    select
        -- ids
        cast(dose_response_id as string) as dose_response_id,
        cast(load_id as string) as load_id,
        cast(assay_run_id as string) as assay_run_id,
        -- text
        cast(treatment as string) as treatment,
        cast(cells as string) as cells,
        cast(fit_state as string) as fit_state,
        cast(reason as string) as reason,
        cast(relative_ic50_operator as string) as relative_ic50_operator,
        cast(absolute_ic50_operator as string) as absolute_ic50_operator,
        -- numerics
        cast(time_h as double) as time_h,
        cast(n_plates as bigint) as n_plates,
        cast(n_wells as bigint) as n_wells,
        cast(n_vehicle_wells as bigint) as n_vehicle_wells,
        cast(n_concentrations as bigint) as n_concentrations,
        cast(lowest_um as double) as lowest_um,
        cast(highest_um as double) as highest_um,
        cast(top_pct as double) as top_pct,
        cast(bottom_pct as double) as bottom_pct,
        cast(hill_slope as double) as hill_slope,
        cast(relative_ic50_um as double) as relative_ic50_um,
        cast(relative_ic50_lower_um as double) as relative_ic50_lower_um,
        cast(relative_ic50_upper_um as double) as relative_ic50_upper_um,
        cast(absolute_ic50_um as double) as absolute_ic50_um,
        cast(absolute_ic50_lower_um as double) as absolute_ic50_lower_um,
        cast(absolute_ic50_upper_um as double) as absolute_ic50_upper_um,
        cast(r_squared as double) as r_squared,
        cast(residual_sd_pct as double) as residual_sd_pct,
        cast(response_p_value as double) as response_p_value,
        cast(lack_of_fit_p_value as double) as lack_of_fit_p_value
    from source
)

select * from renamed
