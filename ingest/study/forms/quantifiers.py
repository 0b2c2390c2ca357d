"""salmon, kallisto and RSEM's isoforms: transcripts, one file per sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from ingest.study.counts import estimated_counts
from ingest.study.forms.base import CountForm, FormOptions, Head, Reading
from ingest.study.forms.hdf5 import MAGIC, read_hdf5, top_level_names
from ingest.study.forms.names import files_by_sample
from ingest.study.forms.transcripts import Quantification, genes_of_transcripts
from ingest.table import open_table
from warehouse.errors import DataError

_SALMON: Final = ("Name", "EffectiveLength", "NumReads", "TPM")
_KALLISTO: Final = ("target_id", "eff_length", "est_counts", "tpm")
_RSEM: Final = ("transcript_id", "effective_length", "expected_count", "TPM")
_RSEM_GENE: Final = "gene_id"


def _text_reader(
    columns: tuple[str, str, str, str], gene: str | None = None
) -> Callable[[Path], Quantification]:
    name, length, count, tpm = columns

    def read(path: Path) -> Quantification:
        opened = open_table(path)
        missing = [c for c in (*columns, gene) if c and c not in opened.header]
        if missing:
            raise DataError(f"the column {missing[0]} is missing.", path, opened.header_line)
        table = opened.parse()
        lengths, counts, tpms = estimated_counts(table, [length, count, tpm])
        transcripts = pl.DataFrame(
            {
                "transcript": table.frame[name].str.strip_chars(),
                "line": pl.Series(table.lines, dtype=pl.Int64),
                "length": lengths,
                "count": counts,
                "tpm": tpms,
            }
        )
        twice = transcripts.filter(pl.col("transcript").is_duplicated())
        if twice.height:
            raise DataError(
                f"transcript {twice['transcript'][1]} stands twice.", path, twice["line"][1], name
            )
        genes = table.frame[gene].str.strip_chars() if gene else None
        return Quantification(path, transcripts, genes)

    return read


def _read_h5(path: Path) -> Quantification:
    frame, _ = read_hdf5(path, "kallisto", "kallisto abundance.h5")
    lengths, counts = frame["length"].to_numpy(), frame["count"].to_numpy()
    if not np.all(np.isfinite(counts) & (counts >= 0)):
        raise DataError("an estimated count is negative or not finite.", path, column="est_counts")
    rates = np.divide(counts, lengths, out=np.zeros_like(counts), where=lengths > 0)
    total = rates.sum()
    transcripts = pl.DataFrame(
        {
            "transcript": frame["transcript"],
            "line": np.arange(1, frame.height + 1),
            "length": lengths,
            "count": counts,
            "tpm": rates / total * 1e6 if total else rates,
        }
    )
    return Quantification(path, transcripts)


def _form(
    name: str, title: str, recognise: Callable[[Head], bool], read: Callable[[Path], Quantification]
) -> CountForm:
    def read_all(paths: Sequence[Path], samples: Sequence[str], options: FormOptions) -> Reading:
        by_sample = files_by_sample(paths, samples, options.sample_files, options.sample_names)
        files = {sample: read(path) for sample, path in by_sample.items()}
        return genes_of_transcripts(files, options, title)

    return CountForm(name, title, recognise, read_all)


def _has(columns: tuple[str, ...]) -> Callable[[Head], bool]:
    return lambda head: not head.is_binary and set(columns) <= set(head.header)


def _is_kallisto_h5(head: Head) -> bool:
    return head.raw.startswith(MAGIC) and {"aux", "est_counts"} <= top_level_names(head.path)


SALMON: Final = _form("salmon", "salmon quant.sf", _has(_SALMON), _text_reader(_SALMON))
KALLISTO: Final = _form(
    "kallisto", "kallisto abundance.tsv", _has(_KALLISTO), _text_reader(_KALLISTO)
)
KALLISTO_H5: Final = _form("kallisto-h5", "kallisto abundance.h5", _is_kallisto_h5, _read_h5)
RSEM_ISOFORMS: Final = _form(
    "rsem-isoforms",
    "RSEM isoforms.results",
    _has((*_RSEM, _RSEM_GENE, "IsoPct")),
    _text_reader(_RSEM, _RSEM_GENE),
)
