"""Which results a contrast has now, so that what rests on them can be told from what rested."""

from __future__ import annotations

from typing import Final

# A result id is the fit of a contrast fitted here, else the load that gave its table. What is
# computed over contrasts keeps theirs, and the marts take it only while the contrasts have them.
RESULT_IDS: Final = """
fitted_results as (
    select distinct r.contrast_id, r.fit_id as result_id
    from analytics.differential_expression r
    join analytics.fits f on f.fit_id = r.fit_id
    join raw.studies s on s.load_id = f.load_id
),
result_ids as (
    select contrast_id, result_id from fitted_results
    union all
    select contrast_id, load_id from raw.de_result_sets
    where contrast_id not in (select contrast_id from fitted_results)
)
"""
# Part of what decides the stored rows: change it with what they keep.
KEPT: Final = "the results they rest on"
