"""RSEM's ``genes.results``: expected counts per gene, one file per sample."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ingest.study.counts import estimated_counts
from ingest.study.forms.base import CountForm, FormOptions, Head, Reading, counted
from ingest.study.forms.names import files_by_sample
from ingest.study.forms.per_sample import SampleColumn, rounded_matrix
from ingest.study.matrix import build_features
from ingest.table import open_table
from warehouse.errors import DataError

_COUNT: Final = "expected_count"
_COLUMNS: Final = {"gene_id", "transcript_id(s)", "effective_length", _COUNT, "TPM", "FPKM"}


def _recognise(head: Head) -> bool:
    return not head.is_binary and set(head.header) >= _COLUMNS


def _column(path: Path) -> SampleColumn:
    opened = open_table(path)
    if _COUNT not in opened.header:
        raise DataError(f"RSEM's table has a column {_COUNT}.", path, opened.header_line)
    table = opened.parse()
    return SampleColumn(
        path, build_features(table, "gene_id", None), estimated_counts(table, [_COUNT])[0]
    )


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    by_sample = files_by_sample(paths, samples, options.sample_files, options.sample_names)
    matrix, totals = rounded_matrix({s: _column(path) for s, path in by_sample.items()})
    return Reading(
        f"RSEM genes.results, {counted(len(by_sample))}, expected counts rounded half to even",
        matrix=matrix,
        estimated_totals=totals,
    )


RSEM: Final = CountForm("rsem", "RSEM genes.results table", _recognise, _read)
