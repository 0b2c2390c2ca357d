-- A printed percentage is that of a whole number of its patients, to the decimals printed, or it
-- is a finding; and no finding says so of one that fits.
with cells as (
    select * from {{ ref('fct_adverse_event') }}
),

rates as (
    select * from {{ ref('stg_analytics__adverse_event_rates') }}
),

held as (
    select
        cells.adverse_event_id,
        cells.value_pct,
        cells.n_at_risk,
        cells.finding,
        0.5 * power(10, -coalesce(cells.pct_decimals, 0)) as half_a_place,
        abs(
            100 * coalesce(
                cells.n_affected,
                case when cells.cell_state = 'zero' then 0 end,
                round(cells.value_pct * cells.n_at_risk / 100)
            ) / cast(cells.n_at_risk as double) - cells.value_pct
        ) as difference_pct
    from cells
    -- cells loaded since the last analysis have no rate yet
    inner join rates
        on cells.adverse_event_id = rates.adverse_event_id and cells.load_id = rates.load_id
    where
        cells.cell_state in ('percent', 'n_of_n', 'zero')
        and cells.value_pct is not null
        and cells.n_at_risk > 0
)

select
    adverse_event_id,
    value_pct,
    n_at_risk,
    difference_pct,
    finding
from held
where
    -- tables round halves either way, so that a half itself says nothing
    (difference_pct > half_a_place + 0.000001 and finding is null)
    or (difference_pct < half_a_place - 0.000001 and finding is not null)
