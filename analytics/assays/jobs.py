"""Reading wells and dishes from the raw tables and writing what is computed from them."""

from __future__ import annotations

from typing import Final

import duckdb

from analytics.assays.colonies import colony_ratios
from analytics.assays.dose_response import fit_dose_responses
from warehouse.frames import insert_frame, read_frame, transaction

_WELLS: Final = """
select load_id, assay_run_id, cells, time_h, plate, treatment, role, concentration_um, signal
from raw.assay_wells order by assay_run_id, line, measurement_id
"""
_DISHES: Final = """
select load_id, assay_run_id, cells, time_h, donor, treatment, role, concentration_um, colony_type,
       colonies, cells_plated
from raw.colony_counts order by assay_run_id, line, measurement_id
"""


def analyze_assays(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Recompute curves and colony ratios if the loaded assays changed.

    Returns
    -------
    tuple of int
        Curves and ratios written; (0, 0) where nothing had changed.
    """
    loads = con.execute(
        "select load_id from ops.loads where status = 'loaded' and kind = 'assay' order by 1"
    ).fetchall()
    computed = con.execute("select load_id from analytics.assay_inputs order by 1").fetchall()
    if loads == computed:
        return 0, 0
    curves = fit_dose_responses(read_frame(con, _WELLS))
    ratios = colony_ratios(read_frame(con, _DISHES))
    with transaction(con):
        for table, frame in (
            ("analytics.dose_response", curves),
            ("analytics.colony_ratios", ratios),
        ):
            con.execute(f"delete from {table}")
            insert_frame(con, table, frame)
        con.execute("delete from analytics.assay_inputs")
        con.execute(
            "insert into analytics.assay_inputs select unnest($1::varchar[])",
            [[load_id for (load_id,) in loads]],
        )
    return curves.height, ratios.height
