"""What a build is made from, as one hash: the same inputs need no second build."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Final

import duckdb

from app.cli.project import Thresholds
from warehouse.home import Home, installation_root

# The loads, and for each kind of result what changes whenever the results do.
_DECIDING: Final = (
    ("ops.loads", "load_id"),
    ("analytics.fits", "fit_id"),
    ("analytics.sample_groups", "inputs_sha256"),
    ("analytics.gene_set_enrichment", "inputs_sha256"),
    ("analytics.contrast_pairs", "inputs_sha256"),
    ("analytics.contrast_differences", "inputs_sha256"),
    ("analytics.poolable_contrasts", "inputs_sha256"),
    ("analytics.pooled_changes", "inputs_sha256"),
    # A row is a load that the results rest on, with whatever else decided them.
    ("analytics.safety_inputs", "cast(t as varchar)"),
    ("analytics.assay_inputs", "cast(t as varchar)"),
)


def inputs_hash(con: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> str:
    """Hash the loads, the results, the thresholds and the dbt project that a build would use."""
    digest = hashlib.sha256()
    for table, key in _DECIDING:
        where = "where status = 'loaded'" if table == "ops.loads" else ""
        query = f"select distinct {key} from {table} as t {where} order by 1"
        digest.update(f"{table}\0".encode())
        for row in con.execute(query).fetchall():
            digest.update(f"{row[0]}\0".encode())
    digest.update(thresholds.model_dump_json().encode())
    digest.update(project_hash().encode())
    return digest.hexdigest()


def incremental_fingerprint(con: duckdb.DuckDBPyConnection, thresholds: Thresholds) -> str:
    """Hash what rows of the incremental marts depend on beside their own load.

    These are the gene references (a name in a result table is resolved by all of them), the
    thresholds, the models' code and the versions that run it. Where one changes, rows of loads
    that did not change may change too, and the marts are built from all loads again.
    """
    references = con.execute(
        "select load_id from raw.genes union select load_id from raw.gene_aliases order by 1"
    ).fetchall()
    return project_hash(thresholds.model_dump_json(), *(row[0] for row in references))


def project_hash(*extra: str) -> str:
    """Hash the dbt project's files, the versions that run it and any further deciding text."""
    digest = hashlib.sha256()
    for package in ("imid-warehouse", "dbt-core", "dbt-duckdb", "duckdb"):
        digest.update(f"{package} {version(package)}\0".encode())
    for text in extra:
        digest.update(f"{text}\0".encode())
    project = installation_root() / "dbt"
    for path in sorted(project.rglob("*")):
        # dbt writes a .user.yml of its own beside them
        is_ours = not path.name.startswith(".") and "target" not in path.parts
        if path.suffix in {".sql", ".yml"} and is_ours:
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
