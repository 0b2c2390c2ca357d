"""One mart in two releases: rows added, removed and changed by key, and in which columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb

from app.changes.result import MartChange

# How a row came to be; a reload or a refit that gives the same row is no change of it.
_LINEAGE: Final = frozenset(
    {
        "load_id",
        "fit_id",
        "loaded_at",
        "imid_version",
        "line",
        "source_line",
        "feature_number",
    }
)
_FLOATS: Final = frozenset({"DOUBLE", "FLOAT"})
_TOLERANCE: Final = 1e-9

Columns = Mapping[str, str]


def mart_columns(con: duckdb.DuckDBPyConnection, side: str) -> dict[str, dict[str, str]]:
    """Return the columns and types of every mart of one side."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = $1 and schema_name = 'marts' order by table_name, column_index",
        [side],
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def compare_mart(
    con: duckdb.DuckDBPyConnection,
    mart: str,
    key: Sequence[str],
    before: Columns | None,
    after: Columns | None,
) -> MartChange | None:
    """Compare one mart; None if it is the same in both.

    Rows are joined only where a study's fingerprint (row count and exclusive or of the rows'
    hashes) differs, so a mart of millions of rows costs one scan where little changed.
    """
    if before is None or after is None:
        side, columns = ("after", after) if before is None else ("before", before)
        rows = con.execute(f"select count(*) from {side}.marts.{mart}").fetchall()[0][0]
        return MartChange(
            mart,
            tuple(key),
            rows_before=0 if before is None else rows,
            rows_after=rows if before is None else 0,
            added=rows if before is None else 0,
            removed=0 if before is None else rows,
            changed=0,
            columns={},
            columns_added=tuple(columns or ()) if before is None else (),
            columns_removed=() if before is None else tuple(columns or ()),
        )
    added_columns = tuple(name for name in after if name not in before)
    removed_columns = tuple(name for name in before if name not in after)
    compared = {n: k for n, k in after.items() if n in before and n not in _LINEAGE}
    usable = bool(key) and all(name in before and name in after for name in key)
    group = "study_id" if "study_id" in compared else "'all'"
    changed_groups = _changed_groups(con, mart, group, compared)
    rows_before, rows_after = _row_counts(con, mart)
    if not changed_groups and not added_columns and not removed_columns:
        return None
    added, removed, changed = 0, 0, 0
    per_column: dict[str, int] = {}
    if changed_groups and usable:
        added, removed, changed, per_column = _joined(
            con, mart, key, group, compared, changed_groups
        )
    elif changed_groups:
        added, removed = _whole_rows(con, mart, compared)
    # Where only the last digits of numbers differ, nothing did.
    if not (added or removed or changed or added_columns or removed_columns):
        return None
    return MartChange(
        mart,
        tuple(key) if usable else (),
        rows_before,
        rows_after,
        added,
        removed,
        changed,
        per_column,
        added_columns,
        removed_columns,
    )


def _row_counts(con: duckdb.DuckDBPyConnection, mart: str) -> tuple[int, int]:
    row = con.execute(
        f"select (select count(*) from before.marts.{mart}), "
        f"(select count(*) from after.marts.{mart})"
    ).fetchall()[0]
    return row[0], row[1]


def _changed_groups(
    con: duckdb.DuckDBPyConnection, mart: str, group: str, columns: Columns
) -> list[str]:
    hashed = ", ".join(f'"{name}"' for name in columns)
    sides = " union all ".join(
        f"select '{side}' as side, coalesce({group}, '') as part, count(*) as n, "
        f"bit_xor(hash({hashed})) as fingerprint from {side}.marts.{mart} group by part"
        for side in ("before", "after")
    )
    rows = con.execute(
        f"select part from ({sides}) group by part "
        "having count(*) < 2 or min(n) <> max(n) or min(fingerprint) <> max(fingerprint) "
        "order by part"
    ).fetchall()
    return [row[0] for row in rows]


def _whole_rows(con: duckdb.DuckDBPyConnection, mart: str, columns: Columns) -> tuple[int, int]:
    """Count rows that only one side has; without a key a changed row is one gone and one new."""
    listed = ", ".join(f'"{name}"' for name in columns)
    counts = [
        con.execute(
            f"select count(*) from (select {listed} from {one}.marts.{mart} "
            f"except all select {listed} from {other}.marts.{mart})"
        ).fetchall()[0][0]
        for one, other in (("after", "before"), ("before", "after"))
    ]
    return counts[0], counts[1]


def _joined(
    con: duckdb.DuckDBPyConnection,
    mart: str,
    key: Sequence[str],
    group: str,
    columns: Columns,
    groups: Sequence[str],
) -> tuple[int, int, int, dict[str, int]]:
    values = {name: kind for name, kind in columns.items() if name not in key}
    tests = {name: _differs(name, kind) for name, kind in values.items()}
    on = " and ".join(f'a."{name}" is not distinct from b."{name}"' for name in key)
    side = (
        "select true as is_there, * from {side}.marts.{mart} "
        f"where list_contains($1, coalesce({group}, ''))"
    )
    both = "a.is_there and b.is_there"
    per_column = "".join(
        f', count(*) filter (where {both} and {test}) as "{name}"' for name, test in tests.items()
    )
    any_column = " or ".join(tests.values()) or "false"
    row = con.execute(
        "select count(*) filter (where b.is_there is null) as added, "
        "count(*) filter (where a.is_there is null) as removed, "
        f"count(*) filter (where {both} and ({any_column})) as changed{per_column} "
        f"from ({side.format(side='after', mart=mart)}) as a "
        f"full join ({side.format(side='before', mart=mart)}) as b on {on}",
        [list(groups)],
    ).fetchall()[0]
    counts = dict(zip(values, row[3:], strict=True))
    changed = {
        name: count
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count
    }
    return row[0], row[1], row[2], changed


def _differs(name: str, kind: str) -> str:
    a, b = f'a."{name}"', f'b."{name}"'
    if kind not in _FLOATS:
        return f"{a} is distinct from {b}"
    # Null and infinities differ from any other value; finite numbers by more than rounding.
    return (
        f"({a} is distinct from {b} and coalesce(not isfinite({a}) or not isfinite({b}) or "
        f"abs({a} - {b}) > {_TOLERANCE} * greatest(abs({a}), abs({b})), true))"
    )
