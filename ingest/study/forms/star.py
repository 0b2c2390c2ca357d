"""STAR's ``ReadsPerGene.out.tab``: one file per sample, three ways of counting strands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from ingest.study.counts import exact_counts
from ingest.study.forms.base import (
    CountForm,
    FormOptions,
    Head,
    Reading,
    Strandedness,
    counted,
    statistics_frame,
)
from ingest.study.forms.names import files_by_sample
from ingest.study.forms.per_sample import SampleColumn, whole_matrix
from ingest.study.matrix import build_features
from ingest.table import Table, open_table
from ingest.textfiles import read_text
from warehouse.errors import DataError

_STATISTICS: Final = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
_TABLE_NAME: Final = "ReadsPerGene.out.tab"
_LOG_NAME: Final = "Log.final.out"
_COLUMNS: Final = ("unstranded", "forward", "reverse")
# Shares of the forward column in forward and reverse: stranded where one is twice the other,
# unstranded where they are nearly equal, and undecided between.
_REVERSE_AT_MOST: Final = 1 / 3
_UNSTRANDED: Final = (0.4, 0.6)
_FORWARD_AT_LEAST: Final = 2 / 3


@dataclass(frozen=True)
class _StarFile:
    path: Path
    features: pl.DataFrame
    counts: Mapping[str, pl.Series]
    statistics: Mapping[str, list[int]]

    @property
    def forward_share(self) -> float:
        forward, reverse = (int(self.counts[c].sum()) for c in ("forward", "reverse"))
        return forward / (forward + reverse) if forward + reverse else float("nan")


def _recognise(head: Head) -> bool:
    firsts = tuple(row[0] for row in head.rows[:4])
    return not head.is_binary and firsts == _STATISTICS and len(head.rows[0]) == 4


def _read_file(path: Path) -> _StarFile:
    table = open_table(path, ["gene_id", *_COLUMNS]).parse(_COLUMNS)
    counts = dict(zip(_COLUMNS, exact_counts(table, _COLUMNS), strict=True))
    firsts = table.frame["gene_id"].head(4).to_list()
    if tuple(firsts) != _STATISTICS:
        raise DataError(f"STAR's table begins with the rows {', '.join(_STATISTICS)}.", path, 1)
    genes = Table(path, table.frame.slice(4), list(table.lines)[4:])
    if not genes.frame.height:
        raise DataError("the table has no genes.", path)
    again = genes.frame["gene_id"].is_in(_STATISTICS)
    if again.any():
        row = again.arg_max() or 0
        raise DataError(
            f"{genes.frame['gene_id'][row]} stands a second time; the file is damaged.",
            path,
            genes.lines[row],
        )
    return _StarFile(
        path,
        build_features(genes, "gene_id", None),
        {c: counts[c].slice(4) for c in _COLUMNS},
        {c: counts[c].head(4).to_list() for c in _COLUMNS},
    )


def _strandedness_of(file: _StarFile) -> Strandedness:
    share = file.forward_share
    if share <= _REVERSE_AT_MOST:
        return "reverse"
    if share >= _FORWARD_AT_LEAST:
        return "forward"
    if _UNSTRANDED[0] <= share <= _UNSTRANDED[1]:
        return "unstranded"
    raise DataError(
        f"the strandedness cannot be told: {share:.0%} of the stranded reads are forward. State "
        "strandedness (unstranded, forward or reverse) in study.yaml.",
        file.path,
    )


def _log_beside(path: Path) -> list[Path]:
    """Return the ``Log.final.out`` of the same run, if it lies beside its table."""
    log = path.with_name(path.name.replace(_TABLE_NAME, _LOG_NAME))
    return [log] if log.name != path.name and log.is_file() else []


def _log_statistics(log: Path) -> list[tuple[str, int]]:
    """Return the numbers of reads in STAR's log, without its shares, lengths and times."""
    found = []
    for line in read_text(log).decode("utf-8").split("\n"):
        name, bar, value = (part.strip() for part in line.partition("|"))
        if bar and "reads" in name and value.isdecimal():
            found.append((name, int(value)))
    return found


def _read(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
    by_sample = files_by_sample(paths, samples, options.sample_files, options.sample_names)
    files = {sample: _read_file(path) for sample, path in by_sample.items()}
    column, why = _choose(list(files.values()), options.strandedness)
    matrix = whole_matrix(
        {s: SampleColumn(f.path, f.features, f.counts[column]) for s, f in files.items()}
    )
    rows = [
        (sample, "STAR", name, reads)
        for sample, file in files.items()
        for name, reads in zip(_STATISTICS, file.statistics[column], strict=True)
    ]
    rows += [
        (sample, "STAR log", name, reads)
        for sample, file in files.items()
        for log in _log_beside(file.path)
        for name, reads in _log_statistics(log)
    ]
    return Reading(
        f"STAR ReadsPerGene, {counted(len(files))}, {column} ({why})",
        matrix=matrix,
        statistics=statistics_frame(rows),
    )


def _choose(files: Sequence[_StarFile], stated: Strandedness) -> tuple[str, str]:
    if stated != "auto":
        return stated, "as stated"
    found = [_strandedness_of(file) for file in files]
    for file, strandedness in zip(files, found, strict=True):
        if strandedness != found[0]:
            raise DataError(
                f"this sample is {strandedness} by its sums but {files[0].path} is {found[0]}; "
                "state strandedness in study.yaml.",
                file.path,
            )
    shares = [file.forward_share for file in files]
    low, high = f"{min(shares):.1%}", f"{max(shares):.1%}"
    return found[0], f"by the sums: {low if low == high else f'{low} to {high}'} forward"


STAR: Final = CountForm("star", "STAR ReadsPerGene table", _recognise, _read, _log_beside)
