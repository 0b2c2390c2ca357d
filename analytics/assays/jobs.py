"""Reading wells and dishes from the raw tables and writing what is computed from them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

import duckdb
import polars as pl

from analytics.assays.colonies import METHOD as COUNTED
from analytics.assays.colonies import colony_ratios
from analytics.assays.dose_response import METHOD as FITTED
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
    """Recompute curves and colony ratios if the loaded assays or the methods changed.

    Returns
    -------
    tuple of int
        Curves and ratios written; (0, 0) where nothing had changed.
    """
    inputs = _inputs(con)
    computed = read_frame(
        con, "select load_id, method from analytics.assay_inputs order by load_id"
    )
    if inputs.equals(computed):
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
        insert_frame(con, "analytics.assay_inputs", inputs)
    return curves.height, ratios.height


def _inputs(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the loads that decide the curves and ratios, each with what computes them."""
    method = f"{FITTED}; {COUNTED}; imid-warehouse {version('imid-warehouse')}"
    return read_frame(
        con,
        "select load_id, $1 as method from ops.loads where status = 'loaded' and kind = 'assay' "
        "order by load_id",
        [method],
    )
