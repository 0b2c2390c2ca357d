"""Simulate a small RNA-seq study of three immunomodulatory drugs in three myeloma cell lines.

The files this script writes are the shipped example study. The counts are drawn from a negative
binomial model and every drug effect is planted at random, so nothing in them is biology. The same
script, seed and library versions give the same bytes.

Run from anywhere::

    python examples/simulated-imid/simulate.py [--out DIR]
"""

from __future__ import annotations

import argparse
import gzip
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

HERE = Path(__file__).resolve().parent
# A simulated gene set: so many genes with a mean planted effect beyond this, and so many without.
SET_EFFECT = 0.8
N_SET_MOVED = 25
N_SET_STILL = 25

DOCUMENT_GENES = HERE / "document_genes.csv"

SEED = 20240607
N_GENES = 15_000
N_SILENT = 400
N_REPLICATES = 3
TIME_H = 24
GZIP_LEVEL = 9


@dataclass(frozen=True)
class Treatment:
    """One treatment of the study.

    Attributes
    ----------
    name
        Name as written in the sample sheet.
    code
        Short form used inside sample ids.
    concentration_um
        Concentration in micromolar, or None for the vehicle.
    potency
        Factor on every planted effect (dimensionless); 0 for the vehicle.
    """

    name: str
    code: str
    concentration_um: int | None
    potency: float


VEHICLE = Treatment("DMSO", "DMSO", None, 0.0)
DRUGS = (
    Treatment("lenalidomide", "LEN", 5, 1.0),
    Treatment("pomalidomide", "POM", 1, 1.25),
    Treatment("thalidomide", "THAL", 50, 0.5),
)
TREATMENTS = (VEHICLE, *DRUGS)
CELL_LINES = {"MM.1S": "MM1S", "U266": "U266", "RPMI-8226": "RPMI8226"}

# Mean expression: natural log of relative abundance, two components as in measured libraries.
EXPRESSED_SHARE = 0.78
EXPRESSED_LN = (6.2, 1.4)
LOW_LN = (1.2, 1.6)
MAX_LIBRARY_SHARE = 0.01
DOCUMENT_MIN_COUNT = 20.0

# Differences between lines and between culture batches, in log2 units.
LINE_SHARE = 0.40
LINE_SD = 1.2
LINE_BACKGROUND_SD = 0.10
BATCH_SD = 0.07

# Dispersion alpha(mu) = A1 / mu + A0, times log-normal scatter (natural log units).
DISPERSION_A0 = 0.02
DISPERSION_A1 = 2.0
DISPERSION_LN_SD = 0.4

# Column sums are aimed inside the stated 20-30 million so that sampling noise stays inside too.
LIBRARY_RANGE = (20_000_000, 30_000_000)
LIBRARY_AIM = (20_800_000, 29_200_000)

# Planted effects, in log2 units for a drug of potency 1.
RESPONSIVE_SHARE = 0.10
DOCUMENT_RESPONSIVE_SHARE = 0.60
SHARED_ONLY, SPECIFIC_ONLY = 0.65, 0.25
EFFECT_MIN, EFFECT_SCALE, EFFECT_MAX = 0.3, 0.75, 5.0
LINE_MODULATION_LN_SD = 0.20
LINE_UNRESPONSIVE_SHARE = 0.08
EFFECT_DECIMALS = 4


@dataclass(frozen=True)
class Simulation:
    """The three frames of a simulated study.

    Attributes
    ----------
    samples
        One row per sample (36), columns as in ``samples.csv``.
    counts
        One row per gene (15,000): ``gene_id``, ``symbol``, then one int64 column of read counts
        per sample.
    planted
        One row per non-zero true effect: ``gene_id``, ``symbol``, ``drug``, ``cell_line``,
        ``log2_fold_change`` (log2 units, drug over DMSO in that line).
    """

    samples: pl.DataFrame
    counts: pl.DataFrame
    planted: pl.DataFrame


def read_document_genes(path: Path) -> pl.DataFrame:
    """Read the real genes that the curated documents speak of.

    Parameters
    ----------
    path
        CSV with the columns ``gene_id`` and ``symbol``.

    Returns
    -------
    polars.DataFrame
        ``gene_id`` and ``symbol``, in file order.

    Raises
    ------
    ValueError
        If a gene id is empty or stands twice.
    """
    genes = pl.read_csv(path, columns=["gene_id", "symbol"], infer_schema=False)
    if genes["gene_id"].null_count() or genes["gene_id"].is_duplicated().any():
        raise ValueError(f"{path.name}: column gene_id must be filled and unique.")
    return genes


def gene_table(document_genes: pl.DataFrame) -> pl.DataFrame:
    """Fill the documents' genes up with made-up ones.

    Parameters
    ----------
    document_genes
        ``gene_id`` and ``symbol`` of the real genes.

    Returns
    -------
    polars.DataFrame
        ``N_GENES`` rows of ``gene_id`` and ``symbol``; the real genes come first.
    """
    n_made_up = N_GENES - document_genes.height
    made_up = pl.DataFrame(
        {
            "gene_id": [f"SIMG{i:08d}" for i in range(1, n_made_up + 1)],
            "symbol": [f"SIM{i:05d}" for i in range(1, n_made_up + 1)],
        }
    )
    return pl.concat([document_genes, made_up])


def draw_baseline(rng: np.random.Generator, n_document: int) -> FloatArray:
    """Draw each gene's relative abundance without drug, line or batch.

    Parameters
    ----------
    rng
        Source of randomness.
    n_document
        Number of real genes, which come first and are never silent.

    Returns
    -------
    numpy.ndarray
        Shape (genes,), in expected reads of a library of middle size; 0 for silent genes.
    """
    expressed = rng.random(N_GENES) < EXPRESSED_SHARE
    ln_mean = np.where(expressed, rng.normal(*EXPRESSED_LN, N_GENES), rng.normal(*LOW_LN, N_GENES))
    abundance = np.exp(ln_mean)
    silent = n_document + rng.choice(N_GENES - n_document, N_SILENT, replace=False)
    abundance[silent] = 0.0
    middle = sum(LIBRARY_AIM) / 2
    reads: FloatArray = np.minimum(
        abundance * (middle / abundance.sum()), MAX_LIBRARY_SHARE * middle
    )
    # An unmeasurable gene would leave a claim about it nothing to be compared with.
    real = reads[:n_document]
    reads[:n_document] = np.where(real < DOCUMENT_MIN_COUNT, real + DOCUMENT_MIN_COUNT, real)
    return reads


def draw_line_shift(rng: np.random.Generator) -> FloatArray:
    """Draw how far each cell line's expression lies from the common baseline.

    Parameters
    ----------
    rng
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Shape (genes, cell lines), log2 units.
    """
    shape = (N_GENES, len(CELL_LINES))
    differs = rng.random((N_GENES, 1)) < LINE_SHARE
    sd = np.hypot(LINE_BACKGROUND_SD, np.where(differs, LINE_SD, 0.0))
    shift: FloatArray = rng.normal(0, sd, shape)
    return shift


def draw_magnitude(rng: np.random.Generator, n: int) -> FloatArray:
    """Draw signed effects whose size is a shifted exponential and whose sign is a coin toss.

    Parameters
    ----------
    rng
        Source of randomness.
    n
        Number of effects.

    Returns
    -------
    numpy.ndarray
        Shape (n,), log2 units, ``abs(effect) >= EFFECT_MIN``.
    """
    size = EFFECT_MIN + rng.exponential(EFFECT_SCALE, n)
    return np.asarray(size * rng.choice([-1.0, 1.0], n), dtype=np.float64)


def draw_effects(rng: np.random.Generator, abundance: FloatArray, n_document: int) -> FloatArray:
    """Plant the drugs' effects without regard to what any gene is.

    A responsive gene carries an effect shared by the drugs, one drug's own effect, or both. Each
    is multiplied by the drug's potency and by a factor of the line.

    Parameters
    ----------
    rng
        Source of randomness.
    abundance
        Shape (genes,), baseline reads; silent genes (0) get no effect.
    n_document
        Number of real genes, which come first.

    Returns
    -------
    numpy.ndarray
        Shape (genes, drugs, cell lines), log2 fold change of drug over DMSO, within
        ``EFFECT_MAX`` and rounded to ``EFFECT_DECIMALS`` so that the truth file
        holds the very numbers used.
    """
    n_drugs, n_lines = len(DRUGS), len(CELL_LINES)
    document = np.flatnonzero(rng.random(n_document) < DOCUMENT_RESPONSIVE_SHARE)
    candidates = n_document + np.flatnonzero(abundance[n_document:] > 0)
    n_made_up = round(RESPONSIVE_SHARE * N_GENES) - document.size
    responsive = np.concatenate([document, rng.choice(candidates, n_made_up, replace=False)])
    n = responsive.size

    kind = rng.random(n)
    is_shared = (kind < SHARED_ONLY) | (kind >= SHARED_ONLY + SPECIFIC_ONLY)
    is_specific = kind >= SHARED_ONLY
    shared = np.where(is_shared, draw_magnitude(rng, n), 0.0)
    specific = np.where(is_specific, draw_magnitude(rng, n), 0.0)
    own_drug = rng.integers(n_drugs, size=n)

    per_drug = np.repeat(shared[:, None], n_drugs, axis=1)
    per_drug[np.arange(n), own_drug] += specific
    per_drug *= np.array([drug.potency for drug in DRUGS])

    modulation = np.exp(rng.normal(0, LINE_MODULATION_LN_SD, (n, n_lines)))
    deaf = rng.random(n) < LINE_UNRESPONSIVE_SHARE
    modulation[deaf, rng.integers(n_lines, size=n)[deaf]] = 0.0

    planted = np.clip(per_drug[:, :, None] * modulation[:, None, :], -EFFECT_MAX, EFFECT_MAX)
    effects = np.zeros((N_GENES, n_drugs, n_lines))
    effects[responsive] = np.round(planted, EFFECT_DECIMALS)
    return effects


def draw_sample_sheet(rng: np.random.Generator) -> pl.DataFrame:
    """Lay out the samples and draw their quality figures.

    Parameters
    ----------
    rng
        Source of randomness.

    Returns
    -------
    polars.DataFrame
        36 rows: line by line, treatment by treatment, replicate by replicate. ``rin`` and
        ``a260_280`` are text of fixed decimals.
    """
    rows = []
    for line, line_code in CELL_LINES.items():
        for treatment in TREATMENTS:
            for replicate in range(1, N_REPLICATES + 1):
                rin = 10.0 - 1.9 * rng.beta(1.6, 3.2)
                ratio = min(max(rng.normal(2.02, 0.04), 1.9), 2.1)
                rows.append(
                    {
                        "sample_id": f"{line_code}_{treatment.code}_{replicate}",
                        "cell_line": line,
                        "drug": treatment.name,
                        "concentration_um": treatment.concentration_um,
                        "time_h": TIME_H,
                        "replicate": replicate,
                        "batch": f"batch_{replicate}",
                        "rin": f"{rin:.1f}",
                        "a260_280": f"{ratio:.2f}",
                    }
                )
    return pl.DataFrame(rows, schema_overrides={"concentration_um": pl.Int64})


def expected_counts(
    abundance: FloatArray,
    line_shift: FloatArray,
    batch_shift: FloatArray,
    effects: FloatArray,
    library_size: FloatArray,
    samples: pl.DataFrame,
) -> FloatArray:
    """Combine baseline, line, batch and drug into each sample's expected counts.

    Parameters
    ----------
    abundance
        Shape (genes,), reads.
    line_shift
        Shape (genes, cell lines), log2 units.
    batch_shift
        Shape (genes, batches), log2 units.
    effects
        Shape (genes, drugs, cell lines), log2 units.
    library_size
        Shape (samples,), reads aimed at.
    samples
        The sample sheet, in the order of ``library_size``.

    Returns
    -------
    numpy.ndarray
        Shape (genes, samples), reads; each column sums to its library size.
    """
    lines = list(CELL_LINES)
    drugs = [drug.name for drug in DRUGS]
    columns = []
    for line, treatment, replicate in samples.select("cell_line", "drug", "replicate").iter_rows():
        i_line = lines.index(line)
        shift = line_shift[:, i_line] + batch_shift[:, replicate - 1]
        if treatment != VEHICLE.name:
            shift = shift + effects[:, drugs.index(treatment), i_line]
        columns.append(abundance * np.exp2(shift))
    expected = np.stack(columns, axis=1)
    return np.asarray(expected * (library_size / expected.sum(axis=0)), dtype=np.float64)


def draw_counts(rng: np.random.Generator, expected: FloatArray) -> IntArray:
    """Draw negative binomial counts as a gamma mixture of Poissons.

    The variance is ``mu + alpha * mu**2`` with one dispersion ``alpha`` per gene, scattered about
    the trend ``DISPERSION_A1 / mean(mu) + DISPERSION_A0``.

    Parameters
    ----------
    rng
        Source of randomness.
    expected
        Shape (genes, samples), expected reads.

    Returns
    -------
    numpy.ndarray
        Shape (genes, samples), non-negative integers.
    """
    mean = expected.mean(axis=1)
    # A silent gene has no trend value; any finite one serves, as its mean is 0.
    trend = DISPERSION_A1 / np.where(mean > 0, mean, 1.0) + DISPERSION_A0
    alpha = trend * np.exp(rng.normal(0, DISPERSION_LN_SD, mean.size))
    rate = expected * rng.gamma(1 / alpha[:, None], alpha[:, None], expected.shape)
    return rng.poisson(rate).astype(np.int64)


def planted_table(genes: pl.DataFrame, effects: FloatArray) -> pl.DataFrame:
    """List the non-zero true effects.

    Parameters
    ----------
    genes
        ``gene_id`` and ``symbol``, in the order of the effects.
    effects
        Shape (genes, drugs, cell lines), log2 units.

    Returns
    -------
    polars.DataFrame
        ``gene_id``, ``symbol``, ``drug``, ``cell_line``, ``log2_fold_change``, sorted by gene,
        drug and line.
    """
    i_gene, i_drug, i_line = np.nonzero(effects)
    lines = list(CELL_LINES)
    return pl.DataFrame(
        {
            "gene_id": genes["gene_id"].gather(i_gene),
            "symbol": genes["symbol"].gather(i_gene),
            "drug": [DRUGS[i].name for i in i_drug],
            "cell_line": [lines[i] for i in i_line],
            "log2_fold_change": effects[i_gene, i_drug, i_line],
        }
    ).sort("gene_id", "drug", "cell_line")


def simulate(document_genes: pl.DataFrame, seed: int = SEED) -> Simulation:
    """Simulate the study.

    Parameters
    ----------
    document_genes
        ``gene_id`` and ``symbol`` of the real genes to include.
    seed
        Seed of the PCG64 bit generator.

    Returns
    -------
    Simulation
        Sample sheet, counts and planted effects.

    Raises
    ------
    ValueError
        If a sample's counts do not sum to 20-30 million reads.
    """
    # One stream per part, so that a change in one leaves the others' draws alone.
    parent = np.random.Generator(np.random.PCG64(seed))
    for_baseline, for_lines, for_effects, for_sheet, for_counts = parent.spawn(5)
    n_document = document_genes.height
    genes = gene_table(document_genes)
    samples = draw_sample_sheet(for_sheet)
    abundance = draw_baseline(for_baseline, n_document)
    line_shift = draw_line_shift(for_lines)
    batch_shift = for_lines.normal(0, BATCH_SD, (N_GENES, N_REPLICATES))
    effects = draw_effects(for_effects, abundance, n_document)
    library_size = for_sheet.uniform(*LIBRARY_AIM, samples.height)
    expected = expected_counts(abundance, line_shift, batch_shift, effects, library_size, samples)
    counts = draw_counts(for_counts, expected)

    reads = counts.sum(axis=0)
    if reads.min() < LIBRARY_RANGE[0] or reads.max() > LIBRARY_RANGE[1]:
        raise ValueError(f"Library sizes {reads.min()} to {reads.max()} leave 20-30 million.")
    columns = {sample: counts[:, i] for i, sample in enumerate(samples["sample_id"])}
    return Simulation(
        samples=samples.with_columns(pl.Series("reads", reads)),
        counts=genes.with_columns(pl.DataFrame(columns)).sort("gene_id"),
        planted=planted_table(genes, effects),
    )


def gene_set_lines(counts: pl.DataFrame, planted: pl.DataFrame) -> str:
    """Write made-up gene sets in GMT: some hold planted changes, two do not ask for any.

    Parameters
    ----------
    counts
        ``gene_id`` and ``symbol`` of every gene, sorted by gene.
    planted
        The planted effects, as ``planted_table`` returns them.

    Returns
    -------
    str
        A line per set: its name, what it is, and its symbols.
    """
    made_up = counts.filter(pl.col("gene_id").str.starts_with("SIMG")).select("gene_id", "symbol")
    still = made_up.join(planted, on="gene_id", how="anti")["symbol"]
    mean = planted.group_by("symbol", "drug").agg(pl.col("log2_fold_change").mean())
    lines = []
    for drug in (drug.name for drug in DRUGS if drug.name in set(planted["drug"].to_list())):
        for word, sign in (("up", 1), ("down", -1)):
            moved = made_up.join(
                mean.filter(
                    (pl.col("drug") == drug) & (pl.col("log2_fold_change") * sign > SET_EFFECT)
                ),
                on="symbol",
                maintain_order="left",
            )["symbol"]
            members = [
                *moved.gather_every(max(1, moved.len() // N_SET_MOVED)).head(N_SET_MOVED),
                *still.gather_every(still.len() // N_SET_STILL, len(lines)).head(N_SET_STILL),
            ]
            lines.append(
                [
                    f"Simulated: partly planted {word} by {drug}",
                    f"{N_SET_MOVED} genes planted {word} by {drug} and {N_SET_STILL} without an "
                    "effect; simulated, not biology",
                    *members,
                ]
            )
    for first in (1, 61):
        lines.append(
            [
                f"Simulated: made-up genes {first} to {first + 59}",
                "chosen by number alone; simulated, not biology",
                *made_up["symbol"].slice(first - 1, 60),
            ]
        )
    return "".join("\t".join(line) + "\n" for line in lines)


def study_yaml() -> str:
    """Write the study's description.

    Returns
    -------
    str
        The text of ``study.yaml``.
    """
    overall = [(drug.name, VEHICLE.name) for drug in DRUGS]
    overall.append(("pomalidomide", "lenalidomide"))
    within = list(overall)
    overall.append(("lenalidomide", "thalidomide"))
    stem = "  - {{factor: drug, numerator: {}, denominator: {}"
    contrasts = [stem.format(*pair) + "}" for pair in overall]
    contrasts += [
        stem.format(*pair) + f', where: {{cell_line: {line}}}, design: "~ drug"}}'
        for line in CELL_LINES
        for pair in within
    ]
    head = """\
id: simulated-imid
title: "Simulated example: lenalidomide, pomalidomide and thalidomide in three myeloma cell lines"
organism: human
source: simulation
simulated: true
simulation_note: >-
  Seeded negative binomial counts with effects planted at random, with no regard to what the drugs
  do or to what the literature says of any gene. Nothing here is biology.
cell_context: myeloma_cells
samples: samples.csv
counts: counts.tsv.gz
design: "~ cell_line + drug"
contrasts:
"""
    return head + "\n".join(contrasts) + "\n"


def to_text(frame: pl.DataFrame, separator: str = ",") -> bytes:
    """Write a frame as delimited text with a header, LF line ends and empty fields for nulls.

    Parameters
    ----------
    frame
        Any frame of text and numbers.
    separator
        Field separator.

    Returns
    -------
    bytes
        UTF-8 text.
    """
    buffer = io.BytesIO()
    frame.write_csv(buffer, separator=separator, line_terminator="\n")
    return buffer.getvalue()


def to_gzip(data: bytes) -> bytes:
    """Compress without time stamp or file name, so that equal data give equal bytes.

    Parameters
    ----------
    data
        Bytes to compress.

    Returns
    -------
    bytes
        A gzip member.
    """
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=GZIP_LEVEL, fileobj=buffer, mtime=0) as member:
        member.write(data)
    return buffer.getvalue()


def render(simulation: Simulation) -> dict[str, bytes]:
    """Turn a simulation into files.

    Parameters
    ----------
    simulation
        The simulated study.

    Returns
    -------
    dict of str to bytes
        File name to content.
    """
    return {
        "study.yaml": study_yaml().encode(),
        "samples.csv": to_text(simulation.samples),
        "counts.tsv.gz": to_gzip(to_text(simulation.counts, separator="\t")),
        "planted_effects.csv.gz": to_gzip(to_text(simulation.planted)),
        "simulated_sets.gmt": gene_set_lines(simulation.counts, simulation.planted).encode(),
    }


def main(argv: list[str] | None = None) -> int:
    """Write the example study.

    Parameters
    ----------
    argv
        Command line arguments; those of the process when None.

    Returns
    -------
    int
        Exit code, 0 when the files are written.
    """
    parser = argparse.ArgumentParser(description="Write the simulated example study.")
    parser.add_argument(
        "--out", type=Path, default=HERE, metavar="DIR", help="folder to write to (default: here)"
    )
    out: Path = parser.parse_args(argv).out
    out.mkdir(parents=True, exist_ok=True)
    for name, content in render(simulate(read_document_genes(DOCUMENT_GENES))).items():
        (out / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content):,} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
