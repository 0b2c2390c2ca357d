"""What ``imid status`` reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from app.cli.freshness import freshness_of, worst
from app.cli.project import BUILD, read_project
from warehouse.connections import current_release, open_release, open_working, write_lock
from warehouse.errors import BusyError, DataError
from warehouse.frames import read_frame
from warehouse.home import Home
from warehouse.releases import published_at

_ERROR_SEVERITIES: Final = ("error", "critical")


def read_status(home: Home, now: datetime | None = None) -> dict[str, Any]:
    """Return what is loaded, built and published, how old it is, and which checks failed.

    While another process writes, the serving release answers and ``busy`` says so.

    Parameters
    ----------
    now
        The moment that ages are counted to, UTC without a zone; the present by default.

    Raises
    ------
    DataError
        If there is no warehouse in this home.
    BusyError
        If another process is writing to it and nothing has been published yet.
    """
    if not home.working.exists():
        raise DataError(f"there is no warehouse in {home.root}. Run `imid run` first.")
    now = now or datetime.now(UTC).replace(tzinfo=None)
    release = _release(home)
    built = published_at(release) if release else None
    with _open(home) as (con, busy):
        ages = {
            kind: _days(loaded_at, now)
            for kind, loaded_at in con.execute(
                "select kind, max(finished_at) from ops.loads where status = 'loaded' "
                "group by kind order by kind"
            ).fetchall()
        }
        if built is not None:
            ages[BUILD] = _days(built, now)
        failed = _failed_checks(con)
        freshness = freshness_of(ages, read_project(home).freshness)
        return {
            "home": str(home.root),
            "release": str(release) if release else None,
            "release_built_at": built,
            "release_age_days": ages.get(BUILD),
            "busy": busy,
            "health": _health(freshness, failed, is_published=release is not None),
            "freshness": freshness,
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
            "last_run": _last_run(con),
            "failed_checks": failed,
            "unresolved_genes": _unresolved_genes(con),
        }


def _unresolved_genes(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return per study and reason how many names lead to no single gene, as last built."""
    built = con.execute(
        "select 1 from information_schema.tables "
        "where table_schema = 'marts' and table_name = 'mart_unresolved_gene'"
    ).fetchall()
    if not built:
        return []
    return _rows(
        con,
        "select study_id as study, identity_status as reason, count(*) as genes, "
        "arg_min(gene_id_as_given, line) as first "
        "from marts.mart_unresolved_gene group by all order by all",
    )


@contextmanager
def _open(home: Home) -> Iterator[tuple[duckdb.DuckDBPyConnection, str | None]]:
    try:
        # Without the lock it would hold the file while a build hands it to dbt, and stop that.
        with write_lock(home, "status"), open_working(home) as con:
            yield con, None
            return
    except BusyError as error:
        busy, release = str(error), _release(home)
        if release is None:
            raise
    con = open_release(release)
    try:
        yield con, busy
    finally:
        con.close()


def _release(home: Home) -> Path | None:
    try:
        return current_release(home)
    except DataError:
        return None


def _health(
    freshness: list[dict[str, Any]], failed: list[dict[str, Any]], *, is_published: bool
) -> str:
    """Return ``ok``, ``warning`` or ``error``, the worst of what was found."""
    states = [row["state"] for row in freshness]
    states += ["error" if row["severity"] in _ERROR_SEVERITIES else "warning" for row in failed]
    if not is_published:
        states.append("error")
    return worst(states)


def _days(then: datetime, now: datetime) -> float:
    # A clock that was set back must not make an age negative.
    return round(max(0.0, (now - then).total_seconds() / 86_400), 3)


def _failed_checks(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return _rows(
        con,
        "select l.kind, l.subject, v.severity, v.column_name, v.meaning, "
        "v.unexpected_keys from ops.validation_results v "
        "join ops.loads l on l.load_id = v.load_id "
        "where l.status = 'loaded' and not v.is_success order by all",
    )


def _last_run(con: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """Return the steps of the last recorded run; a release of an earlier version has none."""
    known = con.execute(
        "select 1 from information_schema.tables "
        "where table_schema = 'ops' and table_name = 'run_steps'"
    ).fetchall()
    steps = (
        _rows(
            con,
            "select run_id, step, status, strftime(finished_at, '%Y-%m-%d %H:%M:%S') as "
            "finished_at_utc, round(duration_s, 3) as seconds, rows_affected as rows, message "
            "from ops.run_steps where run_id = (select max(run_id) from ops.run_steps) "
            "order by position",
        )
        if known
        else []
    )
    if not steps:
        return None
    run_id = steps[0]["run_id"]
    last = next((step for step in reversed(steps) if step["step"] == "run"), steps[-1])
    return {
        "run_id": run_id,
        "status": last["status"],
        "seconds": last["seconds"],
        "message": last["message"],
        "steps": [{k: v for k, v in step.items() if k != "run_id"} for step in steps],
    }


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    return read_frame(con, sql).to_dicts()
