"""RSEM's ``genes.results``: expected counts per gene, one file per sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from ingest.study.counts import estimated_counts
from ingest.study.forms.base import CountForm, FormOptions, Head, Reading, counted
from ingest.study.forms.names import files_by_sample
from ingest.study.forms.per_sample import SampleColumn, rounded_matrix, side_by_side
from ingest.study.forms.transcripts import lengths_frame, without_gaps
from ingest.study.matrix import GENE, build_features
from ingest.table import open_table
from warehouse.errors import DataError

_COUNT: Final = "expected_count"
_LENGTH: Final = "effective_length"
_COLUMNS: Final = {"gene_id", "transcript_id(s)", "effective_length", _COUNT, "TPM", "FPKM"}


def _recognise(head: Head) -> bool:
    return not head.is_binary and set(head.header) >= _COLUMNS


def _columns(path: Path) -> tuple[SampleColumn, SampleColumn]:
    """Return a sample's counts and effective lengths."""
    opened = open_table(path)
    missing = [name for name in (_COUNT, _LENGTH) if name not in opened.header]
    if missing:
        raise DataError(f"RSEM's table has a column {missing[0]}.", path, opened.header_line)
    table = opened.parse()
    features = build_features(table, "gene_id", None)
    counts, lengths = estimated_counts(table, [_COUNT, _LENGTH])
    return SampleColumn(path, features, counts), SampleColumn(path, features, lengths)


def _lengths(columns: Mapping[str, SampleColumn]) -> pl.DataFrame:
    """Return mean lengths; a gene of no length in a sample has its geometric mean elsewhere."""
    features, wide = side_by_side(columns)
    lengths = wide.select(list(columns)).to_numpy()
    known = np.where(lengths > 0, lengths, np.nan)
    return lengths_frame(
        features[GENE], list(columns), without_gaps(known, np.ones(features.height))
    )


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    by_sample = files_by_sample(paths, samples, options.sample_files, options.sample_names)
    columns = {s: _columns(path) for s, path in by_sample.items()}
    matrix, totals = rounded_matrix({s: counts for s, (counts, _) in columns.items()})
    return Reading(
        f"RSEM genes.results, {counted(len(by_sample))}, expected counts rounded half to even",
        matrix=matrix,
        estimated_totals=totals,
        lengths=_lengths({s: lengths for s, (_, lengths) in columns.items()}),
    )


RSEM: Final = CountForm("rsem", "RSEM genes.results table", _recognise, _read)
