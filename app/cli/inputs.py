"""What a build is made from, as one hash: the same inputs need no second build."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Final

import duckdb

from app.cli.project import Thresholds
from warehouse.home import Home, installation_root

_DECIDING: Final = (
    ("ops.loads", "load_id"),
    ("analytics.fits", "fit_id"),
    ("analytics.sample_groups", "inputs_sha256"),
    ("analytics.gene_set_enrichment", "inputs_sha256"),
    ("analytics.contrast_pairs", "inputs_sha256"),
)


def inputs_hash(con: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> str:
    """Hash the loads, the results, the thresholds and the dbt project that a build would use."""
    digest = hashlib.sha256()
    for table, key in _DECIDING:
        where = "where status = 'loaded'" if table == "ops.loads" else ""
        query = f"select distinct {key} from {table} {where} order by 1"
        for row in con.execute(query).fetchall():
            digest.update(f"{row[0]}\0".encode())
    digest.update(thresholds.model_dump_json().encode())
    digest.update(version("imid-warehouse").encode())
    project = installation_root() / "dbt"
    for path in sorted(project.rglob("*")):
        if path.suffix in {".sql", ".yml"} and "target" not in path.parts:
            digest.update(str(path.relative_to(project)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def serving_build_is_current(con: duckdb.DuckDBPyConnection, home: Home, inputs: str) -> bool:
    """Return whether the release that ``current`` serves was built from these inputs."""
    if not home.current.exists():
        return False
    rows = con.execute(
        "select 1 from ops.builds where build_id = $1 and status = 'passed' and inputs_sha256 = $2",
        [home.current.resolve().stem, inputs],
    ).fetchall()
    return bool(rows)
