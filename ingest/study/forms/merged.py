"""Wide tables with a meaning of their own: GEO's, nf-core's, estimates, and abundances."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from ingest.study.counts import estimated_counts
from ingest.study.forms.base import Abundance, CountForm, FormOptions, Head, Reading
from ingest.study.forms.delimited import (
    gene_column,
    read_opened,
    sample_columns,
    single_file,
    symbol_column,
)
from ingest.study.matrix import build_features
from ingest.table import Table, open_table
from warehouse.errors import DataError

_NFCORE: Final = ["gene_id", "gene_name"]
# Of the non-zero values: counts have no fractions, estimates some, abundances hardly else.
_ESTIMATES_FROM: Final = 0.05
_ABUNDANCES_FROM: Final = 0.95
_PER_MILLION: Final = 1e6
_TOLERANCE: Final = 0.01


def _share_of_fractions(head: Head) -> float:
    """Return the share of fractions among the head's non-zero values."""
    places = [i for i, name in enumerate(head.header) if name in head.samples]
    rows = [row for row in head.rows[1:] if len(row) == len(head.header)]
    return share_of_fractions(
        [pl.Series([row[i] for row in rows], dtype=pl.String) for i in places]
    )


def share_of_fractions(columns: Sequence[pl.Series]) -> float:
    """Return the share of fractions among the non-zero values of columns of text."""
    cells = (cell for column in columns for cell in column.drop_nulls())
    values = [float(cell) for cell in cells if re.fullmatch(r"\d+(\.\d+)?", cell)]
    values = [value for value in values if value]
    return sum(value % 1 > 0 for value in values) / len(values) if values else 0.0


def _is_geo(head: Head) -> bool:
    first, *others = head.header or [""]
    return (
        not head.is_binary
        and first == "GeneID"
        and bool(others)
        and all(re.fullmatch(r"GSM\d+", name) for name in others)
    )


def _read_geo(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    opened = open_table(single_file(paths, GEO.title))
    return read_opened(opened, samples, options, "GEO/NCBI-generated raw counts, Entrez gene ids")


def _is_nfcore(head: Head) -> bool:
    return (
        not head.is_binary
        and head.header[:2] == _NFCORE
        and bool(head.samples & set(head.header))
        and _share_of_fractions(head) < _ABUNDANCES_FROM
    )


def _read_nfcore(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    path = single_file(paths, NFCORE.title)
    are_estimates = _share_of_fractions(Head.read(path, samples)) > _ESTIMATES_FROM
    how = "estimates rounded half to even" if are_estimates else "whole numbers"
    return read_opened(
        open_table(path),
        samples,
        options,
        f"merged gene counts in nf-core/rnaseq's form, {how}",
        are_estimates=are_estimates,
    )


def _read_estimates(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    return read_opened(
        open_table(single_file(paths, ESTIMATED.title)),
        samples,
        options,
        "delimited matrix of estimated counts, as stated, rounded half to even",
        are_estimates=True,
    )


def _is_abundance(head: Head) -> bool:
    if head.is_binary or _share_of_fractions(head) < _ABUNDANCES_FROM:
        return False
    frame = open_table(head.path).parse().frame
    samples = [name for name in frame.columns if name in head.samples]
    if _sum_to_a_million([frame[name].cast(pl.Float64, strict=False) for name in samples]):
        return True
    raise DataError(
        "nearly all of its values are fractions, so they are no counts of reads. If they are "
        "estimates from a quantifier, state format: estimated-counts in study.yaml; if they are "
        "normalised, state format: abundance and the unit (TPM, FPKM).",
        head.path,
    )


def _sum_to_a_million(columns: Sequence[pl.Series]) -> bool:
    off = _TOLERANCE * _PER_MILLION
    return all(abs(float(column.sum()) - _PER_MILLION) <= off for column in columns)


def _read_abundance(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    opened = open_table(single_file(paths, ABUNDANCE.title))
    gene = gene_column(opened, samples, options)
    columns = sample_columns(opened, samples, gene, options)
    symbol = symbol_column(opened.header, gene)
    return read_abundance_table(opened.parse(), gene, symbol, columns, options.unit)


def read_abundance_table(
    table: Table,
    gene: str,
    symbol: str | None,
    columns: Mapping[str, str],
    unit: str | None,
    form: str = "",
) -> Reading:
    """Read the samples' columns of a table as values that are no counts.

    Parameters
    ----------
    columns
        Each sample's column, in the order of the sheet.
    unit
        The unit that is stated; without one, samples that sum to a million are TPM.

    Raises
    ------
    DataError
        If a value is not a number of at least 0, or the unit is not known.
    """
    values = estimated_counts(table, list(columns.values()))
    why = "as stated"
    if unit is None:
        if not _sum_to_a_million(values):
            raise DataError("state the unit of these values (TPM, FPKM) in study.yaml.", table.path)
        unit, why = "TPM", "each sample sums to a million"
    features = build_features(table, gene, symbol)
    wide = features.select("gene_id").hstack(
        [value.alias(sample) for sample, value in zip(columns, values, strict=True)]
    )
    return Reading(
        f"{form}matrix of {unit} ({why}), no counts", abundance=Abundance(unit, features, wide)
    )


GEO: Final = CountForm("geo", "GEO/NCBI-generated raw counts", _is_geo, _read_geo)
NFCORE: Final = CountForm("nf-core", "nf-core/rnaseq merged table", _is_nfcore, _read_nfcore)
ESTIMATED: Final = CountForm(
    "estimated-counts", "matrix of estimated counts", lambda _: False, _read_estimates
)
ABUNDANCE: Final = CountForm(
    "abundance", "matrix of abundances (TPM, FPKM)", _is_abundance, _read_abundance
)
