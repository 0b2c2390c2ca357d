with comparisons as (
    select * from {{ ref('stg_analytics__adverse_event_comparisons') }}
),

judged as (
    select * from {{ ref('int_adverse_event_comparisons_judged') }}
),

tested as (
    select
        comparisons.comparison_id,
        comparisons.trial_id,
        comparisons.band,
        comparisons.fisher_p_value,
        comparisons.boschloo_p_value
    from comparisons
    inner join judged on comparisons.comparison_id = judged.comparison_id
    where judged.not_compared_reason is null
),

ranked as (
    select
        *,
        count(fisher_p_value) over (partition by trial_id, band) as n_fisher,
        count(boschloo_p_value) over (partition by trial_id, band) as n_boschloo,
        row_number() over (
            partition by trial_id, band order by fisher_p_value nulls last, comparison_id
        ) as fisher_rank,
        row_number() over (
            partition by trial_id, band order by boschloo_p_value nulls last, comparison_id
        ) as boschloo_rank
    from tested
),

final as (
    select
        comparison_id,
        cast(n_fisher as bigint) as family_size,
        case
            when fisher_p_value is not null
                then
                    min(fisher_p_value * n_fisher / fisher_rank) over (
                        partition by trial_id, band
                        order by fisher_rank
                        rows between current row and unbounded following
                    )
        end as fisher_padj,
        case
            when boschloo_p_value is not null
                then
                    min(boschloo_p_value * n_boschloo / boschloo_rank) over (
                        partition by trial_id, band
                        order by boschloo_rank
                        rows between current row and unbounded following
                    )
        end as boschloo_padj
    from ranked
)

select * from final
