"""Transcripts to genes: plain sums, or tximport's ``lengthScaledTPM``.

The arithmetic of ``lengthScaledTPM`` is that of Soneson, Love and Robinson (F1000Research 2015):
a gene's length in a sample is the mean of its transcripts' effective lengths weighted by their
TPM; its counts are its TPM times its mean length over samples, scaled so that each sample keeps
its sum of estimated counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.study.counts import rounded_half_even
from ingest.study.forms.base import FormOptions, Reading, counted
from ingest.study.matrix import GENE, CountMatrix, without_version
from ingest.table import open_table
from warehouse.errors import DataError
from warehouse.ledger import RejectedRow

Matrix = npt.NDArray[np.float64]

# GENCODE's names: transcript|gene|havana gene|havana transcript|transcript name|symbol|...
_GENCODE: Final = re.compile(r"^ENS\w*T\d{11}[^|]*\|ENS\w*G\d{11}")
_TRANSCRIPT_NAMES: Final = ("tx_id", "txname", "transcript_id", "transcript", "tx", "target_id")
_GENE_NAMES: Final = ("gene_id", "geneid", "gene", "ensembl_gene_id")
_SYMBOL_NAMES: Final = ("gene_name", "symbol", "gene_symbol", "external_gene_name")


@dataclass(frozen=True)
class Quantification:
    """One sample's transcripts as a quantifier wrote them.

    Attributes
    ----------
    transcripts
        ``transcript, line, length`` (the effective one), ``count, tpm``.
    genes
        The gene of each transcript, where the file itself states it.
    """

    path: Path
    transcripts: pl.DataFrame
    genes: pl.Series | None = None


def genes_of_transcripts(
    files: Mapping[str, Quantification], options: FormOptions, source: str
) -> Reading:
    """Sum the transcripts of every sample up to genes.

    Parameters
    ----------
    source
        The quantifier's name, for the words of what was recognised.

    Raises
    ------
    DataError
        If the files are not of the same transcripts, or no transcript leads to a gene.
    """
    first = next(iter(files.values()))
    ids = first.transcripts["transcript"]
    for file in files.values():
        if not file.transcripts["transcript"].equals(ids):
            raise DataError(
                f"its transcripts are not those of {first.path}; quantify every sample against "
                "one index.",
                file.path,
            )
    links = _links(first, options.tx2gene)
    is_linked = links[GENE].is_not_null()
    values = {
        name: np.column_stack([f.transcripts[name].to_numpy() for f in files.values()])
        for name in ("count", "tpm", "length")
    }
    linked = is_linked.to_numpy()
    features, groups = _features(links.filter(is_linked))
    counts = values["count"][linked]
    tpm = _group_sums(values["tpm"][linked], groups, features.height)
    lengths = mean_lengths(values["tpm"][linked], values["length"][linked], groups)
    if options.transcript_counts == "sum":
        genes, how = _group_sums(counts, groups, features.height), "sums of estimated counts"
    else:
        genes, how = length_scaled_tpm(counts, tpm, lengths), "tximport's lengthScaledTPM"
    wide = {
        sample: rounded_half_even(pl.Series(sample, genes[:, i])) for i, sample in enumerate(files)
    }
    rejected = _unlinked(first.path, links.filter(~is_linked), values["count"][~linked])
    lost = f", {len(rejected)} of {len(ids)} transcripts lead to no gene" if rejected else ""
    return Reading(
        f"{source}, {counted(len(files))}, {how} per gene rounded half to even{lost}",
        matrix=CountMatrix(features, features.select(GENE).hstack(list(wide.values()))),
        estimated_totals=pl.DataFrame(
            {"sample_id": list(files), "estimated_total": genes.sum(axis=0)}
        ),
        # Counts that are scaled by lengths already must not be corrected for them again.
        lengths=lengths_frame(features[GENE], list(files), lengths)
        if options.transcript_counts == "sum"
        else None,
        rejected=rejected,
    )


def length_scaled_tpm(counts: Matrix, tpm: Matrix, lengths: Matrix) -> Matrix:
    """Return tximport's ``countsFromAbundance = "lengthScaledTPM"`` per gene.

    Parameters
    ----------
    counts
        Transcripts in rows and samples in columns.
    tpm, lengths
        Sums of TPM and mean lengths (:func:`mean_lengths`), genes in rows.
    """
    scaled = tpm * lengths.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        factors = counts.sum(axis=0) / scaled.sum(axis=0)
    counts_of_genes: Matrix = np.nan_to_num(scaled * factors)
    return counts_of_genes


def mean_lengths(tpm: Matrix, lengths: Matrix, groups: npt.NDArray[np.int64]) -> Matrix:
    """Return each gene's mean effective length in each sample, as tximport's ``length``.

    The mean is weighted by TPM. Where a gene has none in a sample it is the geometric mean of the
    other samples, and where it has none at all the plain mean over its transcripts and samples.

    Parameters
    ----------
    tpm, lengths
        Transcripts in rows and samples in columns; lengths in bases.
    groups
        The gene of each transcript, as a row number of the result.
    """
    genes = int(groups.max()) + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        weighted = _group_sums(tpm * lengths, groups, genes) / _group_sums(tpm, groups, genes)
    members = np.bincount(groups, minlength=genes)
    plain = np.bincount(groups, weights=lengths.mean(axis=1), minlength=genes) / members
    return without_gaps(weighted, plain)


def lengths_frame(genes: pl.Series, samples: Sequence[str], lengths: Matrix) -> pl.DataFrame:
    """Return lengths as ``gene_id`` and a ``Float64`` column per sample."""
    columns = [pl.Series(sample, lengths[:, i]) for i, sample in enumerate(samples)]
    return pl.DataFrame([genes.alias(GENE), *columns])


def without_gaps(lengths: Matrix, plain: Matrix) -> Matrix:
    """Give a gene without abundance the geometric mean of its lengths elsewhere, else ``plain``."""
    gaps = np.isnan(lengths)
    known = (~gaps).sum(axis=1)
    logs = np.where(gaps, 0.0, np.log(np.where(gaps, 1.0, lengths))).sum(axis=1)
    fill = np.where(known > 0, np.exp(logs / np.maximum(known, 1)), plain)
    return np.where(gaps, fill[:, None], lengths)


def _group_sums(values: Matrix, groups: npt.NDArray[np.int64], genes: int) -> Matrix:
    columns = [np.bincount(groups, weights=column, minlength=genes) for column in values.T]
    return np.column_stack(columns)


def _links(file: Quantification, tx2gene: Path | None) -> pl.DataFrame:
    """Return ``transcript, line, gene_id_as_given, symbol_as_given, gene_id`` in file order."""
    frame = file.transcripts.select("transcript", "line")
    ids = frame["transcript"]
    if tx2gene is not None:
        frame = _linked_by_table(frame, tx2gene)
    elif file.genes is not None:
        frame = frame.with_columns(
            file.genes.alias("gene_id_as_given"),
            pl.lit(None, pl.String).alias("symbol_as_given"),
        )
    elif ids.len() and all(_GENCODE.match(name) for name in ids.head(20)):
        parts = pl.col("transcript").str.split("|")
        frame = frame.with_columns(
            parts.list.get(1, null_on_oob=True).alias("gene_id_as_given"),
            parts.list.get(5, null_on_oob=True).alias("symbol_as_given"),
        )
    else:
        raise DataError(
            "the counts are of transcripts; name a table of transcript and gene ids as tx2gene in "
            "study.yaml.",
            file.path,
        )
    if frame["gene_id_as_given"].null_count() == frame.height:
        raise DataError(
            f"none of its transcripts, such as {ids[0]}, is in {tx2gene or 'GENCODE form'}.",
            file.path,
        )
    return frame.with_columns(without_version(frame["gene_id_as_given"]).alias(GENE))


def _linked_by_table(frame: pl.DataFrame, tx2gene: Path) -> pl.DataFrame:
    opened = open_table(tx2gene)
    lower = {h.lower(): h for h in reversed(opened.header)}
    transcript = next((lower[n] for n in _TRANSCRIPT_NAMES if n in lower), opened.header[0])
    gene = next((lower[n] for n in _GENE_NAMES if n in lower), opened.header[-1])
    symbol = next((lower[n] for n in _SYMBOL_NAMES if n in lower), None)
    if transcript == gene:
        raise DataError(
            "a table of transcript and gene ids has two columns.", tx2gene, opened.header_line
        )
    table = opened.parse()
    pairs = table.frame.select(
        pl.col(transcript).str.strip_chars().alias("name"),
        pl.col(gene).str.strip_chars().alias("gene_id_as_given"),
        (pl.col(symbol) if symbol else pl.lit(None, pl.String)).alias("symbol_as_given"),
    ).unique(maintain_order=True)
    twice = pairs.filter(pl.col("name").is_duplicated())
    if twice.height:
        row = table.frame[transcript].str.strip_chars().to_list().index(twice["name"][1])
        raise DataError(
            f"transcript {twice['name'][1]} leads to several genes.",
            tx2gene,
            table.lines[row],
            transcript,
        )
    # The name as it is; else up to the first bar; else without its version.
    named = frame.with_columns(pl.lit(None, pl.String).alias("name"))
    for pattern in (r"^(.*)$", r"^([^|]*)", r"^([^|.]*)"):
        candidate = named["transcript"].str.extract(pattern)
        known = candidate.set(~candidate.is_in(pairs["name"].implode()), None)
        named = named.with_columns(pl.coalesce("name", known))
    return named.join(pairs, on="name", how="left", maintain_order="left").drop("name")


def _features(links: pl.DataFrame) -> tuple[pl.DataFrame, npt.NDArray[np.int64]]:
    """Return one row per gene, with the line of its first transcript, and each one's row."""
    features = (
        links.group_by(GENE, maintain_order=True)
        .agg(pl.col("gene_id_as_given", "symbol_as_given", "line").first())
        .select(GENE, "gene_id_as_given", "symbol_as_given", pl.col("line").cast(pl.Int64))
    )
    rows = links.join(features.select(GENE).with_row_index("row"), on=GENE, maintain_order="left")
    return features, rows["row"].cast(pl.Int64).to_numpy()


def _unlinked(path: Path, links: pl.DataFrame, counts: Matrix) -> Sequence[RejectedRow]:
    return [
        RejectedRow(path, line, "this transcript leads to no gene", f"{name}: {total:g} counts")
        for name, line, total in zip(
            links["transcript"], links["line"], counts.sum(axis=1), strict=True
        )
    ]
