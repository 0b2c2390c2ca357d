"""What every form of count file shares: its head, its options, what reading it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import polars as pl

from ingest.headings import ID_NAMES, SYMBOL_NAMES
from ingest.study.matrix import GENE, CountMatrix
from ingest.table import ROW_NUMBER
from ingest.textfiles import delimiter_of, read_head
from warehouse.ledger import RejectedRow

ANNOTATION_NAMES: Final = frozenset(
    {
        *SYMBOL_NAMES,
        *ID_NAMES,
        "description",
        "biotype",
        "gene_biotype",
        "gene_type",
        "chr",
        "chromosome",
        "start",
        "end",
        "strand",
        "length",
        ROW_NUMBER,
    }
)

_MOST_FIELDS: Final = 40_000
_FIRST_LINES: Final = 10

Strandedness = Literal["auto", "unstranded", "forward", "reverse"]
TranscriptCounts = Literal["sum", "length_scaled_tpm"]


@dataclass(frozen=True)
class Head:
    """The beginning of a file, enough to tell its form.

    Attributes
    ----------
    raw
        Its first bytes, decompressed.
    samples
        The ids of the sample sheet.
    """

    path: Path
    raw: bytes
    samples: frozenset[str]

    @classmethod
    def read(cls, path: Path, samples: Sequence[str]) -> Head:
        """Read a file's head."""
        return cls(path, read_head(path), frozenset(samples))

    @cached_property
    def is_binary(self) -> bool:
        """Whether the file is no text."""
        return b"\0" in self.raw

    @cached_property
    def rows(self) -> list[list[str]]:
        """The complete lines of the head as fields, without leading comments, quotes taken off.

        Of a wide table the first lines and some further ones, evenly spread.
        """
        text = self.raw.decode("utf-8", errors="replace").removeprefix("\ufeff")
        lines = [line for line in text.replace("\r\n", "\n").split("\n")[:-1] if line.strip()]
        first = next((i for i, line in enumerate(lines) if not line.startswith("#")), None)
        if first is None:
            return []
        delimiter = delimiter_of(lines[first])
        width = lines[first].count(delimiter)
        if first and lines[first - 1].count(delimiter) == width > 0:
            first -= 1
            lines[first] = lines[first].removeprefix("#")
        del lines[:first]
        if len(lines) * width > _MOST_FIELDS:
            step = max(1, len(lines) * width // _MOST_FIELDS)
            lines = [*lines[:_FIRST_LINES], *lines[_FIRST_LINES::step]]
        return [[f.strip().strip('"') for f in line.split(delimiter)] for line in lines]

    @property
    def header(self) -> list[str]:
        """The fields of the first line that is no comment."""
        return self.rows[0] if self.rows else []


@dataclass(frozen=True)
class FormOptions:
    """What ``study.yaml`` says about reading its count files.

    Attributes
    ----------
    sample_files
        Sample id of each file, where the definition names them one by one.
    sample_names
        Sample id by column name or file name, where they differ.
    """

    gene_id_column: str | None = None
    ignore_columns: tuple[str, ...] = ()
    sample_files: Mapping[Path, str] = field(default_factory=dict)
    sample_names: Mapping[str, str] = field(default_factory=dict)
    strandedness: Strandedness = "auto"
    tx2gene: Path | None = None
    transcript_counts: TranscriptCounts = "sum"
    layer: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Abundance:
    """Values that are no counts, such as TPM: ``gene_id`` and a ``Float64`` column per sample."""

    unit: str
    features: pl.DataFrame
    values: pl.DataFrame


@dataclass(frozen=True)
class Reading:
    """What reading a study's count files gave.

    Attributes
    ----------
    recognised
        The form in words, with every choice that was made in reading it.
    matrix
        The counts; None where the files hold abundances only.
    statistics
        ``sample_id, source, statistic, reads``: reads that were assigned to no gene.
    estimated_totals
        ``sample_id, estimated_total``: each sample's sum before estimates were rounded.
    rejected
        Rows of the files that lead to no gene.
    lengths
        ``gene_id`` and a ``Float64`` column per sample: each gene's mean effective length in
        bases, where the files state lengths and the counts are not scaled by them.
    """

    recognised: str = ""
    matrix: CountMatrix | None = None
    abundance: Abundance | None = None
    statistics: pl.DataFrame | None = None
    estimated_totals: pl.DataFrame | None = None
    rejected: Sequence[RejectedRow] = ()
    lengths: pl.DataFrame | None = None

    def by_gene(self) -> Reading:
        """Return the same with its counts and lengths sorted by gene id."""
        return replace(
            self,
            matrix=self.matrix.by_gene() if self.matrix is not None else None,
            lengths=self.lengths.sort(GENE) if self.lengths is not None else None,
        )

    @property
    def quantity(self) -> str:
        """What it holds: ``counts``, ``abundance`` or ``none``."""
        if self.matrix is not None:
            return "counts"
        return "abundance" if self.abundance is not None else "none"

    @property
    def features(self) -> pl.DataFrame:
        """The genes of the counts, or of the abundances."""
        held = self.matrix or self.abundance
        return held.features if held is not None else pl.DataFrame()


@dataclass(frozen=True)
class CountForm:
    """A form of count file: how it is told and how it is read.

    Attributes
    ----------
    name
        What ``format:`` in ``study.yaml`` calls it.
    companions
        Files that belong to a count file and are read with it.
    """

    name: str
    title: str
    recognise: Callable[[Head], bool]
    read: Callable[[Sequence[Path], Sequence[str], FormOptions], Reading]
    companions: Callable[[Path], list[Path]] = lambda _: []


def counted(files: int) -> str:
    """Return ``1 file`` or ``n files``."""
    return "1 file" if files == 1 else f"{files} files"


def statistics_frame(rows: Sequence[tuple[str, str, str, int]]) -> pl.DataFrame | None:
    """Return ``(sample_id, source, statistic, reads)`` rows as a frame, or None without any."""
    if not rows:
        return None
    return pl.DataFrame(
        rows,
        schema={
            "sample_id": pl.String,
            "source": pl.String,
            "statistic": pl.String,
            "reads": pl.Int64,
        },
        orient="row",
    )
