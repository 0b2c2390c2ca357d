with contrast_samples as (
    select * from {{ ref('stg_expression__contrast_samples') }}
),

samples as (
    select * from {{ ref('stg_expression__samples') }}
),

joined as (
    select
        contrast_samples.contrast_id,
        contrast_samples.arm,
        contrast_samples.sample_id,
        samples.concentration_um,
        samples.time_h,
        samples.cell_line
    from contrast_samples
    left join samples
        on
            contrast_samples.study_id = samples.study_id
            and contrast_samples.sample_id = samples.sample_id
    where contrast_samples.arm in ('numerator', 'denominator')
),

sizes as (
    select
        contrast_id,
        arm,
        count(distinct sample_id) as n_samples
    from joined
    group by contrast_id, arm
),

distinct_doses as (
    select distinct
        contrast_id,
        arm,
        concentration_um
    from joined
    where concentration_um is not null
),

doses as (
    select
        contrast_id,
        arm,
        {{ dbt.listagg(
            plain_number('concentration_um') ~ " || ' uM'", "', '", 'order by concentration_um'
        ) }} as doses
    from distinct_doses
    group by contrast_id, arm
),

distinct_times as (
    select distinct
        contrast_id,
        arm,
        time_h
    from joined
    where time_h is not null
),

times as (
    select
        contrast_id,
        arm,
        {{ dbt.listagg(
            plain_number('time_h') ~ " || ' h'", "', '", 'order by time_h'
        ) }} as treatment_times
    from distinct_times
    group by contrast_id, arm
),

distinct_lines as (
    select distinct
        contrast_id,
        arm,
        cell_line
    from joined
    where cell_line is not null
),

cell_lines as (
    select
        contrast_id,
        arm,
        {{ dbt.listagg('cell_line', "', '", 'order by cell_line') }} as cell_lines
    from distinct_lines
    group by contrast_id, arm
),

described as (
    select
        sizes.contrast_id,
        sizes.arm,
        cast(sizes.n_samples as bigint) as n_samples,
        doses.doses,
        times.treatment_times,
        cell_lines.cell_lines
    from sizes
    left join doses on sizes.contrast_id = doses.contrast_id and sizes.arm = doses.arm
    left join times on sizes.contrast_id = times.contrast_id and sizes.arm = times.arm
    left join cell_lines
        on sizes.contrast_id = cell_lines.contrast_id and sizes.arm = cell_lines.arm
)

select * from described
