"""A small simulated study whose changes are planted, so that a test knows what must come out."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from app.cli.project import read_project
from warehouse.home import Home, installation_root

STUDY_ID = "small-imid"
N_GENES = 300
REPLICATES = 4
DRUGS = {"DMSO": None, "lenalidomide": 5.0, "pomalidomide": 1.0}

# Planted log2 fold changes over DMSO of genes the documents name: (lenalidomide, pomalidomide).
# IRF4 goes the way the claims say, CDKN1A against it, MYC does not move.
PLANTED = {
    "IRF4": (-3.0, -3.5),
    "CDKN1A": (-3.0, -3.0),
    "MYC": (0.0, 0.0),
    "IKZF1": (0.5, 0.5),
    "IKZF3": (0.0, 0.0),
    "CRBN": (0.0, 0.0),
    "XAF1": (3.0, 3.5),
    "IFIT3": (2.5, 2.5),
    "CEBPB": (-2.5, -2.5),
    "MICA": (3.0, 3.0),
    "PVR": (0.0, 0.0),
    "IL2": (0.0, 0.0),
}
SILENT = "IL2"

_CONTRASTS = [
    {"factor": "drug", "numerator": "lenalidomide", "denominator": "DMSO"},
    {"factor": "drug", "numerator": "pomalidomide", "denominator": "DMSO"},
    {"factor": "drug", "numerator": "pomalidomide", "denominator": "lenalidomide"},
]


@dataclass(frozen=True)
class SmallStudy:
    """Where the study was written."""

    definition: Path
    genes: dict[str, str]


def write_small_study(folder: Path, seed: int = 7, study_id: str = STUDY_ID) -> SmallStudy:
    """Write study.yaml, samples.csv and counts.tsv for 300 genes x 12 samples."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    ids = _curated_ids()
    genes = [(ids[symbol], symbol) for symbol in PLANTED]
    genes += [(f"SIMG{n:08d}", f"SIM{n:05d}") for n in range(1, N_GENES - len(genes) + 1)]
    changes = np.zeros((N_GENES, len(DRUGS)))
    for row, planted in enumerate(PLANTED.values()):
        changes[row, 1:] = planted
    up_and_down = range(len(PLANTED), len(PLANTED) + 30)
    for turn, row in enumerate(up_and_down):
        changes[row, 1:] = (2.5, 3.0) if turn % 2 else (-2.5, -3.0)
    base = rng.lognormal(mean=5.5, sigma=1.0, size=N_GENES)
    base[: len(PLANTED)] = 400.0
    columns: dict[str, np.ndarray] = {}
    samples: list[dict[str, object]] = []
    for position, (drug, dose) in enumerate(DRUGS.items()):
        for replicate in range(1, REPLICATES + 1):
            name = f"{drug[:4].upper()}_{replicate}"
            mean = base * 2.0 ** changes[:, position] * rng.uniform(0.8, 1.25)
            columns[name] = rng.poisson(rng.gamma(25.0, mean / 25.0))
            samples.append(
                {
                    "sample_id": name,
                    "cell_line": "MM.1S",
                    "drug": drug,
                    "concentration_um": "" if dose is None else dose,
                    "time_h": 24,
                    "replicate": replicate,
                    "rin": 9.1,
                    "a260_280": 2.02,
                }
            )
    for counts in columns.values():
        counts[[symbol for _, symbol in genes].index(SILENT)] = 0
    _write_counts(folder / "counts.tsv", genes, columns)
    with (folder / "samples.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(samples[0]))
        writer.writeheader()
        writer.writerows(samples)
    definition = folder / "study.yaml"
    definition.write_text(
        yaml.safe_dump(
            {
                "id": study_id,
                "title": "Small simulated study for tests",
                "organism": "human",
                "source": "simulation",
                "simulated": True,
                "simulation_note": "Seeded negative binomial counts with planted effects.",
                "cell_context": "myeloma_cells",
                "samples": "samples.csv",
                "counts": "counts.tsv",
                "design": "~ drug",
                "contrasts": _CONTRASTS,
            },
            sort_keys=False,
        )
    )
    return SmallStudy(definition, {symbol: gene for gene, symbol in genes})


def write_project(home: Home, study: Path) -> None:
    """Write the imid.yaml a new home gets, with this study in place of the shipped one."""
    read_project(home)
    project = yaml.safe_load(home.project_file.read_text())
    for source in project["sources"]:
        if source["kind"] == "study":
            source["path"] = str(study)
    home.project_file.write_text(yaml.safe_dump(project))


def _curated_ids() -> dict[str, str]:
    with (installation_root() / "ingest" / "curated" / "genes.csv").open() as handle:
        return {row["symbol"]: row["gene_id"] for row in csv.DictReader(handle)}


def _write_counts(path: Path, genes: list[tuple[str, str]], columns: dict[str, np.ndarray]) -> None:
    lines = ["\t".join(["gene_id", "symbol", *columns])]
    lines += [
        "\t".join([gene, symbol, *(str(counts[row]) for counts in columns.values())])
        for row, (gene, symbol) in enumerate(genes)
    ]
    path.write_text("\n".join(lines) + "\n")
