"""Tables of laboratory assays: what was measured, and what was computed from it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from warehouse.columns import loaded_columns

# What every measured value of an assay has.
_MEASURED: Final = {
    "assay_run_id": "varchar not null",
    "measurement_id": "varchar not null",
    "line": "bigint not null",
    "treatment": "varchar not null",
    "role": "varchar not null",
    "concentration_as_given": "varchar",
    "concentration_um": "double",
    "replicate": "varchar",
    "cells": "varchar",
    "time_h": "double",
}
_INTERVAL: Final = {
    "operator": "varchar",
    "um": "double",
    "lower_um": "double",
    "upper_um": "double",
}

RAW_ASSAYS: Final[Mapping[str, dict[str, str]]] = MappingProxyType(
    {
        "raw.assay_runs": loaded_columns(
            assay_run_id="varchar not null",
            kind="varchar not null",
            title="varchar not null",
            is_simulated="boolean not null",
            simulation_note="varchar",
            vehicle="varchar not null",
            blank="varchar",
            layout="varchar not null",
            read_out="varchar",
            source="varchar",
            url="varchar",
            note="varchar",
        ),
        "raw.assay_treatments": loaded_columns(
            assay_run_id="varchar not null",
            treatment="varchar not null",
            role="varchar not null",
            drug_ids="varchar",
        ),
        "raw.assay_wells": loaded_columns(
            **_MEASURED,
            plate="varchar not null",
            well="varchar",
            signal="double not null",
        ),
        "raw.colony_counts": loaded_columns(
            **_MEASURED,
            donor="varchar not null",
            colony_type="varchar not null",
            colonies="bigint not null",
            cells_plated="double not null",
        ),
    }
)

ANALYTICS_ASSAYS: Final[Mapping[str, dict[str, str]]] = MappingProxyType(
    {
        "analytics.assay_inputs": {"load_id": "varchar not null", "method": "varchar"},
        "analytics.dose_response": {
            "dose_response_id": "varchar not null",
            "load_id": "varchar not null",
            "assay_run_id": "varchar not null",
            "treatment": "varchar not null",
            "cells": "varchar",
            "time_h": "double",
            "n_plates": "bigint not null",
            "n_wells": "bigint not null",
            "n_vehicle_wells": "bigint not null",
            "n_concentrations": "bigint not null",
            "lowest_um": "double",
            "highest_um": "double",
            "fit_state": "varchar not null",
            "reason": "varchar",
            "top_pct": "double",
            "bottom_pct": "double",
            "hill_slope": "double",
            **{f"relative_ic50_{name}": kind for name, kind in _INTERVAL.items()},
            **{f"absolute_ic50_{name}": kind for name, kind in _INTERVAL.items()},
            "r_squared": "double",
            "residual_sd_pct": "double",
            "response_p_value": "double",
            "lack_of_fit_p_value": "double",
        },
        "analytics.colony_ratios": {
            "colony_ratio_id": "varchar not null",
            "load_id": "varchar not null",
            "assay_run_id": "varchar not null",
            "colony_type": "varchar not null",
            "treatment": "varchar not null",
            "concentration_um": "double",
            "cells": "varchar",
            "time_h": "double",
            "n_donors": "bigint not null",
            "n_dishes": "bigint not null",
            "n_vehicle_dishes": "bigint not null",
            "colonies": "bigint not null",
            "vehicle_colonies": "bigint not null",
            "per_100k_cells": "double not null",
            "vehicle_per_100k_cells": "double not null",
            "fit_state": "varchar not null",
            "reason": "varchar",
            "ratio_operator": "varchar",
            "ratio": "double",
            "ratio_lower": "double",
            "ratio_upper": "double",
            "p_value": "double",
            "padj": "double",
            "dispersion": "double",
            "overdispersion_p_value": "double",
            "df_residual": "bigint",
        },
    }
)
