"""A long table: one row per gene and sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from ingest.headings import ID_NAMES
from ingest.study.counts import exact_counts
from ingest.study.forms.base import CountForm, FormOptions, Head, Reading
from ingest.study.forms.delimited import single_file, symbol_column
from ingest.study.matrix import GENE, LINE, CountMatrix, without_version
from ingest.table import AnyTable, open_table
from warehouse.errors import DataError

_COUNT_NAMES: Final = ("count", "counts", "raw_count", "raw_counts", "reads", "read_count", "n")
_TITLE: Final = "long table, one row per gene and sample"


@dataclass(frozen=True)
class LongColumns:
    """Which columns hold gene, sample and count."""

    gene: str
    sample: str
    count: str


def long_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], samples: frozenset[str]
) -> LongColumns | None:
    """Return the columns of a long table, or None if this is none.

    It is one if no column is called like a sample and one column holds nothing but samples.
    """
    if len(header) < 3 or not rows or samples & set(header):
        return None
    rows = [row for row in rows if len(row) == len(header)]
    sample = next(
        (h for i, h in enumerate(header) if rows and all(row[i] in samples for row in rows)), None
    )
    if sample is None:
        return None
    others = [h for h in header if h != sample]
    lower = {h.lower(): h for h in reversed(others)}
    count = next((lower[n] for n in _COUNT_NAMES if n in lower), others[-1])
    genes = [h for h in others if h != count]
    gene = next((lower[n] for n in ID_NAMES if n in lower and lower[n] in genes), genes[0])
    return LongColumns(gene, sample, count)


def read_long(
    opened: AnyTable,
    columns: LongColumns,
    samples: Sequence[str],
    options: FormOptions,
    recognised: str,
) -> Reading:
    """Read a long table into a matrix; every gene needs a count for every sample.

    Raises
    ------
    DataError
        For a count that is none, a sample that the sheet has not, a gene and sample that stand
        twice, or a gene without a count for a sample: what is missing is not zero.
    """
    gene = options.gene_id_column or columns.gene
    table = opened.parse([columns.count])
    symbol = symbol_column(opened.header, gene)
    given = table.frame[gene].str.strip_chars()
    named = table.frame[columns.sample].str.strip_chars()
    cells = pl.DataFrame(
        {
            GENE: without_version(given),
            "gene_id_as_given": given,
            "symbol_as_given": table.frame[symbol] if symbol else pl.Series([None] * len(given)),
            "sample": named.replace(dict(options.sample_names)),
            "count": exact_counts(table, [columns.count])[0],
            LINE: pl.Series(table.lines, dtype=pl.Int64),
        },
        schema_overrides={"symbol_as_given": pl.String},
    )
    _check(opened, cells, samples, columns)
    features = cells.group_by(GENE, maintain_order=True).agg(
        pl.col("gene_id_as_given", "symbol_as_given", LINE).first()
    )
    wide = cells.pivot(on="sample", index=GENE, values="count", maintain_order=True)
    _require_every_cell(opened, wide, samples, gene)
    return Reading(recognised, CountMatrix(features, wide.select(GENE, *samples)))


def _check(
    opened: AnyTable, cells: pl.DataFrame, samples: Sequence[str], columns: LongColumns
) -> None:
    empty = cells.filter(pl.col(GENE).is_null() | (pl.col(GENE) == ""))
    if empty.height:
        raise DataError("the gene id is empty.", opened.path, empty[LINE][0], columns.gene)
    unknown = cells.filter(~pl.col("sample").is_in(list(samples)).fill_null(value=False))
    if unknown.height:
        raise DataError(
            f"sample {unknown['sample'][0]} is not in the sample sheet.",
            opened.path,
            unknown[LINE][0],
            columns.sample,
        )
    twice = cells.filter(~pl.struct(GENE, "sample").is_first_distinct())
    if twice.height:
        raise DataError(
            f"gene {twice['gene_id_as_given'][0]} stands twice for sample {twice['sample'][0]}.",
            opened.path,
            twice[LINE][0],
            columns.gene,
        )


def _require_every_cell(
    opened: AnyTable, wide: pl.DataFrame, samples: Sequence[str], gene: str
) -> None:
    for sample in samples:
        if sample not in wide.columns:
            raise DataError(f"there is no count for sample {sample}.", opened.path)
        if wide[sample].null_count():
            missing = wide.filter(pl.col(sample).is_null())[GENE][0]
            raise DataError(
                f"gene {missing} has no count for sample {sample}; what is missing is not zero.",
                opened.path,
                column=gene,
            )


def _recognise(head: Head) -> bool:
    return not head.is_binary and long_columns(head.header, head.rows[1:], head.samples) is not None


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    path = single_file(paths, _TITLE)
    opened = open_table(path)
    rows = Head.read(path, samples).rows[1:]
    columns = long_columns(opened.header, rows, frozenset(samples))
    if columns is None:
        raise DataError("no column of this table holds the sheet's sample ids.", path)
    return read_long(opened, columns, samples, options, _TITLE)


LONG: Final = CountForm("long", _TITLE, _recognise, _read)
