"""A warehouse of the first commit that had one, opened, migrated and built by this version."""

from __future__ import annotations

import lzma
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from app.cli.main import run_command
from app.cli.status import read_status
from tests.support.builds import spare_unit_tests
from warehouse.connections import open_working
from warehouse.errors import DataError
from warehouse.home import Home
from warehouse.migrations import MIGRATIONS, SCHEMA_VERSION
from warehouse.queries import query_release
from warehouse.tables import _ALL

KEPT = Path(__file__).parent.parent / "data" / "first-warehouse" / "working.duckdb.xz"


@pytest.fixture
def first(home: Home) -> Home:
    home.working.write_bytes(lzma.decompress(KEPT.read_bytes()))
    return home


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(path), read_only=True) as con:
        return {
            table: con.execute(f"select * from {table} order by all").fetchall()
            for table in ("ops.load_files", "ops.validation_results", "raw.drugs", "raw.documents")
        }


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    described = con.execute(f"describe {table}").fetchall()
    return {name: kind.lower() for name, kind, *_ in described}


def a_value_each(columns: Mapping[str, str]) -> str:
    return ", ".join(f"cast(1 as {kind.split()[0]}) as {name}" for name, kind in columns.items())


def test_migrations_are_numbered_upwards() -> None:
    versions = [migration.version for migration in MIGRATIONS]
    assert versions == sorted(set(versions))
    assert versions[-1] == SCHEMA_VERSION


def test_every_declared_table_and_column_is_there_and_nothing_is_lost(first: Home) -> None:
    before = contents(first.working)
    loads = {(load["kind"], load["rows"]) for load in read_status(first)["loads"]}
    with open_working(first) as con:
        versions = con.execute("select version from ops.schema_versions order by 1").fetchall()
        columns = con.execute(
            "select table_schema || '.' || table_name, column_name from information_schema.columns"
        ).fetchall()
    assert versions == [(1,), (SCHEMA_VERSION,)]
    declared = {(table, column) for table, names in _ALL.items() for column in names}
    assert declared <= set(columns)
    assert {("claims", 58), ("adverse-events", 35), ("drugs", 10)} <= loads
    after = contents(first.working)
    for table, rows in before.items():
        # Later columns stand behind the earlier ones.
        width = len(rows[0])
        assert [row[:width] for row in after[table]] == rows


def test_opening_again_notes_no_second_version(first: Home) -> None:
    for _ in range(2):
        with open_working(first) as con:
            counted = con.execute("select count(*) from ops.schema_versions").fetchall()
    assert counted == [(2,)]


def test_genes_of_loads_without_numbers_get_them(home: Home) -> None:
    with open_working(home) as con:
        con.execute("update ops.schema_versions set version = 2")
        con.execute(
            "insert into raw.features by name select 'load' as load_id, 's' as study_id, "
            "'G' || range as gene_id, 'G' || range as gene_id_as_given, range + 2 as line, "
            "from range(3)"
        )
    with open_working(home) as con:
        numbers = con.execute("select feature_number from raw.features order by gene_id").fetchall()
    assert numbers == [(0,), (1,), (2,)]


def test_adjusted_p_values_of_comparisons_are_dropped(home: Home) -> None:
    table = "analytics.adverse_event_comparisons"
    adjusted = {"fisher_padj": "double", "boschloo_padj": "double", "family_size": "bigint"}
    with open_working(home) as con:
        declared = _ALL[table]
        con.execute(f"drop table {table}")
        of_version_3 = {**declared, **adjusted, "family_size": "bigint not null"}
        columns = ", ".join(f"{name} {kind}" for name, kind in of_version_3.items())
        con.execute(f"create table {table} ({columns})")
        con.execute(f"insert into {table} select {a_value_each(of_version_3)}")
        con.execute("update ops.schema_versions set version = 3")
        assert adjusted.items() <= columns_of(con, table).items()
    for opened in range(2):
        with open_working(home) as con:
            assert list(columns_of(con, table)) == list(declared)
            con.execute(f"insert into {table} by name select {a_value_each(declared)}")
            rows = con.execute(f"select * from {table}").fetchall()
            # Killed before the version is noted, it is done again.
            con.execute(f"delete from ops.schema_versions where version = {SCHEMA_VERSION}")
            con.execute("insert into ops.schema_versions values (3, now())")
        assert len(rows) == opened + 2
        assert set(rows) == {rows[0]}


def test_a_warehouse_of_a_later_version_is_left_alone(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_working(home) as con:
        con.execute("insert into ops.schema_versions values (99, now())")
        con.execute("drop table raw.drugs")
    with pytest.raises(DataError, match="schema version 99, made by a later"), open_working(home):
        pass
    assert run_command(["--home", str(home.root), "status"]) == 1
    assert "Install the later version" in capsys.readouterr().err
    with duckdb.connect(str(home.working), read_only=True) as con:
        tables = con.execute("select count(*) from duckdb_tables() where table_name = 'drugs'")
        assert tables.fetchall() == [(0,)]


@pytest.mark.slow
def test_the_present_version_builds_and_publishes_it(first: Home) -> None:
    assert run_command(["--home", str(spare_unit_tests(first).root), "build"]) == 0
    release = first.current.resolve()
    assert query_release(release, "select count(*) from fct_literature_claim").item() == 58
    assert query_release(release, "select count(*) from fct_adverse_event").item() == 35
