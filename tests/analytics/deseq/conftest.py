"""Readers of R's answers, and the rule by which ours are held against them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.deseq import Fit, fit_design

GOLDEN = Path(__file__).parents[2] / "golden" / "deseq"


@dataclass(frozen=True)
class Case:
    """Counts (genes x samples) and samples that R has answered."""

    name: str
    counts: pd.DataFrame
    samples: pd.DataFrame

    def fit(self, design: str) -> Fit:
        return fit_design(self.counts.to_numpy().T.copy(), self.samples, design)

    def answer(self, key: str) -> pd.DataFrame:
        return pd.read_csv(GOLDEN / f"{self.name}.{key}.csv.gz", index_col=0)


@pytest.fixture(scope="session")
def case() -> Callable[[str], Case]:
    def read(name: str) -> Case:
        counts = pd.read_csv(GOLDEN / f"{name}.counts.csv.gz", index_col=0)
        samples = pd.read_csv(GOLDEN / f"{name}.samples.csv", index_col=0)
        return Case(name, counts, samples)

    return read


@pytest.fixture(scope="session")
def same_as_r() -> Callable[..., None]:
    """Hold a table of ours against one of R's, gene by gene in the same order."""

    def check(
        ours: pd.DataFrame,
        r: pd.DataFrame,
        most: float = 1e-6,
        change: float = 2e-3,
        p: float = 2e-3,
    ) -> None:
        assert len(ours) == len(r)
        pairs = {"log2FoldChange": "log2_fold_change", "pvalue": "p_value", "padj": "padj"}
        for theirs, name in pairs.items():
            absent = r[theirs].isna().to_numpy() != ours[name].isna().to_numpy()
            assert not absent.any(), f"{absent.sum()} genes differ in whether {name} is known"
        np.testing.assert_allclose(ours["base_mean"], r["baseMean"], rtol=1e-9)
        distance = np.abs(ours["log2_fold_change"].to_numpy() - r["log2FoldChange"].to_numpy())
        assert np.nanquantile(distance, 0.99) < most
        assert np.nanmax(distance) < change
        np.testing.assert_allclose(ours["lfc_se"], r["lfcSE"], rtol=2e-3, atol=1e-4)
        with np.errstate(divide="ignore", invalid="ignore"):
            orders = np.abs(np.log10(ours["p_value"].to_numpy()) - np.log10(r["pvalue"].to_numpy()))
        assert np.nanmax(orders) < p
        assert called(ours["padj"], ours["log2_fold_change"]) == called(
            r["padj"], r["log2FoldChange"]
        )

    return check


def called(padj: pd.Series, change: pd.Series) -> set[int]:
    return set(np.flatnonzero((padj < 0.05).to_numpy() & (change.abs() > 1).to_numpy()))
