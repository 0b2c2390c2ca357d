with ratios as (
    select * from {{ ref('stg_analytics__colony_ratios') }}
),

runs as (
    select * from {{ ref('dim_assay_run') }}
),

treatments as (
    select * from {{ ref('int_assay_treatments_linked') }}
),

final as (
    select
        ratios.colony_ratio_id,
        ratios.load_id,
        ratios.assay_run_id,
        treatments.drug_ids,
        ratios.colony_type,
        ratios.treatment,
        treatments.drug_status,
        ratios.cells,
        ratios.fit_state,
        ratios.reason,
        ratios.ratio_operator,
        case
            when ratios.n_donors = 1
                then 'one donor: the interval speaks of its dishes, not of donors'
        end as caveat,
        ratios.concentration_um,
        ratios.time_h,
        ratios.ratio,
        ratios.ratio_lower,
        ratios.ratio_upper,
        ratios.p_value,
        ratios.padj,
        ratios.dispersion,
        ratios.overdispersion_p_value,
        ratios.df_residual,
        ratios.n_donors,
        ratios.n_dishes,
        ratios.n_vehicle_dishes,
        ratios.colonies,
        ratios.vehicle_colonies,
        ratios.per_100k_cells,
        ratios.vehicle_per_100k_cells,
        runs.is_simulated
    from ratios
    inner join runs
        on
            ratios.assay_run_id = runs.assay_run_id
            and ratios.load_id = runs.load_id
    inner join treatments
        on
            ratios.assay_run_id = treatments.assay_run_id
            and ratios.treatment = treatments.treatment
)

select * from final
