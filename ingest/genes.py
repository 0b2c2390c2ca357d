"""Gene references: the curated list, NCBI gene_info, the HGNC set, an Ensembl table."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from ingest.curated.load import read_rows
from ingest.curated.models import Gene
from ingest.study.matrix import listed, without_version
from ingest.subjects import LoadedFor, refuse_other_file, subject_of
from ingest.table import OpenedTable, Table, open_table
from ingest.textfiles import read_head
from warehouse.errors import DataError
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    LoadWriter,
    RejectedRow,
    SourceFile,
    content_hash,
    current_load,
    record_load,
)
from warehouse.organisms import HUMAN, ORGANISMS, Organism, organism_of_gene

KIND: Final = "genes"
# Part of the content: what an older reading made of the same bytes is read again.
READING: Final = "genes of the file's own organism, ids without versions"

_BY_ENTREZ: Final = "NCBIGene:"
_KNOWN: Final = ", ".join(organism.name for organism in ORGANISMS)


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
        ``protein_name``, ``ensembl`` or ``entrez``; one name may lead to several genes.
    rejected
        Rows of another organism than the table's, which NCBI's files hold a few of, and rows whose
        id is none that Ensembl gives a gene.
    """

    form: str
    genes: pl.DataFrame
    aliases: pl.DataFrame
    rejected: Sequence[RejectedRow] = ()


_Reader = Callable[[OpenedTable, str], GeneReference]


def ingest_genes(
    con: duckdb.DuckDBPyConnection, path: Path, loaded_for: LoadedFor | None = None
) -> LoadOutcome:
    """Load a gene reference, recognised by its columns; the same content again is a no-op.

    Raises
    ------
    DataError
        If the file is none of the known forms, or a row does not fit; see
        :func:`read_gene_reference`.
    """
    started = time.time()
    if not path.is_file():
        raise DataError("there is no such file.", path)
    subject = subject_of(path)
    files = [SourceFile.read(KIND, path)]
    content = content_hash(files, READING)
    earlier = current_load(con, KIND, subject)
    if earlier and earlier[1] == content:
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    refuse_other_file(con, KIND, subject, path, loaded_for)
    reference = read_gene_reference(path)
    request = LoadRequest(
        kind=KIND,
        subject=subject,
        source_path=path.resolve(),
        files=files,
        content_sha256=content,
        rows_in=reference.genes.height + len(reference.rejected),
        recognised_as=reference.form,
        rejected=reference.rejected,
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
        If its columns are those of no known form, or its genes are of several organisms or of
        none that is known.
    """
    opened = open_table(path, has_quotes=not _is_gene_info(path))
    for form, columns, read in _FORMS:
        if columns <= set(opened.header):
            return read(opened, form)
    if {"gene_id", "symbol"} <= set(opened.header):
        return _from_curated(path)
    raise DataError(
        "this is no known gene reference. Expected NCBI gene_info (#tax_id, GeneID, Symbol, "
        "Synonyms, dbXrefs ...), the HGNC complete set (hgnc_id, symbol, ensembl_gene_id ...), an "
        "Ensembl table (ensgene, entrez, symbol ...) or a curated CSV (gene_id, symbol, "
        "previous_symbols, aliases ...).",
        path,
        opened.header_line,
    )


def _is_gene_info(path: Path) -> bool:
    # NCBI writes quotes as they are, unpaired ones too.
    return read_head(path).startswith(b"#tax_id\t")


def _entrez(table: Table, column: str, *, is_required: bool = False) -> pl.Series:
    """Return Entrez ids as numbers.

    Raises
    ------
    DataError
        For the first that is none, or is missing where each gene needs one.
    """
    text = table.frame[column]
    number = text.cast(pl.Int64, strict=False)
    bad = number.is_null() if is_required else number.is_null() & text.is_not_null()
    if bad.any():
        row = bad.arg_max() or 0
        raise DataError(
            f"{text[row] or ''!r} is not an Entrez gene id.", table.path, table.lines[row], column
        )
    return number


def _without(table: Table, *missing: str) -> Table:
    """Return the table with the source's words for a missing value as null."""
    frame = table.frame.with_columns(
        pl.when(~pl.all().is_in(list(missing))).then(pl.all()).name.keep()
    )
    return Table(table.path, frame, table.lines)


def _aliases(*names: pl.DataFrame) -> pl.DataFrame:
    return (
        pl.concat(names)
        .filter(pl.col("alias").is_not_null() & (pl.col("alias") != ""))
        .unique(maintain_order=True)
    )


def _one_row_per_gene(table: pl.DataFrame, organism: Organism, **columns: str) -> pl.DataFrame:
    """Return the first values of each gene; the Entrez id only where all rows have the same."""
    return (
        table.group_by("gene_id", maintain_order=True)
        .agg(
            pl.when(pl.col("entrez_id").n_unique() == 1)
            .then(pl.col("entrez_id").first())
            .first()
            .alias("entrez_id"),
            *(pl.col(source).first().alias(name) for name, source in columns.items()),
        )
        .with_columns(pl.lit(organism.name).alias("organism"))
    )


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
    aliases = _aliases(
        _names(frame, "symbol", "symbol"),
        _names(frame, "previous_symbols", "previous_symbol"),
        _names(frame, "aliases", "alias"),
        _names(frame, "gene_id", "ensembl"),
        _names(frame, "entrez_id", "entrez"),
    )
    return GeneReference("curated gene reference", genes, aliases)


def _from_ensembl(opened: OpenedTable, form: str) -> GeneReference:
    parsed = _without(opened.parse(), "", "NA")
    organism, is_own = _organism_of_ids(parsed, "ensgene")
    own = Table(
        parsed.path,
        parsed.frame.filter(is_own),
        [line for line, keep in zip(parsed.lines, is_own, strict=True) if keep],
    )
    optional = [c for c in ("description", "biotype", "chr") if c not in opened.header]
    table = own.frame.with_columns(
        # Studies name their genes without versions too.
        without_version(own.frame["ensgene"]).alias("gene_id"),
        _entrez(own, "entrez").alias("entrez_id"),
        *(pl.lit(None, pl.String).alias(c) for c in optional),
    )
    genes = _one_row_per_gene(
        table,
        organism,
        symbol="symbol",
        name="description",
        biotype="biotype",
        chromosome="chr",
    )
    aliases = _aliases(
        _names(table, "symbol", "symbol"),
        _names(table, "gene_id", "ensembl"),
        _names(table, "entrez_id", "entrez"),
    )
    # A gene's copy on Y (_PAR_Y) is among them: its symbol would lead to two genes.
    reason = f"the gene id is none that Ensembl gives a gene of {organism.name}"
    rejected = _rejected(parsed, ~is_own, reason, "gene {ensgene}, symbol {symbol}")
    return GeneReference(form, genes, aliases, rejected)


def _organism_of_ids(table: Table, column: str) -> tuple[Organism, pl.Series]:
    """Return the one organism of a column of Ensembl's stable ids, and whether each is known.

    Raises
    ------
    DataError
        For the first id of another known organism than those above it, or if none is known.
    """
    organisms = [organism_of_gene(gene_id or "") for gene_id in table.frame[column]]
    found = next((organism for organism in organisms if organism is not None), None)
    if found is None:
        given = table.frame[column].drop_nulls().unique(maintain_order=True).to_list()
        raise DataError(
            f"none of its gene ids ({listed(given) or 'all are empty'}) is one that Ensembl gives "
            f"a gene of {_KNOWN}.",
            table.path,
            column=column,
        )
    for row, organism in enumerate(organisms):
        if organism is not None and organism is not found:
            raise DataError(
                f"{table.frame[column][row]} is a gene of {organism.name} in a table of "
                f"{found.name}; load each organism from a file of its own.",
                table.path,
                table.lines[row],
                column,
            )
    return found, pl.Series([organism is not None for organism in organisms], dtype=pl.Boolean)


def _from_gene_info(opened: OpenedTable, form: str) -> GeneReference:
    # A gene that NCBI links to no Ensembl gene keeps its Entrez id as its stable id.
    parsed = _without(opened.parse(), "-")
    organism = _organism_of_tax_ids(parsed)
    is_own = (parsed.frame["tax_id"] == organism.tax_id).fill_null(value=False)
    without_proteins = "Other_designations" not in opened.header
    table = (
        parsed.frame.with_columns(
            *([pl.lit(None, pl.String).alias("Other_designations")] if without_proteins else [])
        )
        .with_columns(
            _entrez(parsed, "GeneID", is_required=True).alias("entrez_id"),
            pl.col("dbXrefs").str.extract_all(rf"\b{organism.gene_ids}\b").alias("ensembl"),
            pl.col("Synonyms", "Other_designations").str.split("|"),
        )
        .filter(is_own)
        .with_columns(
            pl.when(pl.col("ensembl").list.len() > 0)
            .then(pl.col("ensembl"))
            .otherwise(pl.concat_list(pl.lit(_BY_ENTREZ) + pl.col("GeneID")))
            .alias("gene_id")
        )
        .explode("gene_id")
    )
    genes = _one_row_per_gene(
        table,
        organism,
        symbol="Symbol",
        name="description",
        biotype="type_of_gene",
        chromosome="chromosome",
    )
    aliases = _aliases(
        _names(table, "Symbol", "symbol"),
        _names(table, "Synonyms", "alias"),
        _names(table, "Other_designations", "protein_name"),
        _names(table.filter(~pl.col("gene_id").str.starts_with(_BY_ENTREZ)), "gene_id", "ensembl"),
        _names(table, "entrez_id", "entrez"),
    )
    reason = f"the tax id is not that of {organism.name} ({organism.tax_id})"
    content = "tax id {tax_id}, gene {GeneID} {Symbol}"
    return GeneReference(form, genes, aliases, _rejected(parsed, ~is_own, reason, content))


def _organism_of_tax_ids(table: Table) -> Organism:
    """Return the one known organism of NCBI's table.

    Raises
    ------
    DataError
        If its rows are of none, of several, or mostly of others.
    """
    rows = dict(table.frame["tax_id"].value_counts().rows())
    found = [organism for organism in ORGANISMS if organism.tax_id in rows]
    if not found:
        given = listed(sorted(str(tax_id) for tax_id in rows))
        raise DataError(f"its tax ids ({given}) are of none of {_KNOWN}.", table.path)
    if len(found) > 1 or 2 * rows[found[0].tax_id] < table.frame.height:
        names = " and ".join(organism.name for organism in found)
        raise DataError(
            f"its rows are of {names if len(found) > 1 else 'many organisms'}; load each organism "
            "from a file of its own.",
            table.path,
        )
    return found[0]


def _rejected(table: Table, is_other: pl.Series, reason: str, content: str) -> list[RejectedRow]:
    """Return rows as rejected; ``content`` names columns in braces."""
    rows = table.frame.with_columns(pl.Series("line", table.lines, dtype=pl.Int64)).filter(is_other)
    return [
        RejectedRow(table.path, row["line"], reason, content.format_map(row))
        for row in rows.fill_null("-").iter_rows(named=True)
    ]


def _from_hgnc(opened: OpenedTable, form: str) -> GeneReference:
    # A gene without an Ensembl gene keeps the most stable id that it has.
    parsed = _without(opened.parse(), "")
    optional = [c for c in ("name", "locus_group", "location") if c not in opened.header]
    table = parsed.frame.with_columns(
        _entrez(parsed, "entrez_id"),
        pl.col("prev_symbol", "alias_symbol").str.split("|"),
        pl.coalesce("ensembl_gene_id", pl.lit(_BY_ENTREZ) + pl.col("entrez_id"), "hgnc_id").alias(
            "gene_id"
        ),
        *(pl.lit(None, pl.String).alias(c) for c in optional),
    ).with_columns(pl.col("location").str.extract(r"^(\d+|X|Y|mitochondria)").alias("chromosome"))
    genes = _one_row_per_gene(
        table,
        HUMAN,
        symbol="symbol",
        name="name",
        biotype="locus_group",
        chromosome="chromosome",
    )
    aliases = _aliases(
        _names(table, "symbol", "symbol"),
        _names(table, "prev_symbol", "previous_symbol"),
        _names(table, "alias_symbol", "alias"),
        _names(table, "ensembl_gene_id", "ensembl"),
        _names(table, "entrez_id", "entrez"),
    )
    return GeneReference(form, genes, aliases)


# Form, the columns that tell it, and its reader.
_FORMS: Final[tuple[tuple[str, frozenset[str], _Reader], ...]] = (
    (
        "NCBI gene_info",
        frozenset(
            {
                "tax_id",
                "GeneID",
                "Symbol",
                "Synonyms",
                "dbXrefs",
                "chromosome",
                "description",
                "type_of_gene",
            }
        ),
        _from_gene_info,
    ),
    (
        "HGNC complete set",
        frozenset(
            {"hgnc_id", "symbol", "prev_symbol", "alias_symbol", "entrez_id", "ensembl_gene_id"}
        ),
        _from_hgnc,
    ),
    ("Ensembl annotation table", frozenset({"ensgene", "entrez", "symbol"}), _from_ensembl),
)
