"""Binary forms that are cut short or damaged: refused in words, never a traceback."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ingest.study.forms import recognise
from ingest.study.forms.base import FormOptions
from warehouse.errors import DataError


@pytest.fixture(scope="module")
def binaries(
    pasilla: pl.DataFrame, formats: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """One whole file of each binary form."""
    anndata = pytest.importorskip("anndata")
    folder = tmp_path_factory.mktemp("binaries")
    small = pasilla.head(50)
    small.write_parquet(folder / "a.parquet")
    data = anndata.AnnData(X=small.drop("gene_id").to_numpy().T.astype(np.float32))
    data.obs_names, data.var_names = small.columns[1:], small["gene_id"].to_list()
    data.write_h5ad(folder / "a.h5ad")
    return {
        "parquet": (folder / "a.parquet").read_bytes(),
        "h5ad": (folder / "a.h5ad").read_bytes(),
        "kallisto": (formats / "kallisto" / "h5" / "abundance.h5").read_bytes(),
    }


@pytest.mark.parametrize("name", ["parquet", "h5ad", "kallisto"])
@pytest.mark.parametrize("keep", [9, 0.1, 0.5, 0.9, 0.999])
def test_truncated_binary_files_are_refused(
    binaries: dict[str, bytes], pasilla: pl.DataFrame, tmp_path: Path, name: str, keep: float
) -> None:
    whole = binaries[name]
    path = tmp_path / "data.bin"
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(len(whole) * keep)])
    samples = pasilla.columns[1:]
    with pytest.raises(DataError):
        recognise([path], samples).read([path], samples, FormOptions(tx2gene=path))


def test_damaged_parquet_is_refused_or_read(
    binaries: dict[str, bytes], pasilla: pl.DataFrame, tmp_path: Path
) -> None:
    samples = pasilla.columns[1:]
    rng = np.random.default_rng(5)
    path = tmp_path / "data.bin"
    for _ in range(150):
        damaged = bytearray(binaries["parquet"])
        for at in rng.integers(4, len(damaged), 20):
            damaged[at] = rng.integers(256)
        path.write_bytes(bytes(damaged))
        with contextlib.suppress(DataError):
            recognise([path], samples).read([path], samples, FormOptions())


@pytest.mark.parametrize(
    ("layers", "stated", "factor", "said"),
    [
        ({"spliced": 2, "unspliced": 3}, None, 1, "X"),
        ({"spliced": 2, "unspliced": 3}, "spliced", 2, "layer spliced"),
        ({"spliced": 2, "raw": 3}, None, 3, "layer raw"),
        ({"raw": 2, "raw_counts": 3}, None, 3, "layer raw_counts"),
        ({"raw_counts": 2, "counts": 3}, None, 3, "layer counts"),
        ({"counts": 2}, "X", 1, "X"),
    ],
)
def test_the_counts_of_an_h5ad_file_are_never_a_part_of_the_reads_unasked(
    tmp_path: Path, layers: dict[str, int], stated: str | None, factor: int, said: str
) -> None:
    anndata = pytest.importorskip("anndata")
    whole = np.array([[1, 20], [3, 40]], dtype=np.float32)
    data = anndata.AnnData(X=whole, layers={name: n * whole for name, n in layers.items()})
    data.obs_names, data.var_names = ["a", "b"], ["g1", "g2"]
    path = tmp_path / "data.h5ad"
    data.write_h5ad(path)
    reading = recognise([path], ["a", "b"]).read([path], ["a", "b"], FormOptions(layer=stated))
    assert reading.recognised == f"AnnData .h5ad, {said}"
    assert reading.matrix is not None
    assert reading.matrix.counts.rows() == [
        ("g1", factor, 3 * factor),
        ("g2", 20 * factor, 40 * factor),
    ]
