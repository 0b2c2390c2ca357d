with distances as (
    select * from {{ ref('stg_analytics__sample_distances') }}
),

studies as (
    select * from {{ ref('dim_study') }}
),

final as (
    select
        {{ surrogate_key(
            ["distances.study_id", "distances.sample_id_a", "distances.sample_id_b"]
        ) }} as sample_distance_id,
        distances.study_id,
        distances.sample_id_a,
        distances.sample_id_b,
        distances.distance,
        distances.correlation,
        studies.is_simulated
    from distances
    inner join studies
        on
            distances.study_id = studies.study_id
            and distances.load_id = studies.load_id
)

select * from final
