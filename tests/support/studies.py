"""Study folders around the real count files, written as a user would write them."""

from __future__ import annotations

from pathlib import Path

AIRWAY = """\
id: airway
title: Airway smooth muscle cells, dexamethasone against control
organism: human
source: GSE52778
cell_context: other_cells
samples: {data}/counts/airway/airway_metadata.csv
counts: {data}/counts/airway/airway_rawcounts.csv
sample_id_column: id
design: ~ celltype + dex
contrasts:
  - {{factor: dex, numerator: treated, denominator: control}}
  - {{factor: dex, numerator: treated, denominator: control, design: ~ dex, name: unpaired}}
"""

PASILLA = """\
id: pasilla
title: Knock-down of pasilla in S2 cells
organism: Drosophila melanogaster
cell_context: other_cells
samples: samples.csv
counts: {data}/counts/pasilla/pasilla_counts.csv
design: ~ condition
contrasts:
  - {{factor: condition, numerator: untreated, denominator: treated}}
"""


def write_airway(folder: Path, data: Path) -> Path:
    """Write the airway study's folder and return its ``study.yaml``."""
    return _write(folder / "airway", AIRWAY.format(data=data))


def write_pasilla(folder: Path, data: Path) -> Path:
    """Write the pasilla study's folder, with a sample sheet, and return its ``study.yaml``."""
    path = _write(folder / "pasilla", PASILLA.format(data=data))
    samples = [f"treated{i},treated" for i in (1, 2, 3)]
    samples += [f"untreated{i},untreated" for i in (1, 2, 3, 4)]
    (path.parent / "samples.csv").write_text("\n".join(["sample_id,condition", *samples, ""]))
    return path


def _write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    path = folder / "study.yaml"
    path.write_text(text)
    return path
