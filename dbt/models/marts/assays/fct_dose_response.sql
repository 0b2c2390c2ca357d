with curves as (
    select * from {{ ref('stg_analytics__dose_responses') }}
),

runs as (
    select * from {{ ref('dim_assay_run') }}
),

treatments as (
    select * from {{ ref('int_assay_treatments_linked') }}
),

final as (
    select
        curves.dose_response_id,
        curves.load_id,
        curves.assay_run_id,
        treatments.drug_ids,
        curves.treatment,
        treatments.drug_status,
        curves.cells,
        runs.read_out,
        curves.fit_state,
        curves.reason,
        curves.relative_ic50_operator,
        curves.absolute_ic50_operator,
        case curves.absolute_ic50_operator
            when '=' then 'estimate'
            when '>' then 'bound: above the highest concentration tested'
            when '<' then 'bound: below the lowest concentration tested'
        end as absolute_ic50_role,
        curves.time_h,
        curves.relative_ic50_um,
        curves.relative_ic50_lower_um,
        curves.relative_ic50_upper_um,
        curves.absolute_ic50_um,
        curves.absolute_ic50_lower_um,
        curves.absolute_ic50_upper_um,
        curves.hill_slope,
        curves.top_pct,
        curves.bottom_pct,
        curves.r_squared,
        curves.residual_sd_pct,
        curves.response_p_value,
        curves.lack_of_fit_p_value,
        curves.n_plates,
        curves.n_wells,
        curves.n_vehicle_wells,
        curves.n_concentrations,
        curves.lowest_um,
        curves.highest_um,
        runs.is_simulated
    from curves
    inner join runs
        on
            curves.assay_run_id = runs.assay_run_id
            and curves.load_id = runs.load_id
    inner join treatments
        on
            curves.assay_run_id = treatments.assay_run_id
            and curves.treatment = treatments.treatment
)

select * from final
