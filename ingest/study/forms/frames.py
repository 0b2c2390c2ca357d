"""Parquet and AnnData: matrices that come typed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from ingest.study.forms.base import CountForm, FormOptions, Head, Reading
from ingest.study.forms.delimited import read_opened, single_file
from ingest.study.forms.long import long_columns, read_long
from ingest.study.forms.quantifiers import HDF5_MAGIC
from ingest.study.matrix import listed
from ingest.table import FrameTable
from warehouse.errors import DataError

_PARQUET_MAGIC: Final = b"PAR1"
_COUNT_LAYERS: Final = ("counts", "raw_counts", "raw", "spliced")


def _is_parquet(head: Head) -> bool:
    return head.raw.startswith(_PARQUET_MAGIC)


def _read_parquet(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    path = single_file(paths, "Parquet file")
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError("this Parquet file is truncated or damaged.", path) from error
    if not frame.height:
        raise DataError("the table has no rows.", path)
    nested = [c for c, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise DataError("this column is nested; a plain table was expected.", path, None, nested[0])
    opened = FrameTable(path, frame)
    columns = long_columns(opened.header, opened.text_rows(), frozenset(samples))
    if columns is not None:
        return read_long(opened, columns, samples, options, "Parquet, one row per gene and sample")
    return read_opened(opened, samples, options, "Parquet count matrix, genes in rows")


def _is_h5ad(head: Head) -> bool:
    if not head.raw.startswith(HDF5_MAGIC):
        return False
    import h5py

    try:
        with h5py.File(head.path) as file:
            return "obs" in file and "var" in file
    except (OSError, RuntimeError):
        return False


def _read_h5ad(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    # Importing it takes a second that most commands do not need.
    import anndata

    path = single_file(paths, ".h5ad file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = anndata.read_h5ad(path)
    # A damaged file can raise anything in the libraries below.
    except Exception as error:
        raise DataError("this .h5ad file is truncated or damaged.", path) from error
    layer = options.layer or next((name for name in _COUNT_LAYERS if name in data.layers), None)
    if layer is not None and layer not in data.layers and layer != "X":
        raise DataError(
            f"there is no layer {layer}; there are {listed([*data.layers, 'X'])}.", path
        )
    held = data.X if layer in {None, "X"} else data.layers[layer]
    if held is None:
        raise DataError("it holds no matrix.", path)
    dense = np.asarray(held.todense() if hasattr(held, "todense") else held)
    obs_names = [str(name) for name in data.obs_names]
    if len(set(obs_names)) < len(obs_names):
        raise DataError("an observation's name stands twice.", path)
    columns = {name: pl.Series(dense[i], strict=False) for i, name in enumerate(obs_names)}
    frame = pl.DataFrame({"gene_id": [str(name) for name in data.var_names], **columns})
    words = "X" if layer in {None, "X"} else f"layer {layer}"
    return read_opened(FrameTable(path, frame), samples, options, f"AnnData .h5ad, {words}")


PARQUET: Final = CountForm("parquet", "Parquet table", _is_parquet, _read_parquet)
H5AD: Final = CountForm("h5ad", "AnnData .h5ad file", _is_h5ad, _read_h5ad)
