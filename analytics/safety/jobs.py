"""Reading adverse-event cells from the raw tables and writing what is computed from them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

import duckdb
import polars as pl

from analytics.safety.comparisons import METHOD as COMPARED
from analytics.safety.comparisons import compare_arms
from analytics.safety.indirect import METHOD as ANCHORED
from analytics.safety.indirect import anchored_comparisons
from analytics.safety.rates import METHOD as RATED
from analytics.safety.rates import adverse_event_rates
from warehouse.frames import insert_frame, read_frame, transaction

_CELLS: Final = """
select adverse_event_id, load_id, cell_state, value_pct, pct_decimals, n_affected, n_at_risk
from raw.adverse_events
union all
select adverse_event_id, load_id, 'n_of_n', null, null, n_affected, n_at_risk
from raw.registry_adverse_events
where n_affected is not null and n_at_risk > 0
order by adverse_event_id
"""

# Of two arms the one with a placebo, without an immunomodulatory drug, or listed later is the
# comparator. Terms are matched by the name they have here, or as posted.
_DOCUMENT_ARMS: Final = """
with components as (
    select c.regimen_id, bool_or(d.is_imid) as has_imid,
           bool_or(c.component_role = 'placebo') as has_placebo
    from raw.regimen_components c join raw.drugs d on d.drug_id = c.drug_id
    group by c.regimen_id
)
select a.arm_id, a.trial_id,
       row_number() over (
           order by coalesce(k.has_placebo, false), not coalesce(k.has_imid, false), a.rowid
       ) as arm_order
from raw.arms a left join components k on k.regimen_id = a.regimen_id
"""

_DOCUMENT_CELLS: Final = f"""
select e.adverse_event_id, e.load_id, a.trial_id, e.arm_id, a.arm_order,
       lower(coalesce(t.harmonised_term, trim(e.term))) as term_key, '' as term_group,
       case when e.grade_lo is null then 'grade unstated'
            else 'grade ' || e.grade_lo || '-' || coalesce(e.grade_hi, e.grade_lo) end as band,
       e.ascertainment, e.data_cut, r.n_affected_lo, r.n_affected_hi, e.n_at_risk
from raw.adverse_events e
join ({_DOCUMENT_ARMS}) a on a.arm_id = e.arm_id
join analytics.adverse_event_rates r on r.adverse_event_id = e.adverse_event_id
left join raw.term_crosswalk t on t.term_key = lower(trim(e.term))
where r.n_affected_lo is not null and e.n_at_risk > 0
"""

# Groups of a crossover trial hold the same people twice, those of a factorial one may, which these
# methods do not allow. Which other groups are no arms of their own the marts say.
_REGISTRY_CELLS: Final = """
select e.adverse_event_id, e.load_id, e.nct_id as trial_id, e.arm_id,
       g.group_position
       + case when regexp_matches(lower(g.title), 'placebo|control|standard') then 1000 else 0 end
       as arm_order,
       lower(e.term) as term_key, coalesce(e.organ_system, '') as term_group,
       e.event_type as band, coalesce(e.assessment_type, '') as ascertainment,
       'record' as data_cut, e.n_affected as n_affected_lo, e.n_affected as n_affected_hi,
       e.n_at_risk
from raw.registry_adverse_events e
join raw.registry_event_groups g on g.load_id = e.load_id and g.group_id = e.group_id
join raw.registry_trials t on t.load_id = e.load_id
where e.n_affected is not null and e.n_at_risk > 0
  and not regexp_matches(lower(coalesce(t.intervention_model, '')), 'cross|factorial')
"""

# Only arms with a regimen of ours can share a comparator, and only exact counts carry a variance.
_ANCHORED_CELLS: Final = """
select e.adverse_event_id, e.load_id, a.trial_id, e.arm_id, a.regimen_id,
       coalesce(t.is_randomised, false) as is_randomised,
       lower(coalesce(k.harmonised_term, trim(e.term))) as term_key,
       'grade ' || e.grade_lo || '-' || coalesce(e.grade_hi, e.grade_lo) as band,
       true as is_graded, e.ascertainment, e.ctcae_version, e.data_cut,
       r.n_affected_lo as n_affected, e.n_at_risk
from raw.adverse_events e
join raw.arms a on a.arm_id = e.arm_id
join raw.trials t on t.trial_id = a.trial_id
join analytics.adverse_event_rates r on r.adverse_event_id = e.adverse_event_id
left join raw.term_crosswalk k on k.term_key = lower(trim(e.term))
where r.n_affected_lo = r.n_affected_hi and e.n_at_risk > 0 and e.grade_lo is not null
order by e.adverse_event_id
"""


def analyze_safety(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Recompute rates and comparisons if the loaded cells, the terms or the methods changed.

    Returns
    -------
    tuple of int
        Rates and comparisons written; (0, 0) where nothing had changed.
    """
    computed = read_frame(
        con, "select load_id, method from analytics.safety_inputs order by load_id"
    )
    if _inputs(con).equals(computed):
        return 0, 0
    rates = adverse_event_rates(read_frame(con, _CELLS))
    with transaction(con):
        con.execute("delete from analytics.adverse_event_rates")
        insert_frame(con, "analytics.adverse_event_rates", rates)
        cells = pl.concat(
            [read_frame(con, _DOCUMENT_CELLS), read_frame(con, _REGISTRY_CELLS)],
            how="vertical_relaxed",
        )
        comparisons = compare_arms(cells)
        con.execute("delete from analytics.adverse_event_comparisons")
        insert_frame(con, "analytics.adverse_event_comparisons", comparisons)
        con.execute("delete from analytics.anchored_comparisons")
        anchored = anchored_comparisons(read_frame(con, _ANCHORED_CELLS))
        insert_frame(con, "analytics.anchored_comparisons", anchored)
        con.execute("delete from analytics.safety_inputs")
        insert_frame(con, "analytics.safety_inputs", _inputs(con))
    return rates.height, comparisons.height


def _inputs(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the loads that decide the rates and the comparisons, each with what computes them."""
    method = f"{RATED}; {COMPARED}; {ANCHORED}; imid-warehouse {version('imid-warehouse')}"
    return read_frame(
        con,
        "select load_id, $1 as method from ops.loads where status = 'loaded' and kind in "
        "('adverse-events', 'arms', 'trials', 'regimen-components', 'drugs', 'term-crosswalk', "
        "'trial') "
        "order by load_id",
        [method],
    )
