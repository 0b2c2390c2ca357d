{# A view: computing these for the genes asked for costs less than storing them for all. Spark's
   marts are files, so there it is a table. #}
{{ config(materialized='view' if target.type == 'duckdb' else 'table') }}

with counts as (
    select * from {{ ref('fct_expression') }}
),

samples as (
    select
        study_id || '/' || sample_id as sample_key,
        load_id,
        size_factor,
        transformation
    from {{ ref('stg_analytics__sample_groups') }}
),

curves as (
    select * from {{ ref('stg_analytics__stabilising_curves') }}
),

steps as (
    select
        load_id,
        max(step) as step
    from curves
    group by load_id
),

normalised as (
    select
        counts.study_id,
        counts.load_id,
        counts.sample_key,
        counts.gene_id,
        counts.count,
        samples.size_factor,
        samples.transformation,
        cast(counts.count as double) / samples.size_factor as normalised_count
    from counts
    inner join samples
        on
            counts.sample_key = samples.sample_key
            and counts.load_id = samples.load_id
),

-- asinh of the normalised count, in segments of the study's curve
placed as (
    select
        normalised.study_id,
        normalised.load_id,
        normalised.sample_key,
        normalised.gene_id,
        normalised.count,
        normalised.size_factor,
        normalised.transformation,
        normalised.normalised_count,
        ln(
            normalised.normalised_count
            + sqrt(normalised.normalised_count * normalised.normalised_count + 1.0)
        ) / steps.step as place
    from normalised
    left join steps on normalised.load_id = steps.load_id
),

final as (
    select
        placed.study_id,
        placed.sample_key,
        placed.gene_id,
        placed.count,
        placed.size_factor,
        placed.normalised_count,
        placed.transformation,
        curves.value_from
        + (placed.place - curves.segment) * (curves.value_to - curves.value_from)
            as stabilised_value
    from placed
    left join curves
        on
            placed.load_id = curves.load_id
            and cast(floor(placed.place) as int) = curves.segment
)

select * from final
