"""Taking a load out again, with everything that belongs to it."""

from __future__ import annotations

import duckdb

from ingest.messages import near_miss
from ingest.study.load import KIND as STUDY
from warehouse.errors import DataError
from warehouse.home import Home
from warehouse.landed import landed_files
from warehouse.ledger import remove_load


def remove(con: duckdb.DuckDBPyConnection, home: Home, kind: str, subject: str) -> str:
    """Remove what is loaded for a subject and return the load's id; the ledger keeps its entry.

    What was computed from it goes with the next ``imid analyze``, as for any changed study.

    Raises
    ------
    DataError
        If nothing of that kind and subject is loaded.
    """
    load_id = remove_load(con, kind, subject)
    if load_id is None:
        loaded = con.execute(
            "select kind || ' ' || subject from ops.loads where status = 'loaded' order by 1"
        ).fetchall()
        names = [name for (name,) in loaded]
        raise DataError(
            f"no {kind} {subject} is loaded.{near_miss(f'{kind} {subject}', names)} "
            "`imid status` lists what is."
        )
    if kind == STUDY:
        for landed in landed_files(home, subject):
            landed.unlink()
    return load_id
