"""Gene by gene: the default engine against R's DESeq2 on the same counts.

All at the warehouse's setting, a false-discovery rate of 0.05 for independent filtering. The
real studies are read from ``shared/data/counts`` beside the repository, the design of two factors
is simulated.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analytics.deseq import Contrast, fit_design
from benchmarks.de_scaling import CONTRAST, DESIGN, simulate
from benchmarks.measure import machine
from benchmarks.r_rivals import Question, deseq2_table
from warehouse.home import installation_root

COUNTS: Final = installation_root().parent / "shared" / "data" / "counts"
ALPHA: Final = 0.05
LARGE_CHANGE: Final = 1.0
# Beyond 37.52 standard errors R's normal tail is 0, SciPy's is not.
SMALLEST_P: Final = 1e-300


@dataclass(frozen=True)
class Case:
    """Counts (samples x genes) with their samples and design; contrasts of one factor."""

    counts: np.ndarray
    samples: pd.DataFrame
    design: str
    contrasts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Agreement:
    """How far two tables of the same genes are apart.

    Attributes
    ----------
    p_absent, padj_absent
        Genes of which one table alone lacks the value.
    called, called_by_r, called_by_one
        Genes at padj < 0.05 and a change beyond 1, here, in R, and by one of both only.
    change_99, change_most
        Differences of log2 fold change among tested genes: 99 % quantile and largest.
    log10_p_most
        Largest difference of log10 p.
    beyond
        Tested genes with a change or a log10 p further than 2e-3 from R's.
    """

    genes: int
    p_absent: int
    padj_absent: int
    called: int
    called_by_r: int
    called_by_one: int
    change_99: float
    change_most: float
    log10_p_most: float
    beyond: int


def airway(design: str) -> Case:
    """Eight samples of four donors, with and without dexamethasone."""
    counts = pd.read_csv(COUNTS / "airway/airway_rawcounts.csv", index_col=0)
    samples = pd.read_csv(COUNTS / "airway/airway_metadata.csv", index_col="id")
    return Case(counts.to_numpy().T, samples, design, (("dex", "treated", "control"),))


def pasilla() -> Case:
    """Seven samples of a knock-down in S2 cells."""
    counts = pd.read_csv(COUNTS / "pasilla/pasilla_counts.csv", index_col=0)
    samples = pd.DataFrame({"condition": counts.columns.str.rstrip("1234")}, index=counts.columns)
    contrast = ("condition", "untreated", "treated")
    return Case(counts.to_numpy().T, samples, "~ condition", (contrast,))


def prostate() -> Case:
    """Sixteen samples of LNCaP: three drugs and a control, with and without DHT (GSE211781)."""
    folder = COUNTS / "GSE211781"
    counts = pd.read_csv(
        folder / "GSE211781_raw_counts_GRCh38.p13_NCBI.tsv.gz", sep="\t", index_col=0
    )
    samples = pd.read_csv(folder / "sample_metadata.csv", index_col=0).loc[counts.columns]
    contrasts = tuple(
        ("Group", f"{drug}_Plus_DHT", "Control_Plus_DHT")
        for drug in ("Bicalutamide", "Enzalutamide")
    )
    return Case(counts.to_numpy().T, samples[["Group"]], "~ Group", contrasts)


def simulated(samples: int) -> Case:
    """Return 20,000 genes of three batches and three levels of a drug."""
    counts, frame = simulate(20_000, samples)
    return Case(counts, frame, DESIGN, (CONTRAST,))


CASES: Final[dict[str, Callable[[], Case]]] = {
    "airway, unpaired": lambda: airway("~ dex"),
    "airway, paired": lambda: airway("~ celltype + dex"),
    "pasilla": pasilla,
    "GSE211781": prostate,
    "20,000 x 60, simulated": lambda: simulated(60),
    "20,000 x 300, simulated": lambda: simulated(300),
}


def r_table(case: Case, contrast: tuple[str, str, str]) -> pd.DataFrame:
    """Ask R on the same counts and samples."""
    with tempfile.TemporaryDirectory() as folder:
        counts, samples = Path(folder) / "counts.csv", Path(folder) / "samples.csv"
        pd.DataFrame(case.counts.T, columns=case.samples.index).to_csv(counts)
        case.samples.to_csv(samples)
        return deseq2_table(Question(counts, samples, case.design, *contrast))


def agreement(ours: pd.DataFrame, r: pd.DataFrame) -> Agreement:
    """Hold results, a row per gene in the same order, against R's."""
    p, r_p = ours["p_value"].to_numpy(), r["pvalue"].to_numpy()
    padj, r_padj = ours["padj"].to_numpy(), r["padj"].to_numpy()
    change, r_change = ours["log2_fold_change"].to_numpy(), r["log2FoldChange"].to_numpy()
    called = (padj < ALPHA) & (np.abs(change) > LARGE_CHANGE)
    r_called = (r_padj < ALPHA) & (np.abs(r_change) > LARGE_CHANGE)
    tested = ~np.isnan(p) & ~np.isnan(r_p)
    apart = np.abs(change - r_change)[tested]
    logs = [np.log10(np.clip(values[tested], SMALLEST_P, None)) for values in (p, r_p)]
    p_apart = np.abs(logs[0] - logs[1])
    return Agreement(
        genes=int(tested.sum()),
        p_absent=int((np.isnan(p) != np.isnan(r_p)).sum()),
        padj_absent=int((np.isnan(padj) != np.isnan(r_padj)).sum()),
        called=int(called.sum()),
        called_by_r=int(r_called.sum()),
        called_by_one=int((called != r_called).sum()),
        change_99=float(np.quantile(apart, 0.99)),
        change_most=float(apart.max()),
        log10_p_most=float(p_apart.max()),
        beyond=int(((apart > 2e-3) | (p_apart > 2e-3)).sum()),
    )


def line(name: str, contrast: tuple[str, str, str], a: Agreement) -> str:
    """Return one row of the table."""
    return (
        f"| {name} | {contrast[1]} / {contrast[2]} | {a.genes:,} | {a.p_absent} | {a.padj_absent} "
        f"| {a.called:,} / {a.called_by_r:,} | {a.called_by_one} | {a.change_99:.1e} "
        f"| {a.change_most:.1e} | {a.log10_p_most:.1e} | {a.beyond} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    options = parser.parse_args()
    print(
        "| study | contrast | tested genes | p known to one only | padj known to one only "
        "| called here / R | called by one only | log2FC apart, 99 % | log2FC apart, most "
        "| log10 p apart, most | beyond 2e-3 |\n" + "|---" * 11 + "|",
        flush=True,
    )
    for name in options.cases:
        case = CASES[name]()
        fit = fit_design(case.counts, case.samples, case.design)
        for contrast in case.contrasts:
            ours = fit.results(Contrast(*contrast), shrink=False, alpha=ALPHA)
            print(line(name, contrast, agreement(ours, r_table(case, contrast))), flush=True)
    print(f"\n{machine()}.")


if __name__ == "__main__":
    main()
