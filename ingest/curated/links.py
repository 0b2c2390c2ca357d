"""What a curated row refers to must be loaded, and what it names must be named once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from ingest.curated.models import Row
from ingest.messages import near_miss
from warehouse.errors import DataError
from warehouse.tables import quoted


def check_links(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    rows: Sequence[tuple[int, Row]],
    table: str,
    kind: str,
    load_id: str | None,
) -> None:
    """Refuse a row that refers to nothing, or whose key another load of its kind has.

    Parameters
    ----------
    rows
        ``(line, row)`` of one model; its ``refers`` says which columns are looked up where.
    load_id
        The earlier load of the same file, which these rows replace.

    Raises
    ------
    DataError
        Naming line and column of the first such cell.
    """
    if not rows or not rows[0][1].refers:
        return
    model = type(rows[0][1])
    known = {column: _values(con, *target) for column, target in model.refers.items()}
    taken = _keys_of_other_loads(con, table, model.key[0], load_id)
    for line, row in rows:
        key = str(getattr(row, model.key[0]))
        if key in taken:
            raise DataError(
                f"{key} is loaded from another file already ({taken[key]}); give each of the "
                f"{kind} an id of its own.",
                path,
                line,
                model.key[0],
            )
        for column, (target, _) in model.refers.items():
            for value in str(getattr(row, column) or "").split("|"):
                if value and value not in known[column]:
                    raise DataError(
                        f"{value} is none of the loaded {target.partition('.')[2]}."
                        f"{near_miss(value, known[column])}",
                        path,
                        line,
                        column,
                    )


def _values(con: duckdb.DuckDBPyConnection, table: str, column: str) -> set[str]:
    rows = con.execute(f'select distinct "{column}" from {quoted(table)}').fetchall()
    return {row[0] for row in rows}


def _keys_of_other_loads(
    con: duckdb.DuckDBPyConnection, table: str, key: str, load_id: str | None
) -> dict[str, str]:
    rows = con.execute(
        f'select t."{key}", l.subject from {quoted(table)} t '
        "join ops.loads l on l.load_id = t.load_id where t.load_id is distinct from $1",
        [load_id],
    ).fetchall()
    return {row[0]: row[1] for row in rows}
