"""Gene references: the curated list, NCBI gene_info, an Ensembl annotation table."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from ingest.curated.load import read_rows, subject_of
from ingest.curated.models import Gene
from ingest.textfiles import delimiter_of, first_line_of, read_text
from warehouse.errors import DataError
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    LoadWriter,
    SourceFile,
    content_hash,
    current_load,
    record_load,
)

KIND: Final = "genes"
HUMAN: Final = "9606"


@dataclass(frozen=True)
class GeneReference:
    """Genes and every name that leads to them.

    Attributes
    ----------
    genes
        ``gene_id, entrez_id, symbol, name, biotype, chromosome, organism``, one row per gene.
        ``entrez_id`` is null where the source gives several; they are all among the aliases.
    aliases
        ``gene_id, alias, alias_kind`` with kind ``symbol``, ``previous_symbol``, ``alias``,
        ``ensembl`` or ``entrez``; one name may lead to several genes.
    """

    form: str
    genes: pl.DataFrame
    aliases: pl.DataFrame


def ingest_genes(con: duckdb.DuckDBPyConnection, path: Path) -> LoadOutcome:
    """Load a gene reference, recognised by its columns; the same content again is a no-op.

    Raises
    ------
    DataError
        If the file is none of the known forms or a row does not fit.
    """
    started = time.time()
    if not path.is_file():
        raise DataError("there is no such file.", path)
    subject = subject_of(path)
    files = [SourceFile.read(KIND, path)]
    content = content_hash(files)
    earlier = current_load(con, KIND, subject)
    if earlier and earlier[1] == content:
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    reference = read_gene_reference(path)
    request = LoadRequest(
        kind=KIND,
        subject=subject,
        source_path=path.resolve(),
        files=files,
        content_sha256=content,
        rows_in=reference.genes.height,
        recognised_as=reference.form,
        started=started,
    )

    def write(writer: LoadWriter) -> None:
        writer.insert("raw.genes", reference.genes)
        writer.insert("raw.gene_aliases", reference.aliases)

    return record_load(con, request, write)


def read_gene_reference(path: Path) -> GeneReference:
    """Read a gene reference of any known form.

    Raises
    ------
    DataError
        If its columns are those of no known form.
    """
    data = read_text(path)
    header = first_line_of(data)
    columns = [c.strip('"') for c in header.split(delimiter_of(header))]
    if columns[0] == "#tax_id" and "dbXrefs" in columns:
        return _from_gene_info(data)
    if {"ensgene", "symbol"} <= set(columns):
        return _from_ensembl(data, delimiter_of(header))
    if {"gene_id", "symbol"} <= set(columns):
        return _from_curated(path)
    raise DataError(
        "this is no known gene reference. Expected NCBI gene_info (#tax_id, GeneID, Symbol, "
        "dbXrefs ...), an Ensembl table (ensgene, entrez, symbol ...) or a curated CSV (gene_id, "
        "symbol, previous_symbols, aliases ...).",
        path,
        1,
    )


def _reference(form: str, genes: pl.DataFrame, names: Iterable[pl.DataFrame]) -> GeneReference:
    aliases = (
        pl.concat(names)
        .filter(pl.col("alias").is_not_null() & (pl.col("alias") != ""))
        .unique(maintain_order=True)
    )
    return GeneReference(form, genes, aliases)


def _names(frame: pl.DataFrame, column: str, kind: str) -> pl.DataFrame:
    """Return one row per name in a column of text, number or list."""
    names = frame.select("gene_id", pl.col(column).alias("alias"), pl.lit(kind).alias("alias_kind"))
    if names.schema["alias"] == pl.List:
        names = names.explode("alias")
    return names.with_columns(pl.col("alias").cast(pl.String))


def _from_curated(path: Path) -> GeneReference:
    rows = [row for _, row in read_rows(path, Gene)]
    frame = pl.DataFrame([row.model_dump() for row in rows], infer_schema_length=None).with_columns(
        pl.col("entrez_id").cast(pl.Int64),
        pl.col("previous_symbols", "aliases").cast(pl.String).str.split("|"),
    )
    genes = frame.select(
        "gene_id", "entrez_id", "symbol", "name", "biotype", "chromosome", "organism"
    )
    return _reference(
        "curated gene reference",
        genes,
        (
            _names(frame, "symbol", "symbol"),
            _names(frame, "previous_symbols", "previous_symbol"),
            _names(frame, "aliases", "alias"),
            _names(frame, "gene_id", "ensembl"),
            _names(frame, "entrez_id", "entrez"),
        ),
    )


def _from_ensembl(data: bytes, separator: str) -> GeneReference:
    table = pl.read_csv(
        data, separator=separator, infer_schema=False, null_values=["", "NA"]
    ).with_columns(pl.col("entrez").cast(pl.Int64, strict=False))
    optional = {"description": "name", "biotype": "biotype", "chr": "chromosome"}
    for column in optional:
        if column not in table.columns:
            table = table.with_columns(pl.lit(None, pl.String).alias(column))
    genes = (
        table.group_by("ensgene", maintain_order=True)
        .agg(
            pl.when(pl.col("entrez").n_unique() == 1)
            .then(pl.col("entrez").first())
            .first()
            .alias("entrez_id"),
            pl.col("symbol").first(),
            *(pl.col(source).first().alias(name) for source, name in optional.items()),
        )
        .rename({"ensgene": "gene_id"})
        .with_columns(pl.lit("human").alias("organism"))
    )
    names = table.rename({"ensgene": "gene_id"})
    return _reference(
        "Ensembl annotation table",
        genes,
        (
            _names(names, "symbol", "symbol"),
            _names(names.select("gene_id", pl.col("gene_id").alias("id")), "id", "ensembl"),
            _names(names, "entrez", "entrez"),
        ),
    )


def _from_gene_info(data: bytes) -> GeneReference:
    # A gene that NCBI links to no Ensembl gene keeps its Entrez id as its stable id.
    table = (
        pl.read_csv(data, separator="\t", infer_schema=False, null_values=["-"], quote_char=None)
        .filter(pl.col("#tax_id") == HUMAN)
        .with_columns(
            pl.col("GeneID").cast(pl.Int64).alias("entrez_id"),
            pl.col("dbXrefs").str.extract_all(r"ENSG\d{11}").alias("ensembl"),
            pl.col("Synonyms").str.split("|"),
        )
        .with_columns(
            pl.when(pl.col("ensembl").list.len() > 0)
            .then(pl.col("ensembl"))
            .otherwise(pl.concat_list(pl.lit("NCBIGene:") + pl.col("GeneID")))
            .alias("gene_id")
        )
        .explode("gene_id")
    )
    genes = (
        table.group_by("gene_id", maintain_order=True)
        .agg(
            pl.when(pl.col("entrez_id").n_unique() == 1)
            .then(pl.col("entrez_id").first())
            .first()
            .alias("entrez_id"),
            pl.col("Symbol").first().alias("symbol"),
            pl.col("description").first().alias("name"),
            pl.col("type_of_gene").first().alias("biotype"),
            pl.col("chromosome").first(),
        )
        .with_columns(pl.lit("human").alias("organism"))
    )
    ids = table.select("gene_id", pl.col("gene_id").alias("id")).filter(
        pl.col("id").str.starts_with("ENSG")
    )
    return _reference(
        "NCBI gene_info",
        genes,
        (
            _names(table, "Symbol", "symbol"),
            _names(table, "Synonyms", "alias"),
            _names(ids, "id", "ensembl"),
            _names(table, "entrez_id", "entrez"),
        ),
    )
