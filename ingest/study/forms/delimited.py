"""A delimited matrix: genes in rows, samples in columns, exact whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from ingest.headings import ID_NAMES, SYMBOL_NAMES
from ingest.study.counts import estimated_counts, exact_counts, rounded_half_even
from ingest.study.forms.base import (
    ANNOTATION_NAMES,
    CountForm,
    FormOptions,
    Head,
    Reading,
    statistics_frame,
)
from ingest.study.matrix import CountMatrix, build_features, listed
from ingest.table import ROW_NUMBER, AnyTable, Table, open_table
from warehouse.errors import DataError

# Rows that count reads assigned to no gene, as htseq-count and STAR write them.
_STATISTICS_ROW: Final = (
    r"^(__(no_feature|ambiguous|too_low_aQual|not_aligned|alignment_not_unique)"
    r"|N_(unmapped|multimapping|noFeature|ambiguous))$"
)


def single_file(paths: Sequence[Path], form: str) -> Path:
    """Return the only path.

    Raises
    ------
    DataError
        If there are several.
    """
    if len(paths) != 1:
        raise DataError(
            f"a {form} holds every sample in one file, but {len(paths)} files are named.", paths[1]
        )
    return paths[0]


def gene_column(opened: AnyTable, samples: Sequence[str], options: FormOptions) -> str:
    """Return the column of gene ids: the one given, one called so, or the first that is no sample.

    Raises
    ------
    DataError
        If there is none.
    """
    wanted = {*samples, *options.sample_names}
    others = [h for h in opened.header if h not in wanted and h != ROW_NUMBER]
    called = {h.lower(): h for h in reversed(others)}
    found = options.gene_id_column or next((called[n] for n in ID_NAMES if n in called), None)
    found = found or next(iter(others), None)
    if found is None or found not in opened.header:
        raise DataError(
            f"there is no gene id column{f' {found}' if found else ''}; "
            f"the columns are {listed(opened.header)}.",
            opened.path,
            opened.header_line,
        )
    return found


def symbol_column(header: Sequence[str], gene: str) -> str | None:
    """Return the column of gene symbols, if there is one beside the ids."""
    return next((h for h in header if h.lower() in SYMBOL_NAMES and h != gene), None)


def sample_columns(
    opened: AnyTable, samples: Sequence[str], gene: str, options: FormOptions
) -> dict[str, str]:
    """Return each sample's column.

    Raises
    ------
    DataError
        If a sample has none or two, or a column is neither sample nor annotation.
    """
    by_sample: dict[str, str] = {}
    for column in (h for h in opened.header if h not in options.ignore_columns):
        sample = options.sample_names.get(column, column)
        if sample in by_sample and sample in samples:
            raise DataError(
                f"sample {sample} is recognised in two columns, {by_sample[sample]} and {column}.",
                opened.path,
                opened.header_line,
                column,
            )
        by_sample[sample] = column
    missing = [s for s in samples if s not in by_sample]
    if missing:
        raise DataError(
            f"the sample sheet's {listed(missing)} has no column in the matrix; "
            f"its columns are {listed(opened.header)}.",
            opened.path,
            opened.header_line,
            missing[0],
        )
    columns = {s: by_sample[s] for s in samples}
    known = {*columns.values(), gene, *options.ignore_columns}
    unknown = [h for h in opened.header if h not in known and h.lower() not in ANNOTATION_NAMES]
    if unknown:
        raise DataError(
            "this column is neither in the sample sheet nor gene annotation; add the sample to "
            "the sheet or name the column under ignore_columns in study.yaml.",
            opened.path,
            opened.header_line,
            unknown[0],
        )
    return columns


def read_wide(
    opened: AnyTable,
    gene: str,
    symbol: str | None,
    columns: Mapping[str, str],
    *,
    recognised: str,
    are_estimates: bool = False,
) -> Reading:
    """Read the samples' columns of a table; rows of statistics go apart.

    Parameters
    ----------
    columns
        Each sample's column, in the order of the sheet.
    are_estimates
        Fractions are rounded half to even, and each sample's sum before that is kept.
    """
    table = opened.parse(() if are_estimates else list(columns.values()))
    is_statistic = (
        table.frame[gene].str.strip_chars().str.contains(_STATISTICS_ROW).fill_null(value=False)
    )
    statistics = None
    if is_statistic.any():
        counted = exact_counts(_rows(table, is_statistic), list(columns.values()))
        names = table.frame.filter(is_statistic)[gene].str.strip_chars()
        statistics = statistics_frame(
            [
                (sample, "rows of the matrix", name, reads)
                for sample, series in zip(columns, counted, strict=True)
                for name, reads in zip(names, series, strict=True)
            ]
        )
        table = _rows(table, ~is_statistic)
    totals = None
    if are_estimates:
        values = estimated_counts(table, list(columns.values()))
        totals = pl.DataFrame(
            {"sample_id": list(columns), "estimated_total": [v.sum() for v in values]}
        )
        counts = [rounded_half_even(v) for v in values]
    else:
        counts = exact_counts(table, list(columns.values()))
    features = build_features(table, gene, symbol)
    wide = features.select("gene_id").hstack(
        [c.alias(sample) for sample, c in zip(columns, counts, strict=True)]
    )
    return Reading(recognised, CountMatrix(features, wide), None, statistics, totals)


def _rows(table: Table, keep: pl.Series) -> Table:
    lines = pl.Series(table.lines, dtype=pl.Int64).filter(keep).to_list()
    return Table(table.path, table.frame.filter(keep), lines)


def read_opened(
    opened: AnyTable,
    samples: Sequence[str],
    options: FormOptions,
    recognised: str,
    *,
    are_estimates: bool = False,
) -> Reading:
    """Read a matrix; it must hold exactly the sheet's samples.

    Raises
    ------
    DataError
        Naming line and column of the first count that is negative, fractional, empty or not a
        number, of the first repeated gene, or of a sample that is missing or unknown.
    """
    gene = gene_column(opened, samples, options)
    columns = sample_columns(opened, samples, gene, options)
    symbol = symbol_column(opened.header, gene)
    return read_wide(
        opened, gene, symbol, columns, recognised=recognised, are_estimates=are_estimates
    )


def read_count_matrix(path: Path, samples: Sequence[str], options: FormOptions) -> Reading:
    """Read a delimited matrix from a text file; see :func:`read_opened`."""
    return read_opened(open_table(path), samples, options, MATRIX.title)


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    return read_count_matrix(single_file(paths, MATRIX.title), samples, options)


def _recognise(head: Head) -> bool:
    return not head.is_binary


MATRIX: Final = CountForm("matrix", "delimited count matrix, genes in rows", _recognise, _read)
