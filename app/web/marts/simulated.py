"""What of a release is simulated."""

from __future__ import annotations

# Studies by their id, assays by their title.
SIMULATED = """
select study_id as subject from marts.dim_study where is_simulated
union all
select title as subject from marts.dim_assay_run where is_simulated
order by subject
"""
