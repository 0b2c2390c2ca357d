with source as (
    select * from {{ source('analytics', 'colony_ratios') }}
),

renamed as (
    select
        -- ids
        cast(colony_ratio_id as string) as colony_ratio_id,
        cast(load_id as string) as load_id,
        cast(assay_run_id as string) as assay_run_id,
        -- text
        cast(colony_type as string) as colony_type,
        cast(treatment as string) as treatment,
        cast(cells as string) as cells,
        cast(fit_state as string) as fit_state,
        cast(reason as string) as reason,
        cast(ratio_operator as string) as ratio_operator,
        -- numerics
        cast(concentration_um as double) as concentration_um,
        cast(time_h as double) as time_h,
        cast(n_donors as bigint) as n_donors,
        cast(n_dishes as bigint) as n_dishes,
        cast(n_vehicle_dishes as bigint) as n_vehicle_dishes,
        cast(colonies as bigint) as colonies,
        cast(vehicle_colonies as bigint) as vehicle_colonies,
        cast(per_100k_cells as double) as per_100k_cells,
        cast(vehicle_per_100k_cells as double) as vehicle_per_100k_cells,
        cast(ratio as double) as ratio,
        cast(ratio_lower as double) as ratio_lower,
        cast(ratio_upper as double) as ratio_upper,
        cast(p_value as double) as p_value,
        cast(padj as double) as padj,
        cast(dispersion as double) as dispersion,
        cast(overdispersion_p_value as double) as overdispersion_p_value,
        cast(df_residual as bigint) as df_residual
    from source
)

select * from renamed
