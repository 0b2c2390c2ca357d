with runs as (
    select * from {{ ref('stg_assays__runs') }}
),

wells as (
    select * from {{ ref('stg_assays__wells') }}
),

colonies as (
    select * from {{ ref('stg_assays__colony_counts') }}
),

dose_responses as (
    select * from {{ ref('stg_analytics__dose_responses') }}
),

colony_ratios as (
    select * from {{ ref('stg_analytics__colony_ratios') }}
),

final as (
    select
        load_id,
        'dim_assay_run' as mart,
        'assay_run' as subject_kind,
        assay_run_id as subject_key,
        cast(null as bigint) as source_line
    from runs
    union all
    select
        load_id,
        'fct_assay_measurement' as mart,
        'assay_measurement' as subject_kind,
        measurement_id as subject_key,
        line as source_line
    from wells
    union all
    select
        load_id,
        'fct_assay_measurement' as mart,
        'assay_measurement' as subject_kind,
        measurement_id as subject_key,
        line as source_line
    from colonies
    union all
    select
        dose_responses.load_id,
        'fct_dose_response' as mart,
        'dose_response' as subject_kind,
        dose_responses.dose_response_id as subject_key,
        cast(null as bigint) as source_line
    from dose_responses
    inner join runs
        on
            dose_responses.assay_run_id = runs.assay_run_id
            and dose_responses.load_id = runs.load_id
    union all
    select
        colony_ratios.load_id,
        'fct_colony_ratio' as mart,
        'colony_ratio' as subject_kind,
        colony_ratios.colony_ratio_id as subject_key,
        cast(null as bigint) as source_line
    from colony_ratios
    inner join runs
        on
            colony_ratios.assay_run_id = runs.assay_run_id
            and colony_ratios.load_id = runs.load_id
)

select * from final
