"""The load ledger: every load is one transaction, keyed by its content.

The same content again is a no-op. A changed file replaces its own rows and no others. Whatever
goes wrong inside a load, the warehouse is as it was before.
"""

from __future__ import annotations

import getpass
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from warehouse.frames import insert_frame, transaction
from warehouse.tables import RAW, quoted

_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class SourceFile:
    """One file that took part in a load, with the hash of its bytes."""

    role: str
    path: Path
    sha256: str
    bytes: int

    @classmethod
    def read(cls, role: str, path: Path) -> SourceFile:
        """Hash ``path`` in blocks, so that its size does not matter."""
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as handle:
            while block := handle.read(_BLOCK):
                digest.update(block)
                size += len(block)
        return cls(role, path, digest.hexdigest(), size)


@dataclass(frozen=True)
class Validation:
    """The outcome of one expectation on the data of one load."""

    suite: str
    suite_version: int
    expectation: str
    column_name: str | None
    severity: str
    is_success: bool
    observed: str | None
    unexpected_keys: str | None
    meaning: str


@dataclass(frozen=True)
class RejectedRow:
    """A row of a file that was not loaded, and why."""

    path: Path
    line: int
    reason: str
    content: str | None


@dataclass(frozen=True)
class LoadRequest:
    """What is to be loaded.

    Attributes
    ----------
    kind
        The source kind, such as ``study`` or ``claims``.
    subject
        Which one of its kind; a load replaces the earlier load of the same kind and subject.
    content_sha256
        Hash over everything that decides the loaded rows.
    rows_in
        Rows read from the files; ``rows_in = rows_loaded + rows_refused`` always holds.
    """

    kind: str
    subject: str
    source_path: Path
    files: Sequence[SourceFile]
    content_sha256: str
    rows_in: int
    recognised_as: str | None = None
    validations: Sequence[Validation] = ()
    rejected: Sequence[RejectedRow] = ()
    started: float = field(default_factory=time.time)


@dataclass(frozen=True)
class LoadOutcome:
    """What a load did.

    ``action`` is ``loaded``, ``replaced`` (an earlier load of its subject) or ``unchanged``.
    """

    load_id: str
    action: str
    rows_loaded: int
    rows_refused: int
    warnings: tuple[Validation, ...] = ()
    recognised_as: str | None = None


def content_hash(files: Sequence[SourceFile], *extra: str) -> str:
    """Return one hash over the files' roles and bytes and any further deciding text."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda f: (f.role, f.path.name)):
        digest.update(f"{file.role}\0{file.path.name}\0{file.sha256}\0".encode())
    for text in extra:
        digest.update(f"{text}\0".encode())
    return digest.hexdigest()


def current_load(con: duckdb.DuckDBPyConnection, kind: str, subject: str) -> tuple[str, str] | None:
    """Return ``(load_id, content_sha256)`` of what is loaded for a subject, or None."""
    rows = con.execute(
        "select load_id, content_sha256 from ops.loads "
        "where kind = $1 and subject = $2 and status = 'loaded'",
        [kind, subject],
    ).fetchall()
    return (rows[0][0], rows[0][1]) if rows else None


def loaded_from(con: duckdb.DuckDBPyConnection, kind: str, subject: str) -> Path | None:
    """Return the path of the file that what is loaded for a subject came from, or None."""
    rows = con.execute(
        "select source_path from ops.loads where kind = $1 and subject = $2 and status = 'loaded'",
        [kind, subject],
    ).fetchall()
    return Path(rows[0][0]) if rows else None


class LoadWriter:
    """Writes rows of one load inside its transaction; every row gets the ``load_id``."""

    def __init__(self, con: duckdb.DuckDBPyConnection, load_id: str) -> None:
        self._con = con
        self.load_id = load_id

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Append ``frame`` to ``table`` with this load's id.

        Raises
        ------
        ValueError
            If the frame has a column that the table has not.
        """
        insert_frame(self._con, table, frame.with_columns(pl.lit(self.load_id).alias("load_id")))

    def insert_counts(
        self, study_id: str, features: pl.DataFrame, wide: pl.DataFrame, gene_column: str
    ) -> None:
        """Append a wide count matrix to ``raw.counts`` and its genes to ``raw.features``.

        Both are sorted by gene before the matrix is unpivoted, and genes are numbered in that
        order, on from all that were loaded before: the order and the number are what makes a
        gene's look-up fast (:mod:`warehouse.lookups`), and are far cheaper than sorting the long
        table.

        Parameters
        ----------
        features
            Columns of ``raw.features``, one row per row of ``wide``.
        """
        if not wide[gene_column].is_sorted():
            wide = wide.sort(gene_column)
        if not features[gene_column].is_sorted():
            features = features.sort(gene_column)
        self.insert_features(study_id, features)
        first = self._next_feature() - wide.height
        numbered = wide.with_row_index("feature number", first)
        self._con.register("wide_counts", numbered.to_arrow())
        self._con.execute(
            "insert into raw.counts by name "
            f'select $1 as load_id, $2 as study_id, "{gene_column}" as gene_id, sample_id, count, '
            'cast("feature number" as bigint) as feature_number '
            "from (select * from wide_counts) unpivot (count for sample_id in "
            f'(columns(* exclude ("{gene_column}", "feature number"))))',
            [self.load_id, study_id],
        )
        self._con.unregister("wide_counts")

    def insert_features(self, study_id: str, features: pl.DataFrame) -> None:
        """Append the genes of a study's files, numbered on from all that were loaded before."""
        self.insert(
            "raw.features",
            features.with_columns(
                pl.lit(study_id).alias("study_id"),
                pl.int_range(pl.len(), dtype=pl.Int64).alias("feature_number")
                + self._next_feature(),
            ),
        )

    def _next_feature(self) -> int:
        found = self._con.execute("select max(feature_number) from raw.features").fetchall()
        return 0 if found[0][0] is None else int(found[0][0]) + 1


def record_load(
    con: duckdb.DuckDBPyConnection, request: LoadRequest, write: Callable[[LoadWriter], None]
) -> LoadOutcome:
    """Load one subject in one transaction and note it in the ledger.

    Parameters
    ----------
    write
        Called with a :class:`LoadWriter` inside the transaction, after the rows of the subject's
        earlier load are gone. Anything it raises rolls everything back.
    """
    earlier = current_load(con, request.kind, request.subject)
    if earlier and earlier[1] == request.content_sha256:
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    now = datetime.now(UTC)
    load_id = f"{now:%Y%m%dT%H%M%S%fZ}-{request.kind}-{request.content_sha256[:12]}"
    with transaction(con):
        if earlier:
            _remove_rows(con, earlier[0], "replaced")
        write(LoadWriter(con, load_id))
        _write_ledger(con, request, load_id)
    return LoadOutcome(
        load_id,
        "replaced" if earlier else "loaded",
        request.rows_in - len(request.rejected),
        len(request.rejected),
        tuple(v for v in request.validations if not v.is_success),
        request.recognised_as,
    )


def remove_load(con: duckdb.DuckDBPyConnection, kind: str, subject: str) -> str | None:
    """Take a subject's rows out in one transaction; its ledger entry stays, as ``removed``.

    Returns
    -------
    str or None
        The load's id, or None if nothing of that subject is loaded.
    """
    held = current_load(con, kind, subject)
    if held is None:
        return None
    with transaction(con):
        _remove_rows(con, held[0], "removed")
    return held[0]


def _remove_rows(con: duckdb.DuckDBPyConnection, load_id: str, status: str) -> None:
    for table in RAW:
        con.execute(f"delete from {quoted(table)} where load_id = $1", [load_id])
    con.execute("update ops.loads set status = $1 where load_id = $2", [status, load_id])


def _write_ledger(con: duckdb.DuckDBPyConnection, request: LoadRequest, load_id: str) -> None:
    finished = time.time()
    con.execute(
        "insert into ops.loads values "
        "($1, $2, $3, 'loaded', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        [
            load_id,
            request.kind,
            request.subject,
            request.content_sha256,
            str(request.source_path),
            request.recognised_as,
            request.rows_in,
            request.rows_in - len(request.rejected),
            len(request.rejected),
            _utc(request.started),
            _utc(finished),
            max(0.0, finished - request.started),
            _user(),
            version("imid-warehouse"),
            duckdb.__version__,
        ],
    )
    for file in request.files:
        con.execute(
            "insert into ops.load_files values ($1, $2, $3, $4, $5)",
            [load_id, file.role, str(file.path), file.sha256, file.bytes],
        )
    for v in request.validations:
        con.execute(
            "insert into ops.validation_results values "
            "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            [
                load_id,
                v.suite,
                v.suite_version,
                v.expectation,
                v.column_name,
                v.severity,
                v.is_success,
                v.observed,
                v.unexpected_keys,
                v.meaning,
                _utc(finished),
            ],
        )
    for row in request.rejected:
        con.execute(
            "insert into ops.rejected_rows values ($1, $2, $3, $4, $5)",
            [load_id, str(row.path), row.line, row.reason, row.content],
        )


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
