"""Gene sets: our curated CSV of the documents' sets, or anyone's GMT file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from ingest.curated.kinds import KINDS
from ingest.curated.load import ingest_curated
from ingest.curated.models import GeneSet
from ingest.gate import refuse_errors, validate
from ingest.subjects import LoadedFor, refuse_other_file, subject_of
from ingest.suites import curated_suite
from ingest.textfiles import first_line_of, read_table_text, read_text
from warehouse.errors import DataError
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    SourceFile,
    content_hash,
    current_load,
    record_load,
)

GENE_SETS: Final = "gene-sets"
_FEWEST_FIELDS: Final = 3


def ingest_gene_sets(
    con: duckdb.DuckDBPyConnection, path: Path, loaded_for: LoadedFor | None = None
) -> LoadOutcome:
    """Load gene sets; the same content again is a no-op.

    A file whose first line names our columns is the curated CSV; a file of tab-separated lines
    is GMT: a set's name, a description, and its members.

    Raises
    ------
    DataError
        If a line does not fit, a set stands twice, or another file of this name is loaded; the
        warehouse is then unchanged.
    """
    if not path.is_file():
        raise DataError("there is no such file.", path)
    first = first_line_of(read_text(path))
    if GeneSet.key[0] in first or first.count("\t") < _FEWEST_FIELDS - 1:
        return ingest_curated(con, KINDS[GENE_SETS], path, loaded_for)
    return _ingest_gmt(con, path, loaded_for)


def read_gmt(path: Path) -> pl.DataFrame:
    """Return a GMT file's sets as ``gene_set_id, name, member_symbols, documents, note``.

    The id is the file's stem and the set's name, so that two files may share a name. A member
    that stands twice in a set counts once; a weight after a comma is dropped.

    Raises
    ------
    DataError
        Naming the line of the first set that is incomplete or stands twice, or if there is none.
    """
    rows: list[dict[str, str | None]] = []
    seen: dict[str, int] = {}
    stem = path.name.split(".")[0]
    for line, text in enumerate(read_table_text(path).decode().split("\n"), 1):
        if not text.strip():
            continue
        fields = [field.strip() for field in text.split("\t")]
        members = list(dict.fromkeys(f.split(",")[0] for f in fields[2:] if f))
        if not fields[0] or not members:
            raise DataError(
                "a set needs a name, a description (which may be empty) and at least one gene, "
                "separated by tabs.",
                path,
                line,
            )
        if fields[0] in seen:
            raise DataError(
                f"the set {fields[0]} stands twice (first on line {seen[fields[0]]}).", path, line
            )
        seen[fields[0]] = line
        rows.append(
            {
                "gene_set_id": f"{stem}/{fields[0]}",
                "name": fields[0],
                "member_symbols": "|".join(members),
                "documents": None,
                "note": fields[1] or None,
            }
        )
    if not rows:
        raise DataError("there is no gene set in it.", path)
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


def _ingest_gmt(
    con: duckdb.DuckDBPyConnection, path: Path, loaded_for: LoadedFor | None
) -> LoadOutcome:
    started = time.time()
    files = [SourceFile.read(GENE_SETS, path)]
    content = content_hash(files)
    subject = subject_of(path)
    earlier = current_load(con, GENE_SETS, subject)
    if earlier and earlier[1] == content:
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    refuse_other_file(con, GENE_SETS, subject, path, loaded_for)
    frame = read_gmt(path)
    validations = validate(frame, curated_suite(GENE_SETS, "gene_set_id"))
    refuse_errors(validations, path)
    request = LoadRequest(
        kind=GENE_SETS,
        subject=subject,
        source_path=path.resolve(),
        files=files,
        content_sha256=content,
        rows_in=frame.height,
        recognised_as="GMT",
        validations=validations,
        started=started,
    )
    return record_load(con, request, lambda writer: writer.insert("raw.gene_sets", frame))
