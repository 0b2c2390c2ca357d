"""Simulate the two example assays and write their truth beside them.

Run from anywhere; the files come out the same every time:

    python examples/simulated-assays/simulate.py
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

HERE: Final = Path(__file__).parent
SEED: Final = 20261120

# Planted curves: IC50 (the midpoint, uM), Hill slope, bottom in percent of the vehicle.
CURVES: Final = {
    "lenalidomide": (2.0, 1.1, 15.0),
    "pomalidomide": (0.3, 1.3, 8.0),
    "thalidomide": (400.0, 1.0, 10.0),
    "lenalidomide + dexamethasone": (0.5, 1.2, 5.0),
}
DOSES_UM: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
PLATES: Final = 3
VEHICLE_WELLS: Final = 8
BLANK_WELLS: Final = 4
BLANK_SIGNAL: Final = 1_200.0
NOISE_PCT: Final = 5.0

# Planted ratios to the vehicle by colony type, and colonies per dish under the vehicle.
BASE: Final = {"CFU-GM": 60.0, "BFU-E": 40.0, "CFU-GEMM": 6.0}
RATIOS: Final = {
    ("lenalidomide", 1.0): (0.80, 0.90, 0.85),
    ("lenalidomide", 10.0): (0.45, 0.70, 0.50),
    ("pomalidomide", 1.0): (0.40, 0.60, 0.50),
    ("lenalidomide + dexamethasone", 10.0): (0.35, 0.65, 0.45),
}
DONORS: Final = {"D1": 0.8, "D2": 1.0, "D3": 1.3}
DISHES: Final = 2
OVERDISPERSION: Final = 0.02
CELLS_PLATED: Final = 20_000


def main() -> None:
    """Write both tables and both truths."""
    rng = np.random.default_rng(SEED)
    _write("cytotoxicity/plates.csv", _wells(rng))
    _write(
        "cytotoxicity/truth.csv",
        [
            {
                "treatment": name,
                "relative_ic50_um": ic50,
                "hill_slope": slope,
                "bottom_pct": bottom,
                "absolute_ic50_um": round(ic50 * (1 - bottom / 50) ** (-1 / slope), 6),
            }
            for name, (ic50, slope, bottom) in CURVES.items()
        ],
    )
    _write("colonies/colonies.csv", _dishes(rng))
    _write(
        "colonies/truth.csv",
        [
            {
                "treatment": name,
                "concentration_um": dose,
                "colony_type": kind,
                "ratio": ratio,
            }
            for (name, dose), ratios in RATIOS.items()
            for kind, ratio in zip(BASE, ratios, strict=True)
        ],
    )


def _wells(rng: np.random.Generator) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []

    def well(plate: str, treatment: str, dose: float | str, percent: float, full: float) -> None:
        signal = BLANK_SIGNAL + full * (percent + rng.normal(0, NOISE_PCT)) / 100
        rows.append(
            {
                "plate": plate,
                "treatment": treatment,
                "concentration": dose,
                "unit": "uM" if dose != "" else "",
                "signal": round(float(signal)),
            }
        )

    for number in range(1, PLATES + 1):
        plate = f"P{number}"
        full = 50_000 * rng.uniform(0.85, 1.15)
        for _ in range(VEHICLE_WELLS):
            well(plate, "DMSO", "", 100.0, full)
        for _ in range(BLANK_WELLS):
            signal = BLANK_SIGNAL * (1 + rng.normal(0, 0.03))
            rows.append(
                {
                    "plate": plate,
                    "treatment": "blank",
                    "concentration": "",
                    "unit": "",
                    "signal": round(float(signal)),
                }
            )
        for name, (ic50, slope, bottom) in CURVES.items():
            for dose in DOSES_UM:
                percent = bottom + (100 - bottom) / (1 + (dose / ic50) ** slope)
                well(plate, name, dose, percent, full)
    return rows


def _dishes(rng: np.random.Generator) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    treatments = {("DMSO", 0.0): (1.0, 1.0, 1.0), **RATIOS}
    for donor, level in DONORS.items():
        for (name, dose), ratios in treatments.items():
            for dish in range(1, DISHES + 1):
                row: dict[str, object] = {
                    "donor": donor,
                    "treatment": name,
                    "concentration_uM": dose,
                    "replicate": dish,
                }
                for (kind, base), ratio in zip(BASE.items(), ratios, strict=True):
                    mean = base * level * ratio
                    size = 1 / OVERDISPERSION
                    row[kind] = int(rng.poisson(rng.gamma(size, mean / size)))
                rows.append(row)
    return rows


def _write(name: str, rows: Sequence[Mapping[str, object]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
