"""Damaged Parquet and HDF5: a sentence or exact values, and a crash is a sentence too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest import limits
from ingest.study.forms import hdf5
from tests.hostile.damage import noise
from tests.hostile.forms import COUNTS, GENES, SAMPLES, TX2GENE, counted, tabbed
from warehouse.errors import DataError

pytestmark = pytest.mark.timeout(60)

MATRIX = np.array(list(COUNTS.values()), dtype=np.int64)
SEEDS = range(20)


def write_h5ad(path: Path, shape: tuple[int, int] | None = None) -> None:
    """The least that AnnData reads: obs, var and X; X may state another shape than it holds."""
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"], file.attrs["encoding-version"] = "anndata", "0.1.0"
        if shape is None:
            file["X"] = MATRIX.T
        else:
            file.create_dataset("X", shape=shape, dtype="i8", chunks=(1, 1000), fillvalue=0)
        file["X"].attrs["encoding-type"] = "array"
        file["X"].attrs["encoding-version"] = "0.2.0"
        for name, ids in (("obs", SAMPLES), ("var", GENES)):
            group = file.create_group(name)
            group.attrs["encoding-type"], group.attrs["encoding-version"] = "dataframe", "0.2.0"
            group.attrs["_index"] = "_index"
            group.attrs.create("column-order", np.array([], dtype=object), dtype=text)
            group.create_dataset("_index", data=ids, dtype=text)
            group["_index"].attrs["encoding-type"] = "string-array"
            group["_index"].attrs["encoding-version"] = "0.2.0"


def write_kallisto(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["aux/ids"] = np.array([g.replace("G", "T") for g in GENES], dtype="S")
        file["aux/eff_lengths"] = np.full(len(GENES), 700.0)
        file["est_counts"] = MATRIX[:, 0].astype(float)


def write_parquet(path: Path) -> None:
    frame = pl.DataFrame({"gene_id": GENES, **{s: MATRIX[:, i] for i, s in enumerate(SAMPLES)}})
    frame.write_parquet(path)


def plain_parquet(path: Path) -> dict[str, list[int]]:
    return {r["gene_id"]: [r[s] for s in SAMPLES] for r in pq.read_table(path).to_pylist()}


WRITERS: dict[str, tuple[str, Callable[[Path], None], list[str]]] = {
    "h5ad": ("counts.h5ad", write_h5ad, SAMPLES),
    "kallisto": ("abundance.h5", write_kallisto, SAMPLES[:1]),
    "parquet": ("counts.parquet", write_parquet, SAMPLES),
}


def made(folder: Path, kind: str) -> tuple[Path, Callable[[Path], object]]:
    name, write, samples = WRITERS[kind]
    write(folder / name)
    pairs = [["transcript_id", "gene_id"], *([g.replace("G", "T"), g] for g in GENES)]
    (folder / TX2GENE).write_bytes(tabbed(pairs))
    return folder / name, counted(samples)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_sound_file_is_read(tmp_path: Path, kind: str) -> None:
    path, read = made(tmp_path, kind)
    samples = len(WRITERS[kind][2])
    assert read(path) == {g: c[:samples] for g, c in COUNTS.items()}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("keep", [8, 9, 100, 0.3, 0.6, 0.9, 0.99])
def test_a_cut_file_is_refused(tmp_path: Path, kind: str, keep: float) -> None:
    path, read = made(tmp_path, kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(len(whole) * keep)])
    with pytest.raises(DataError) as refusal:
        read(path)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", WRITERS)
def test_a_damaged_file_is_refused_or_holds_what_it_says(
    tmp_path: Path, kind: str, seed: int
) -> None:
    path, read = made(tmp_path, kind)
    held = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(4, len(held), 1 + seed):
        held[at] = rng.integers(256)
    path.write_bytes(bytes(held))
    try:
        found = read(path)
    except DataError as refusal:
        said = str(refusal)
    else:
        said = ""
    if said:
        assert str(path) in said
        assert len(said) - len(str(path)) < 600
        return
    if kind == "parquet":
        assert found == plain_parquet(path)
    elif kind == "h5ad":
        with h5py.File(path) as file:
            values, ids = file["X"][:].T.tolist(), file["var/_index"].asstr()[:].tolist()
        assert found == dict(zip(ids, values, strict=True))
    else:
        with h5py.File(path) as file:
            values = np.rint(file["est_counts"][:]).astype(int).tolist()
            ids = [i.decode().replace("T", "G", 1) for i in file["aux/ids"][:]]
        pairs = zip(ids, values, strict=True)
        assert found == {g: [n] for g, n in pairs if g in GENES}


def test_files_that_state_more_than_they_can_hold_are_refused(tmp_path: Path) -> None:
    h5ad = tmp_path / "counts.h5ad"
    write_h5ad(h5ad, (300_000, 60_000))
    parquet = tmp_path / "counts.parquet"
    column = pa.array([0]).take(pa.array(np.zeros(12_000_000, dtype=np.int32)))
    pq.write_table(pa.table(dict.fromkeys(SAMPLES, column)), parquet)
    for path in (h5ad, parquet):
        assert path.stat().st_size < limits.ALWAYS_ALLOWED // 100
        with pytest.raises(DataError, match="unpacked this is larger than"):
            counted(SAMPLES)(path)


def test_a_crash_of_the_library_is_a_sentence_and_the_next_file_is_read(tmp_path: Path) -> None:
    path, read = made(tmp_path, "h5ad")
    assert read(path)
    process = hdf5._PROCESS._running
    assert process is not None
    process.kill()
    process.wait()
    assert read(path)
    with pytest.MonkeyPatch.context() as patch:
        # No time at all: the reader ends the process instead of waiting for it.
        patch.setattr(hdf5, "_longest", lambda _: 0.0)
        with pytest.raises(DataError, match="crashed or did not end"):
            hdf5.read_hdf5(path, "h5ad", ".h5ad file", layer=None)
    assert read(path)


def test_noise_behind_a_magic_is_refused(tmp_path: Path) -> None:
    for seed, magic in enumerate((b"PAR1", hdf5.MAGIC)):
        path = tmp_path / "counts.bin"
        path.write_bytes(magic + noise(4000, seed) + magic)
        with pytest.raises(DataError):
            counted(SAMPLES)(path)
