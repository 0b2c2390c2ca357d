"""featureCounts: annotation columns, then one column per BAM file; one or many files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from ingest.study.counts import exact_counts
from ingest.study.forms.base import CountForm, FormOptions, Head, Reading, counted, statistics_frame
from ingest.study.forms.names import one_per_sample, sample_of
from ingest.study.forms.per_sample import SampleColumn, whole_matrix
from ingest.study.matrix import build_features
from ingest.table import OpenedTable, open_table
from warehouse.errors import DataError

_ANNOTATION: Final = ("Geneid", "Chr", "Start", "End", "Strand", "Length")
_SYMBOLS: Final = ("gene_name", "gene_symbol", "symbol")


def _recognise(head: Head) -> bool:
    return not head.is_binary and tuple(head.header[: len(_ANNOTATION)]) == _ANNOTATION


def _summary_beside(path: Path) -> list[Path]:
    summary = path.with_name(f"{path.name}.summary")
    return [summary] if summary.is_file() else []


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    opened = [open_table(path) for path in paths]
    places: dict[str, tuple[int, str]] = {}
    for i, unread in enumerate(opened):
        if tuple(unread.header[: len(_ANNOTATION)]) != _ANNOTATION:
            raise DataError(
                f"featureCounts begins with the columns {', '.join(_ANNOTATION)}.",
                unread.path,
                unread.header_line,
            )
        skipped = {*_ANNOTATION, *_SYMBOLS, *options.ignore_columns}
        for column in unread.header:
            if column not in skipped:
                places[_name(column, unread.path, samples, options)] = (i, column)
    named = {**options.sample_names, **{str(p): s for p, s in options.sample_files.items()}}
    names = one_per_sample(paths[0], list(places), samples, named, "column")
    parsed = [
        _parse(unread, [c for j, c in places.values() if j == i]) for i, unread in enumerate(opened)
    ]
    columns = {}
    for sample in samples:
        i, column = places[names[sample]]
        features, counts = parsed[i]
        columns[sample] = SampleColumn(paths[i], features, counts[column])
    return Reading(
        f"featureCounts, {counted(len(paths))}, {len(samples)} samples",
        matrix=whole_matrix(columns),
        statistics=_statistics(paths, samples, options),
    )


def _parse(
    opened: OpenedTable, columns: Sequence[str]
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    table = opened.parse(columns)
    symbol = next((h for h in opened.header if h in _SYMBOLS), None)
    features = build_features(table, _ANNOTATION[0], symbol)
    return features, dict(zip(columns, exact_counts(table, columns), strict=True))


def _name(column: str, path: Path, samples: Sequence[str], options: FormOptions) -> str:
    """Return what tells the sample: the BAM file's path, or the file where that does not."""
    if path in options.sample_files or sample_of(column, samples, options.sample_names) is None:
        return str(path)
    return column


def _statistics(
    paths: Sequence[Path], samples: Sequence[str], options: FormOptions
) -> pl.DataFrame | None:
    rows = []
    for summary in (s for path in paths for s in _summary_beside(path)):
        opened = open_table(summary)
        status, *files = opened.header
        table = opened.parse(files)
        for column, counts in zip(files, exact_counts(table, files), strict=True):
            sample = sample_of(
                _name(column, summary.with_suffix(""), samples, options),
                samples,
                {**options.sample_names, **{str(p): s for p, s in options.sample_files.items()}},
            )
            if sample in samples:
                rows += [
                    (str(sample), "featureCounts", name, reads)
                    for name, reads in zip(table.frame[status], counts, strict=True)
                ]
    return statistics_frame(rows)


FEATURE_COUNTS: Final = CountForm(
    "featurecounts", "featureCounts table", _recognise, _read, _summary_beside
)
