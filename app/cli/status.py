"""What ``imid status`` reports."""

from __future__ import annotations

from typing import Any

import duckdb

from warehouse.connections import current_release, open_working
from warehouse.errors import DataError
from warehouse.frames import read_frame
from warehouse.home import Home


def read_status(home: Home) -> dict[str, Any]:
    """Return loads, builds, failed checks and the serving release of a home.

    Raises
    ------
    DataError
        If there is no warehouse in this home.
    BusyError
        If another process is writing to it.
    """
    if not home.working.exists():
        raise DataError(f"there is no warehouse in {home.root}. Run `imid run` first.")
    with open_working(home) as con:
        return {
            "home": str(home.root),
            "release": _release(home),
            "loads": _rows(
                con,
                "select kind, subject, status, rows_loaded as rows, rows_refused as refused, "
                "strftime(finished_at, '%Y-%m-%d %H:%M:%S') as loaded_at_utc "
                "from ops.loads where status = 'loaded' order by kind, subject",
            ),
            "builds": _rows(
                con,
                "select build_id, status, round(duration_s, 1) as seconds, models, "
                "tests_passed, tests_warned, tests_failed "
                "from ops.builds order by started_at desc limit 10",
            ),
            "failed_checks": _rows(
                con,
                "select l.kind, l.subject, v.severity, v.column_name, v.meaning, "
                "v.unexpected_keys from ops.validation_results v "
                "join ops.loads l on l.load_id = v.load_id "
                "where l.status = 'loaded' and not v.is_success order by all",
            ),
        }


def _release(home: Home) -> str | None:
    try:
        return str(current_release(home))
    except DataError:
        return None


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    return read_frame(con, sql).to_dicts()
