"""Real count files that several tests of forms read."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest


@pytest.fixture(scope="session")
def counts(shared_data: Path) -> Path:
    return shared_data / "counts"


@pytest.fixture(scope="session")
def formats(counts: Path) -> Path:
    return counts / "formats"


@pytest.fixture(scope="session")
def pasilla(counts: Path) -> pl.DataFrame:
    return pl.read_csv(counts / "pasilla" / "pasilla_counts.csv")
