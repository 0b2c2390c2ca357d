with wells as (
    select * from {{ ref('stg_assays__wells') }}
),

colonies as (
    select * from {{ ref('stg_assays__colony_counts') }}
),

runs as (
    select * from {{ ref('dim_assay_run') }}
),

-- Blank wells hold no cells, so they belong to the plate whatever cells it carries.
netted as (
    select
        *,
        signal - coalesce(
            avg(case when treatment_role = 'blank' then signal end)
                over (partition by load_id, plate),
            0
        ) as net_signal
    from wells
),

scaled as (
    select
        *,
        avg(case when treatment_role = 'vehicle' then net_signal end)
            over (partition by load_id, plate, cells, time_h) as vehicle_mean
    from netted
),

measured as (
    select
        measurement_id,
        load_id,
        assay_run_id,
        treatment,
        treatment_role,
        concentration_as_given,
        plate,
        well,
        cast(null as string) as donor,
        cast(null as string) as colony_type,
        replicate,
        cells,
        line,
        time_h,
        concentration_um,
        signal as value,
        case
            when treatment_role <> 'blank' and vehicle_mean > 0
                then 100.0 * net_signal / vehicle_mean
        end as response_pct,
        cast(null as double) as cells_plated
    from scaled
    union all
    select
        measurement_id,
        load_id,
        assay_run_id,
        treatment,
        treatment_role,
        concentration_as_given,
        cast(null as string) as plate,
        cast(null as string) as well,
        donor,
        colony_type,
        replicate,
        cells,
        line,
        time_h,
        concentration_um,
        cast(colonies as double) as value,
        cast(null as double) as response_pct,
        cells_plated
    from colonies
),

final as (
    select
        measured.measurement_id,
        measured.load_id,
        measured.assay_run_id,
        runs.assay_kind,
        measured.treatment,
        measured.treatment_role,
        measured.concentration_as_given,
        measured.plate,
        measured.well,
        measured.donor,
        measured.colony_type,
        measured.replicate,
        measured.cells,
        measured.line,
        measured.time_h,
        measured.concentration_um,
        measured.value,
        measured.response_pct,
        measured.cells_plated,
        runs.is_simulated
    from measured
    inner join runs on measured.assay_run_id = runs.assay_run_id
)

select * from final
