"""Parquet and AnnData: matrices that come typed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from ingest.limits import refuse_bomb
from ingest.study.forms.base import CountForm, FormOptions, Head, Reading
from ingest.study.forms.delimited import read_opened, single_file
from ingest.study.forms.hdf5 import MAGIC, read_hdf5, top_level_names
from ingest.study.forms.long import long_columns, read_long
from ingest.table import FrameTable
from warehouse.errors import DataError

_PARQUET_MAGIC: Final = b"PAR1"
_CELL_BYTES: Final = 8


def _is_parquet(head: Head) -> bool:
    return head.raw.startswith(_PARQUET_MAGIC)


def _read_parquet(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    path = single_file(paths, "Parquet file")
    try:
        scan = pl.scan_parquet(path)
        width = len(scan.collect_schema())
        height = int(scan.select(pl.len()).collect().item())
        refuse_bomb(path, height * width * _CELL_BYTES)
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
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
    return head.raw.startswith(MAGIC) and {"obs", "var"} <= top_level_names(head.path)


def _read_h5ad(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    path = single_file(paths, ".h5ad file")
    frame, answer = read_hdf5(path, "h5ad", ".h5ad file", layer=options.layer)
    words = f"layer {answer['layer']}" if answer["layer"] else "X"
    return read_opened(FrameTable(path, frame), samples, options, f"AnnData .h5ad, {words}")


PARQUET: Final = CountForm("parquet", "Parquet table", _is_parquet, _read_parquet)
H5AD: Final = CountForm("h5ad", "AnnData .h5ad file", _is_h5ad, _read_h5ad)
