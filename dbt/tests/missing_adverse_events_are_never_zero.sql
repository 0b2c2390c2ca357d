-- A cell that reports nothing, only a bound, or another source's figure counts nobody and is
-- never zero.
select
    adverse_event_id,
    cell_state,
    value_pct,
    n_affected,
    n_affected_lo,
    n_affected_hi,
    rate
from {{ ref('fct_adverse_event') }}
where
    cell_state in ('not_reported', 'bound', 'below_threshold', 'other_source')
    and (
        value_pct = 0
        or n_affected is not null
        or n_affected_lo is not null
        or n_affected_hi is not null
        or rate is not null
    )
