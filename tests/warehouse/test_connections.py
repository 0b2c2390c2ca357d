"""One writer, many readers: locks, releases, and what a reader may not do."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from warehouse import connections
from warehouse.connections import current_release, open_release, open_working, write_lock
from warehouse.errors import BusyError, DataError, QueryError, UsageError
from warehouse.home import Home
from warehouse.queries import query_release, single_read_statement
from warehouse.releases import list_releases, new_release_name, publish

LOCKING = textwrap.dedent("""
    import sys
    from warehouse.connections import write_lock
    from warehouse.home import Home
    with write_lock(Home.locate(sys.argv[1]), "a long ingest"):
        print("held", flush=True)
        sys.stdin.read()
""")


def test_a_second_writer_is_told_who_holds_the_lock(home: Home) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCKING, str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError) as caught, write_lock(home, "test"):
            pass
        assert f"Process {holder.pid}" in str(caught.value)
        assert "(a long ingest)" in str(caught.value)
    finally:
        holder.communicate("")
    with write_lock(home, "test"):
        assert "test" in home.lock.read_text()
    assert home.lock.read_text() == ""


@pytest.mark.parametrize("purpose", ["status", "doctor"])
def test_one_who_only_looks_is_waited_for_as_long_as_its_look_takes(
    home: Home, purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in connections._LOOKING.keys() - {purpose}:
        monkeypatch.setitem(connections._LOOKING, other, 0.0)
    looking = LOCKING.replace("a long ingest", purpose).replace("sys.stdin.read()", "sleep(0.5)")
    assert purpose in looking
    holder = subprocess.Popen(
        [sys.executable, "-c", f"from time import sleep\n{looking}", str(home.root)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with write_lock(home, "test"):
        assert "test" in home.lock.read_text()
    holder.communicate()


def test_one_who_looks_for_long_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections._LOOKING, "doctor", 0.3)
    with write_lock(home, "doctor"), pytest.raises(BusyError) as caught, write_lock(home, "test"):
        pass
    assert "(doctor)" in str(caught.value)


def test_the_lock_of_a_killed_writer_is_free(home: Home) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCKING, str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate()
    with write_lock(home, "test"):
        pass


def test_the_lock_is_let_go_after_an_exception(home: Home) -> None:
    with pytest.raises(ValueError, match="stop"), write_lock(home, "test"):
        raise ValueError("stop")
    with write_lock(home, "test"):
        pass


def test_a_file_that_is_no_database_is_refused(home: Home) -> None:
    home.working.write_bytes(b"no database" * 2000)
    with pytest.raises(DataError, match="not a readable DuckDB file"), open_working(home):
        pass


def test_the_storage_version_is_one_that_older_clients_read(home: Home) -> None:
    with open_working(home) as con:
        tags = con.execute("select tags from duckdb_databases() where not internal").fetchall()
    assert "v1.5" in tags[0][0]["storage_version"]


def publish_value(home: Home, value: int, name: str, keep: int = 5) -> Path:
    with write_lock(home, "test"), open_working(home) as con:
        con.execute("create or replace table marts.answer as select $1 as value", [value])
        con.execute("checkpoint")
    return publish(home, name, keep)


def names(count: int) -> list[str]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [new_release_name(start + timedelta(seconds=i)) for i in range(count)]


def test_publish_flips_the_link_and_an_open_reader_keeps_its_data(home: Home) -> None:
    with pytest.raises(DataError, match="nothing has been published"):
        current_release(home)
    first_name, second_name = names(2)
    first = publish_value(home, 1, first_name)
    assert current_release(home) == first
    assert not os.access(first, os.W_OK) or os.geteuid() == 0
    assert first.stat().st_mode & 0o222 == 0
    reader = open_release(first)
    second = publish_value(home, 2, second_name)
    assert current_release(home) == second
    assert reader.execute("select value from answer").fetchall() == [(1,)]
    assert query_release(current_release(home), "select value from answer").rows() == [(2,)]
    reader.close()


def test_old_releases_and_what_a_kill_left_are_pruned(home: Home) -> None:
    leftover = home.releases / ".wh_killed.part"
    leftover.write_text("half a copy")
    for i, name in enumerate(names(5)):
        publish_value(home, i, name, keep=3)
    assert [p.stem for p in list_releases(home)] == names(5)[2:]
    assert not leftover.exists()
    assert sorted(p.name for p in home.releases.iterdir()) == [f"{n}.duckdb" for n in names(5)[2:]]


def test_a_publish_that_fails_leaves_the_last_release_serving(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_name, second_name = names(2)
    first = publish_value(home, 1, first_name)

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("warehouse.releases.os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        publish(home, second_name)
    assert current_release(home) == first
    assert query_release(first, "select value from answer").rows() == [(1,)]


@pytest.fixture
def release(home: Home) -> Path:
    return publish_value(home, 42, names(1)[0])


@pytest.mark.parametrize(
    "sql",
    [
        "select value from answer",
        "  select value from marts.answer; ",
        "with a as (select * from answer) select value from a -- comment",
        "from answer",
        "values (42)",
    ],
)
def test_one_select_runs(release: Path, sql: str) -> None:
    assert query_release(release, sql).rows() == [(42,)]


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("", "exactly one statement"),
        ("-- nothing", "exactly one statement"),
        ("select 1; select 2", "exactly one statement; this is 2"),
        ("copy answer to 'out.csv'", "COPY"),
        ("attach 'other.duckdb'", "ATTACH"),
        ("insert into answer values (1)", "INSERT"),
        ("drop table answer", "DROP"),
        ("create table x as select 1", "CREATE"),
        ("set memory_limit = '1TB'", "SET"),
        ("pragma database_list", "PRAGMA|Only SELECT"),
        ("install httpfs", "LOAD|INSTALL|Only SELECT"),
        ("call pragma_version()", "CALL|Only SELECT"),
        ("selec 1", "syntax error"),
        ("select nothing from answer", "nothing"),
    ],
)
def test_anything_else_is_refused(release: Path, sql: str, problem: str) -> None:
    with pytest.raises(QueryError, match=problem):
        query_release(release, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{path}')",
        "select * from read_csv('{path}')",
        "select * from '{path}'",
        "select * from glob('/*')",
        "select * from read_parquet('http://127.0.0.1:9/x.parquet')",
    ],
)
def test_a_reader_cannot_reach_files_or_the_network(
    release: Path, tmp_path: Path, sql: str
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("password\n")
    with pytest.raises(QueryError, match="disabled"):
        query_release(release, sql.format(path=secret))


def test_a_connection_on_a_release_cannot_be_loosened(release: Path, tmp_path: Path) -> None:
    con = open_release(release)
    for statement in (
        "set enable_external_access = true",
        "set lock_configuration = false",
        f"copy answer to '{tmp_path / 'out.csv'}'",
        f"attach '{tmp_path / 'x.duckdb'}'",
        "insert into marts.answer values (1)",
        "load httpfs",
    ):
        with pytest.raises(duckdb.Error):
            con.execute(statement)
    con.close()
    assert not (tmp_path / "out.csv").exists()


def test_explain_is_a_read() -> None:
    assert single_read_statement("explain select 1").startswith("explain")


def test_home_is_given_named_or_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMID_HOME", raising=False)
    assert Home.locate().root == tmp_path / "imid-home"
    monkeypatch.setenv("IMID_HOME", str(tmp_path / "named"))
    assert Home.locate().root == tmp_path / "named"
    assert Home.locate(tmp_path / "given").root == tmp_path / "given"


def test_errors_name_their_place() -> None:
    error = DataError("it is wrong.", Path("a.csv"), 3, "s1")
    assert str(error) == "a.csv, line 3, column s1: it is wrong."
    assert str(DataError("it is wrong.")) == "it is wrong."
    assert (error.exit_code, UsageError.exit_code, BusyError.exit_code) == (1, 2, 1)


def test_one_process_may_open_a_release_twice(release: Path) -> None:
    first, second = open_release(release), open_release(release)
    try:
        for con in (first, second):
            with pytest.raises(duckdb.Error):
                con.execute("set memory_limit = '9GB'")
            assert con.execute("select current_setting('search_path')").fetchall() == [("marts",)]
    finally:
        first.close()
        second.close()
