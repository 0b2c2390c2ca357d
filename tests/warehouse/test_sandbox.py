"""A stranger's SQL: what is refused, what is stopped, what comes back."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest

from warehouse import sandbox
from warehouse.errors import QueryError
from warehouse.home import installation_root
from warehouse.queries import query_release
from warehouse.sandbox import Limits, SandboxedRows, run_sandboxed

SMALL = Limits(seconds=60.0, rows=1000, result_mb=8)

NO_SELECT = {
    "attach": "attach '/tmp/other.duckdb' as other",
    "call": "call pragma_version()",
    "checkpoint": "checkpoint",
    "copy": "copy (select 1) to '/tmp/out.csv'",
    "create": "create temp table x as select 1",
    "delete": "delete from marts.numbers",
    "execute": "execute x",
    "export": "export database '/tmp/out'",
    "install": "install httpfs",
    "load": "load httpfs",
    "nothing": " -- nothing",
    "pragma": "pragma database_list",
    "set": "set memory_limit = '64GB'",
    "several": "select 1; select 2",
    "use": "use memory",
    "alter": "alter table marts.numbers add column x int",
    "analyze": "analyze",
    "begin": "begin",
    "comment": "comment on table marts.numbers is 'x'",
    "copy_from": "copy marts.numbers from '/etc/passwd'",
    "attach_url": "attach 'https://example.org/x.duckdb'",
    "attach_after_a_comment": "/* select 1 */ attach '/tmp/other.duckdb'",
    "attach_after_blanks": "\u00a0\u2003attach '/tmp/other.duckdb'",
    "deallocate": "deallocate x",
    "detach": "detach wh_1",
    "drop": "drop table marts.numbers",
    "import": "import database '/tmp/out'",
    "insert": "insert into marts.numbers values (1)",
    "macro": "create or replace temp macro f() as 1",
    "prepare": "prepare x as select 1",
    "reset": "reset memory_limit",
    "keys_of_s3": "create secret s (type s3)",
    "several_after_a_comment": "select 1;/**/select 2",
    "several_on_lines": "select 1 -- ;\n; attach '/tmp/other.duckdb'",
    "several_with_blanks": "select 1;\u00a0select 2",
    "several_with_a_string": "select ';'; select 2",
    "truncate": "truncate marts.numbers",
    "update": "update marts.numbers set n = 0",
    "vacuum": "vacuum",
    "variable": "set variable x = 1",
}
READS_OUTSIDE = {
    "blob": "select * from read_blob('/proc/self/environ')",
    "csv": "select * from read_csv('/etc/passwd')",
    "environment": "select getenv('HOME')",
    "file": "select * from '/etc/passwd.csv'",
    "glob": "select * from glob('/*')",
    "json": "select * from read_json('/etc/passwd')",
    "parquet": "select * from read_parquet('/tmp/*.parquet')",
    "python": "select * from sys",
    "sniff": "select * from sniff_csv('/etc/passwd')",
    "text": "select * from read_text('/etc/passwd')",
    "url": "select * from 'https://example.org/x.csv'",
    "hidden": "select (select content from read_text('/etc/passwd'))",
    "copy_in_a_cte": "with x as (copy (select 1) to '/tmp/out.csv') select 1",
    "insert_in_a_cte": "with x as (insert into marts.numbers values (1) returning n) from x",
    "arrow": "select * from read_arrow('/etc/passwd')",
    "blob_of_a_folder": "select * from read_blob('/etc/*')",
    "csv_auto": "from read_csv_auto('/etc/passwd', header = false)",
    "database": "select * from read_duckdb('/tmp/other.duckdb')",
    "explained_copy": "explain analyze copy (select 1) to '/tmp/out.csv'",
    "explained_create": "explain analyze create table marts.x as select 1",
    "explained_delete": "explain analyze delete from marts.numbers",
    "explained_read": "explain analyze select * from read_text('/etc/passwd')",
    "file_identifier": 'select * from "/etc/passwd"',
    "file_parquet": "from '/tmp/x.parquet'",
    "file_url": "from 'file:///etc/passwd.csv'",
    "glob_home": "select * from glob('~/*')",
    "metadata": "select * from parquet_metadata('/tmp/x.parquet')",
    "ndjson": "select * from read_ndjson_objects('/etc/passwd')",
    "other_catalog": "select * from other.main.x",
    "other_language": "select * from postgres_scan('host=127.0.0.1', 'public', 'x')",
    "python_variable": "select * from request",
    "s3": "select * from read_parquet('s3://bucket/x.parquet')",
    "keys_listed": "select * from duckdb_secrets()",
    "serialized": (
        "select * from json_execute_serialized_sql(json_serialize_sql("
        "'select * from read_text(''/etc/passwd'')'))"
    ),
    "standard_input": "select * from read_csv('/dev/stdin')",
    "sqlite": "select * from sqlite_scan('/tmp/x.db', 'x')",
    "table_by_name": "select * from query_table('/etc/passwd')",
    "text_in_a_cte": "with x as materialized (from read_text('/proc/self/maps')) from x",
    "text_list": "select * from read_text(['/etc/passwd', '/etc/group'])",
    "in_a_query": "select * from query('from read_text(''/etc/passwd'')')",
}
BOMBS = {
    "cross_join": "select count(*) from range(1000000) a, range(1000000) b",
    "distinct": "select count(*) from (select distinct range from range(100000000))",
    "long_text": "select length(repeat('x', 1000000000))",
    "recursion": (
        "with recursive t(i) as (select 1 union all select i + 1 from t) select count(*) from t"
    ),
    "sort": "select * from range(10) a, range(1000000000) b order by b.range desc",
    "doubling_text": (
        "with recursive t(s) as (select 'x' union all select s || s from t) "
        "select max(length(s)) from t"
    ),
    "lists_of_lists": "select len(list_transform(range(1000000), lambda x: range(x)))",
    "distance": "select levenshtein(repeat('ab', 200000), repeat('ba', 200000))",
    "unnested": "select (select sum(unnest) from unnest(range(100000000)))",
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("release") / "wh_1.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.numbers as select range as n from range(5000)")
    return path


@pytest.mark.parametrize("sql", NO_SELECT.values(), ids=NO_SELECT.keys())
def test_only_one_select_is_run(release: Path, sql: str) -> None:
    with pytest.raises(QueryError) as refusal:
        query_release(release, sql)
    said = str(refusal.value)
    assert "Only SELECT and EXPLAIN" in said or "exactly one statement" in said


@pytest.mark.parametrize("sql", READS_OUTSIDE.values(), ids=READS_OUTSIDE.keys())
def test_nothing_outside_the_release_is_read(release: Path, sql: str) -> None:
    with pytest.raises(QueryError) as refusal:
        query_release(release, sql)
    assert "root:" not in str(refusal.value)
    assert "Traceback" not in str(refusal.value)


def test_what_describes_the_database_tells_of_no_other(release: Path) -> None:
    sql = "select database_name, path from duckdb_databases() where not internal"
    assert query_release(release, sql).rows() == [("wh_1", str(release))]
    assert query_release(release, "select * from duckdb_variables()").is_empty()


def test_a_pattern_made_to_take_for_ever_is_answered(release: Path) -> None:
    sql = "select regexp_matches(repeat('a', 100000), '(a+)+(a+)+(a|aa)*$b')"
    assert run_sandboxed(release, sql, SMALL).rows.rows() == [(False,)]


def test_the_sandbox_refuses_what_reads_outside_and_goes_on(release: Path) -> None:
    for sql in (NO_SELECT["several"], READS_OUTSIDE["hidden"]):
        with pytest.raises(QueryError):
            run_sandboxed(release, sql, SMALL)
    assert run_sandboxed(release, "select count(*) as n from numbers", SMALL).rows.rows() == [
        (5000,)
    ]


def test_bombs_are_contained_in_time_and_memory(release: Path) -> None:
    """In a process of its own, so that only the bombs' memory is counted."""
    script = (
        "import json, resource, sys, time\n"
        "from pathlib import Path\n"
        "from warehouse.errors import QueryError\n"
        "from warehouse.sandbox import Limits, run_sandboxed\n"
        "said = {}\n"
        "for name, sql in json.loads(sys.argv[2]).items():\n"
        "    started = time.monotonic()\n"
        "    try:\n"
        "        run_sandboxed(Path(sys.argv[1]), sql, Limits(seconds=2.0))\n"
        "        sentence = 'answered'\n"
        "    except QueryError as error:\n"
        "        sentence = str(error)\n"
        "    said[name] = (sentence, time.monotonic() - started)\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(json.dumps({'said': said, 'peak_mb': peak / 1024}))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(release), json.dumps(BOMBS)],
        capture_output=True,
        text=True,
        check=True,
        cwd=installation_root(),
    )
    seen = json.loads(ran.stdout)
    for name, (sentence, seconds) in seen["said"].items():
        assert "was stopped" in sentence, name
        assert seconds < 2.0 + sandbox._START_S + 2, name
    assert seen["peak_mb"] < Limits().address_space_mb


def test_a_result_is_cut_at_rows_and_at_bytes(release: Path) -> None:
    by_rows = run_sandboxed(release, "select * from range(1000000000)", SMALL)
    assert (by_rows.rows.height, by_rows.is_cut) == (1000, True)
    by_bytes = run_sandboxed(release, "select repeat('x', 100000) from range(500)", SMALL)
    assert by_bytes.is_cut
    assert 0 < by_bytes.rows.height < 100
    whole = run_sandboxed(release, "select * from numbers limit 1000", SMALL)
    assert (whole.rows.height, whole.is_cut) == (1000, False)


def test_every_type_comes_back(release: Path) -> None:
    found = run_sandboxed(
        release,
        "select 1 as a, 2 as a, interval 1 day as i, map {'k': 1} as m, 1::hugeint as h, "
        "[1, 2] as l, union_value(u := 1) as u, null as n, date '2026-01-02' as d, '\\xAA'::blob b",
        SMALL,
    ).rows
    assert found.columns == ["a", "a_1", "i", "m", "h", "l", "u", "n", "d", "b"]
    empty = run_sandboxed(release, "select n from numbers where false", SMALL).rows
    assert empty.schema == pl.Schema({"n": pl.Int64})
    plan = run_sandboxed(release, "explain select * from numbers", SMALL).rows
    assert "explain_value" in plan.columns


def test_the_process_sees_no_environment_and_leaves_no_file(
    release: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IMID_SECRET", "hidden-value")
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path))
    started: list[dict[str, str]] = []
    popen = subprocess.Popen

    def remember(*given: object, **named: object) -> subprocess.Popen[bytes]:
        started.append(dict(named["env"]))  # type: ignore[call-overload]
        return popen(*given, **named)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sandbox.subprocess, "Popen", remember)
    run_sandboxed(release, "select 1", SMALL)
    assert "hidden-value" not in started[0].values()
    assert list(tmp_path.iterdir()) == []


def test_a_team_waits_in_line(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = peak = 0
    lock = threading.Lock()

    def slow(*_: object) -> SandboxedRows:
        nonlocal running, peak
        with lock:
            running += 1
            peak = max(peak, running)
        time.sleep(0.05)
        with lock:
            running -= 1
        return SandboxedRows(pl.DataFrame(), 0.0, is_cut=False)

    monkeypatch.setattr(sandbox, "_run", slow)
    people = [threading.Thread(target=run_sandboxed, args=(release, "select 1")) for _ in range(12)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert peak == sandbox.MOST_AT_ONCE
    for _ in range(sandbox.MOST_AT_ONCE):
        sandbox._PLACES.acquire()
    try:
        with pytest.raises(QueryError, match="Try again"):
            run_sandboxed(release, "select 1", Limits(wait_s=0.01))
    finally:
        for _ in range(sandbox.MOST_AT_ONCE):
            sandbox._PLACES.release()


def test_a_query_without_end_of_text_is_refused(release: Path) -> None:
    with pytest.raises(QueryError, match="longer than"):
        run_sandboxed(release, "select 1" + " " * sandbox.LONGEST_QUERY)
