"""The hash of what a build is made from: every result that a mart reads decides it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import duckdb
import pytest

from analytics.assays.jobs import analyze_assays
from analytics.safety.jobs import analyze_safety
from app.cli.inputs import inputs_hash
from app.cli.project import Thresholds
from warehouse.connections import open_working, write_lock
from warehouse.home import Home
from warehouse.ledger import remove_load


@pytest.fixture
def built(built_home: Home, home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    shutil.copy(built_home.working, home.working)
    with write_lock(home, "test"), open_working(home) as con:
        yield con


@pytest.mark.parametrize(
    ("kind", "compute"),
    [("term-crosswalk", analyze_safety), ("assay", analyze_assays)],
    ids=["adverse events", "assays"],
)
def test_results_computed_after_a_build_ask_for_another(
    built: duckdb.DuckDBPyConnection,
    kind: str,
    compute: Callable[[duckdb.DuckDBPyConnection], tuple[int, int]],
) -> None:
    """A build between a load and its analysis holds the old results beside the new rows."""
    subject = built.execute(
        "select min(subject) from ops.loads where kind = $1 and status = 'loaded'", [kind]
    ).fetchall()[0][0]
    assert remove_load(built, kind, subject) is not None
    before = inputs_hash(built, Thresholds())
    assert any(compute(built))
    after = inputs_hash(built, Thresholds())
    assert after != before
    assert compute(built) == (0, 0)
    assert inputs_hash(built, Thresholds()) == after


RESULTS = {
    "analytics.fits": "fit_id = 'another'",
    "analytics.safety_inputs": "load_id = 'another'",
    "analytics.assay_inputs": "load_id = 'another'",
    "analytics.sample_groups": "inputs_sha256 = 'another'",
    "analytics.gene_set_enrichment": "inputs_sha256 = 'another'",
    "analytics.contrast_pairs": "inputs_sha256 = 'another'",
    "analytics.contrast_differences": "inputs_sha256 = 'another'",
    "analytics.poolable_contrasts": "inputs_sha256 = 'another'",
}


@pytest.mark.parametrize("table", RESULTS)
def test_results_of_other_inputs_are_another_hash(
    built: duckdb.DuckDBPyConnection, table: str
) -> None:
    before = inputs_hash(built, Thresholds())
    assert inputs_hash(built, Thresholds()) == before
    built.execute(f"update {table} set {RESULTS[table]}")
    changed = inputs_hash(built, Thresholds())
    assert changed != before
    built.execute(f"delete from {table}")
    assert inputs_hash(built, Thresholds()) not in {before, changed}


def test_pooled_changes_decide(built: duckdb.DuckDBPyConnection) -> None:
    hashes = [inputs_hash(built, Thresholds())]
    for inputs in ("one", "another"):
        built.execute("delete from analytics.pooled_changes")
        built.execute(
            "insert into analytics.pooled_changes by name select 'lenalidomide' as drug_id, "
            "'myeloma_cells' as claim_cell_context, 'g' as gene_id, true as is_simulated, "
            "'a|b' as contrast_ids, 2 as n_studies, 2 as n_studies_given, 1 as log2_fold_change, "
            "1 as standard_error, 0 as ci_lower, 2 as ci_upper, 0 as hk_lower, 2 as hk_upper, "
            "0.1 as p_value, 0 as tau2, 0 as i2, 1 as q_p_value, 'a method' as method, "
            "$1 as inputs_sha256",
            [inputs],
        )
        hashes.append(inputs_hash(built, Thresholds()))
    assert len(set(hashes)) == 3
