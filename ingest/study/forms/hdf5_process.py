"""The process that reads HDF5 files; :mod:`ingest.study.forms.hdf5` starts and asks it.

A damaged file can crash the library that reads it, and with it the process it is in.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from ingest.limits import refuse_bomb
from warehouse.errors import DataError

_COUNT_LAYERS: Final = ("counts", "raw_counts", "raw")
_CELL_BYTES: Final = 8


def main() -> None:
    """Answer requests, one per line, until there are no more."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = sys.stdout
    # Whatever a library prints must not be taken for an answer.
    sys.stdout = sys.stderr
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        try:
            answer = _READS[request.pop("read")](**request)
        except DataError as error:
            answer = {"error": error.message, "column": error.column}
        # A damaged file can raise anything in the libraries below.
        except Exception as error:  # noqa: BLE001
            answer = {"damage": f"{type(error).__name__}: {error}"[:200]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _keys(path: str) -> dict[str, Any]:
    import h5py

    with h5py.File(path) as file:
        return {"keys": sorted(file)}


def _kallisto(path: str, target: str) -> dict[str, Any]:
    """Write ``transcript, length, count`` of an ``abundance.h5``."""
    import h5py

    with h5py.File(path) as file:
        _refuse_bomb(Path(path), file)
        frame = pl.DataFrame(
            {
                "transcript": [name.decode("utf-8") for name in file["aux/ids"][:]],
                "length": np.asarray(file["aux/eff_lengths"][:], dtype=float),
                "count": np.asarray(file["est_counts"][:], dtype=float),
            }
        )
    frame.write_ipc(target)
    return {}


def _h5ad(path: str, target: str, layer: str | None) -> dict[str, Any]:
    """Write the counts of an ``.h5ad`` file: ``gene_id`` and a column per observation."""
    # Importing it takes a second that no other form needs.
    import anndata
    import h5py

    file = Path(path)
    with h5py.File(path) as held_file:
        _refuse_bomb(file, held_file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = anndata.read_h5ad(path)
    layer = layer or next((name for name in _COUNT_LAYERS if name in data.layers), None)
    if layer is not None and layer not in data.layers and layer != "X":
        there = ", ".join([*data.layers, "X"])
        raise DataError(f"there is no layer {layer}; there are {there}.")
    held = data.X if layer in {None, "X"} else data.layers[layer]
    if held is None:
        raise DataError("it holds no matrix.")
    refuse_bomb(file, held.shape[0] * held.shape[1] * _CELL_BYTES)
    dense = np.asarray(held.todense() if hasattr(held, "todense") else held)
    names = [str(name) for name in data.obs_names]
    if len(set(names)) < len(names):
        raise DataError("an observation's name stands twice.")
    if "gene_id" in names:
        raise DataError("an observation is called gene_id, which is the genes' column.")
    columns = {name: pl.Series(dense[i], strict=False) for i, name in enumerate(names)}
    frame = pl.DataFrame({"gene_id": [str(name) for name in data.var_names], **columns})
    frame.write_ipc(target)
    return {"layer": None if layer in {None, "X"} else layer}


def _refuse_bomb(path: Path, file: Any) -> None:  # noqa: ANN401
    """Refuse a file whose parts state more than it can hold."""
    import h5py

    stated = 0

    def count(_: str, part: Any) -> None:  # noqa: ANN401
        nonlocal stated
        if isinstance(part, h5py.Dataset) and part.shape is not None:
            stated += int(part.size) * part.dtype.itemsize

    file.visititems(count)
    refuse_bomb(path, stated)


_READS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "keys": _keys,
    "kallisto": _kallisto,
    "h5ad": _h5ad,
}

if __name__ == "__main__":
    main()
