"""featureCounts: annotation columns, then one column per BAM file; one or many files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from ingest.study.counts import exact_counts
from ingest.study.forms.base import (
    ANNOTATION_NAMES,
    CountForm,
    FormOptions,
    Head,
    Reading,
    counted,
    statistics_frame,
)
from ingest.study.forms.names import one_per_sample, sample_of
from ingest.study.forms.per_sample import SampleColumn, whole_matrix
from ingest.study.matrix import build_features, listed
from ingest.table import OpenedTable, open_table
from warehouse.errors import DataError

_ANNOTATION: Final = ("Geneid", "Chr", "Start", "End", "Strand", "Length")
_SYMBOLS: Final = ("gene_name", "gene_symbol", "symbol")


def _recognise(head: Head) -> bool:
    return not head.is_binary and tuple(head.header[: len(_ANNOTATION)]) == _ANNOTATION


def _summary_beside(path: Path) -> list[Path]:
    summary = path.with_name(f"{path.name}.summary")
    return [summary] if summary.is_file() else []


@dataclass(frozen=True)
class _Place:
    """A column of counts, the file that it stands in, and what tells its sample."""

    name: str
    file: int
    column: str


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    opened = [open_table(path) for path in paths]
    places: list[_Place] = []
    for i, unread in enumerate(opened):
        if tuple(unread.header[: len(_ANNOTATION)]) != _ANNOTATION:
            raise DataError(
                f"featureCounts begins with the columns {', '.join(_ANNOTATION)}.",
                unread.path,
                unread.header_line,
            )
        columns = _count_columns(unread.header, samples, options)
        named = _named(columns, unread.path, samples, options)
        places += [_Place(name, i, column) for name, column in named]
    by_sample = _one_place_per_sample(paths, places, samples, options)
    parsed = [
        _parse(unread, [place.column for place in by_sample.values() if place.file == i])
        for i, unread in enumerate(opened)
    ]
    matrix = {}
    for sample, place in by_sample.items():
        features, counts = parsed[place.file]
        matrix[sample] = SampleColumn(paths[place.file], features, counts[place.column])
    return Reading(
        f"featureCounts, {counted(len(paths))}, {len(samples)} samples",
        matrix=whole_matrix(matrix),
        statistics=_statistics(paths, by_sample, samples, options),
    )


def _count_columns(
    header: Sequence[str], samples: Sequence[str], options: FormOptions
) -> list[str]:
    """Return the columns but those of annotation, which ``--extraAttributes`` adds to."""
    skipped = {*_ANNOTATION, *_SYMBOLS, *options.ignore_columns}
    named = {*samples, *options.sample_names}
    return [
        column
        for column in header
        if column not in skipped and (column in named or column.lower() not in ANNOTATION_NAMES)
    ]


def _named(
    columns: Sequence[str], path: Path, samples: Sequence[str], options: FormOptions
) -> list[tuple[str, str]]:
    """Return what tells the sample of each column: the BAM file's path, or else the file's.

    Raises
    ------
    DataError
        If ``counts`` names the file for a sample and not one of its columns is that sample's.
    """
    if path not in options.sample_files:
        recognised = [sample_of(c, samples, options.sample_names) is not None for c in columns]
        return [(c if r else str(path), c) for c, r in zip(columns, recognised, strict=True)]
    sample = options.sample_files[path]
    own = [c for c in columns if sample_of(c, samples, options.sample_names) == sample]
    found = columns if len(columns) == 1 else own
    if len(found) != 1:
        raise DataError(
            f"counts names this file for sample {sample}, and "
            f"{'several' if own else 'none'} of its columns ({listed(columns)}) "
            f"{'are' if own else 'is'} that sample's; one was expected.",
            path,
        )
    return [(str(path), found[0])]


def _one_place_per_sample(
    paths: Sequence[Path], places: Sequence[_Place], samples: Sequence[str], options: FormOptions
) -> dict[str, _Place]:
    """Return each sample's column.

    Raises
    ------
    DataError
        If two columns are of one sample, a sample has none, or a column is of none.
    """
    named = _sample_names(options)
    first: dict[str, _Place] = {}
    for place in places:
        sample = sample_of(place.name, samples, named)
        if sample in first:
            earlier = first[sample]
            raise DataError(
                f"sample {sample} is recognised in two columns, {earlier.column} of "
                f"{paths[earlier.file]} and {place.column} of {paths[place.file]}; one was "
                "expected.",
                paths[place.file],
                column=place.column,
            )
        if sample is not None:
            first[sample] = place
    by_name = {place.name: place for place in places}
    names = one_per_sample(paths[0], list(by_name), samples, named, "column")
    return {sample: by_name[name] for sample, name in names.items()}


def _sample_names(options: FormOptions) -> dict[str, str]:
    return {**options.sample_names, **{str(p): s for p, s in options.sample_files.items()}}


def _parse(
    opened: OpenedTable, columns: Sequence[str]
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    table = opened.parse(columns)
    symbol = next((h for h in opened.header if h in _SYMBOLS), None)
    features = build_features(table, _ANNOTATION[0], symbol)
    return features, dict(zip(columns, exact_counts(table, columns), strict=True))


def _statistics(
    paths: Sequence[Path],
    by_sample: Mapping[str, _Place],
    samples: Sequence[str],
    options: FormOptions,
) -> pl.DataFrame | None:
    """Return what the summaries beside the files say of the columns that were read."""
    rows = []
    for i, path in enumerate(paths):
        columns = {sample: place.column for sample, place in by_sample.items() if place.file == i}
        for summary in _summary_beside(path):
            opened = open_table(summary)
            status, *files = opened.header
            table = opened.parse(files)
            counts = dict(zip(files, exact_counts(table, files), strict=True))
            rows += [
                (sample, "featureCounts", name, reads)
                for sample, column in _in_summary(files, columns, samples, options).items()
                for name, reads in zip(table.frame[status], counts[column], strict=True)
            ]
    return statistics_frame(rows)


def _in_summary(
    files: Sequence[str], columns: Mapping[str, str], samples: Sequence[str], options: FormOptions
) -> dict[str, str]:
    """Return the samples' columns of a summary, also where those of the counts were renamed."""
    if set(columns.values()) <= set(files):
        return dict(columns)
    if len(files) == len(columns) == 1:
        return dict.fromkeys(columns, files[0])
    recognised = [sample_of(file, samples, options.sample_names) for file in files]
    return {
        sample: files[recognised.index(sample)]
        for sample in columns
        if recognised.count(sample) == 1
    }


FEATURE_COUNTS: Final = CountForm(
    "featurecounts", "featureCounts table", _recognise, _read, _summary_beside
)
