with baseline as (
    select * from {{ ref('stg_registry__baseline') }}
),

final as (
    select
        {{ surrogate_key([
            'nct_id', 'group_id', 'measure_position', 'measure', 'unit', 'class_title',
            'category_title'
        ]) }} as baseline_id,
        load_id,
        nct_id as trial_id,
        group_id,
        group_title,
        measure,
        class_title,
        category_title,
        param_type,
        dispersion_type,
        unit,
        value as value_as_posted,
        spread,
        lower_limit,
        upper_limit,
        measure_position,
        value_number
    from baseline
)

select * from final
