with results as (
    select distinct
        contrast_id,
        fit_id
    from {{ ref('stg_analytics__differential_expression') }}
),

contrasts as (
    select * from {{ ref('stg_expression__contrasts') }}
),

fits as (
    select * from {{ ref('stg_analytics__fits') }}
),

given as (
    select * from {{ ref('stg_expression__de_result_sets') }}
),

-- results of an earlier load of the study are left out until it is analysed again
fitted as (
    select
        results.contrast_id,
        contrasts.study_id,
        contrasts.load_id,
        results.fit_id
    from results
    inner join contrasts on results.contrast_id = contrasts.contrast_id
    inner join fits
        on
            results.fit_id = fits.fit_id
            and contrasts.load_id = fits.load_id
),

unioned as (
    select
        contrast_id,
        study_id,
        load_id,
        fit_id,
        fit_id as result_id
    from fitted
    union all
    select
        contrast_id,
        study_id,
        load_id,
        cast(null as string) as fit_id,
        load_id as result_id
    from given
)

select * from unioned
