"""``imid sql`` with a query: what it refuses, what it stops, and rows of any number in any form."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest

from app.cli.main import run_command
from tests.support.small_home import ROWS, write_small_home
from warehouse.home import Home, installation_root

Sql = Callable[..., tuple[int, str, str]]
T = TypeVar("T")

# What each is told; the whole list is in the tests of the sandbox, which is the same.
REFUSED = {
    "attach '{secret}' as other": "Only SELECT and EXPLAIN",
    "copy (select 1) to '{folder}/out.csv'": "Only SELECT and EXPLAIN",
    "drop table marts.numbers": "Only SELECT and EXPLAIN",
    "explain analyze copy (select 1) to '{folder}/out.csv'": "disabled",
    "from '{secret}'": "disabled",
    "from read_text('{secret}')": "disabled",
    "install httpfs": "Only SELECT and EXPLAIN",
    "load httpfs": "Only SELECT and EXPLAIN",
    "select 1; attach '{secret}'": "exactly one statement",
    "set memory_limit = '64GB'": "Only SELECT and EXPLAIN",
    "selec 1": "Parser Error",
    "select getenv('HOME')": "getenv",
    "": "exactly one statement",
}
TIME_BOMBS = (
    "select count(*) from range(1000000) a, range(1000000) b",
    "with recursive t(i) as (select 1 union all select i + 1 from t) select count(*) from t",
    "select (select sum(unnest) from unnest(range(100000000)))",
)
MEMORY_BOMBS = (
    "with recursive t(s) as (select 'x' union all select s || s from t) "
    "select max(length(s)) from t",
    "select len(list_transform(range(1000000), lambda x: range(x)))",
    "select * from range(10) a, range(1000000000) b order by hash(b.range)",
)


@pytest.fixture
def small(home: Home) -> Home:
    write_small_home(home, releases=1)
    return home


@pytest.fixture
def ask(small: Home, capsysbinary: pytest.CaptureFixture[bytes]) -> Sql:
    """Return a function that gives a query and options and returns exit code and output."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_command(["--home", str(small.root), "sql", *arguments])
        said = capsysbinary.readouterr()
        assert b"Traceback" not in said.err
        return code, said.out.decode(errors="replace"), said.err.decode()

    return run


def test_what_does_more_than_read_the_release_is_refused(ask: Sql, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("hidden-value\n")
    for sql, reason in REFUSED.items():
        code, out, error = ask(sql.format(secret=secret, folder=tmp_path), "--format", "csv")
        assert (code, out) == (1, ""), sql
        assert reason in error, sql
        assert "hidden-value" not in error
    assert not (tmp_path / "out.csv").exists()


def test_a_query_without_end_is_stopped_after_its_time(ask: Sql) -> None:
    for sql in TIME_BOMBS:
        code, _, error = ask(sql, "--timeout", "0.5")
        assert code == 1, sql
        assert "stopped after 0.5 s" in error, sql
        assert "--timeout" in error, sql


def test_a_query_without_measure_is_stopped_at_its_memory_even_without_a_clock(ask: Sql) -> None:
    for sql in MEMORY_BOMBS:
        code, _, error = ask(sql, "--timeout", "0", "--memory", "128", "--format", "csv")
        assert code == 1, sql
        assert "more memory than the 128 MB" in error, sql
        assert "--memory" in error, sql


def test_wrong_limits_are_wrong_usage(ask: Sql) -> None:
    for option in (("--timeout", "-1"), ("--memory", "1"), ("--timeout", "soon")):
        assert ask("select 1", *option)[0] == 2, option


def test_rows_without_number_are_written_as_they_come(small: Home, tmp_path: Path) -> None:
    """In a process of its own, so that only its memory is counted."""
    rows, columns = 2_000_000, 16
    query = "select " + ", ".join(f"range + {n} as c{n}" for n in range(columns))
    query += f" from range({rows})"
    script = (
        "import sys\n"
        "from app.cli.main import run_command\n"
        "code = run_command(sys.argv[1:])\n"
        # not ru_maxrss, which a process takes over from the one that started it
        "status = open('/proc/self/status').read()\n"
        "print(code, int(status.split('VmHWM:')[1].split()[0]) * 1024)\n"
    )
    for fmt in ("parquet", "csv"):
        target = tmp_path / f"rows.{fmt}"
        arguments = ["--home", str(small.root), "sql", query, "--format", fmt, "--out", str(target)]
        ran = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            capture_output=True,
            text=True,
            check=True,
            cwd=installation_root(),
        )
        code, peak = map(int, ran.stdout.split())
        assert code == 0
        assert peak < rows * columns * 8, fmt
        scan = pl.scan_parquet(target) if fmt == "parquet" else pl.scan_csv(target)
        counted = scan.select(
            pl.len().alias("rows"), first=pl.col("c0").sum(), last=pl.col(f"c{columns - 1}").sum()
        ).collect()
        total = rows * (rows - 1) // 2
        assert counted.row(0) == (rows, total, total + rows * (columns - 1))


def test_every_form_holds_the_same_rows(ask: Sql, tmp_path: Path) -> None:
    query = "select n, word, null::date as day from numbers order by n limit 40000"
    csv = ask(query, "--format", "csv")[1]
    objects = json.loads(ask(query, "--format", "json")[1])
    target = tmp_path / "rows.parquet"
    assert ask(query, "--format", "parquet", "--out", str(target)) == (0, "", "")
    frame = pl.read_parquet(target)
    assert frame.schema == pl.Schema({"n": pl.Int64, "word": pl.String, "day": pl.Date})
    assert frame.height == 40_000
    assert frame.write_csv() == csv
    assert frame.to_dicts() == objects
    nothing = "select n, word from numbers where n < 0"
    assert ask(nothing, "--format", "csv")[1] == "n,word\n"
    assert json.loads(ask(nothing, "--format", "json")[1]) == []
    assert ask(nothing, "--format", "parquet", "--out", str(target))[0] == 0
    assert pl.read_parquet(target).schema == pl.Schema({"n": pl.Int64, "word": pl.String})


def test_a_table_too_long_to_lay_out_says_what_to_do(ask: Sql) -> None:
    code, out, error = ask("select n from numbers, range(100)")
    assert (code, out) == (1, "")
    assert "--format csv, json or parquet" in error


def test_a_query_that_fails_in_the_midst_leaves_the_file_as_it_was(
    ask: Sql, tmp_path: Path
) -> None:
    target = tmp_path / "rows.csv"
    target.write_text("as it was")
    late = f"select case when n = {ROWS - 1} then error('too late') else n end as n from numbers"
    for fmt in ("csv", "parquet"):
        code, _, error = ask(late, "--format", fmt, "--out", str(target))
        assert code == 1
        assert "too late" in error
    assert target.read_text() == "as it was"
    assert [path.name for path in tmp_path.glob("rows*")] == ["rows.csv"]


def test_a_file_is_replaced_where_its_link_leads(ask: Sql, tmp_path: Path) -> None:
    target, link = tmp_path / "there" / "target.csv", tmp_path / "link.csv"
    target.parent.mkdir()
    target.write_text("as it was")
    target.chmod(0o640)
    link.symlink_to("there/target.csv")
    dangling = tmp_path / "dangling.csv"
    dangling.symlink_to("there/new.csv")
    for given in (link, dangling):
        assert ask("select 1 as n", "--format", "csv", "--out", str(given)) == (0, "", "")
        assert given.is_symlink()
        assert given.read_text() == "n\n1\n"
    circle = tmp_path / "circle.csv"
    circle.symlink_to("circle.csv")
    code, _, error = ask("select 1 as n", "--format", "csv", "--out", str(circle))
    assert code == 1
    assert str(circle) in error
    assert circle.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert sorted(path.name for path in target.parent.iterdir()) == ["new.csv", "target.csv"]


def test_files_beside_the_one_that_is_written_are_left_alone(ask: Sql, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    neighbours = [folder / "q.csv.part", folder / ".q.csv.part"]
    for path in neighbours:
        path.write_text("mine")
    usual = folder / "usual"
    usual.touch()
    written = folder / "q.csv"
    assert ask("select 1 as n", "--out", str(written))[0] == 0
    assert ask("select nothing", "--out", str(written))[0] == 1
    assert [path.read_text() for path in neighbours] == ["mine", "mine"]
    assert sorted(folder.iterdir()) == sorted([*neighbours, usual, written])
    assert written.stat().st_mode == usual.stat().st_mode
    code, _, error = ask("select 1 as n", "--out", str(folder / "none" / "q.csv"))
    assert code == 1
    assert f"{folder / 'none' / 'q.csv'}" in error


def test_devices_and_pipes_are_written_straight(small: Home, tmp_path: Path) -> None:
    """A link stands for ``/dev/stdout`` itself, which a mistake would replace."""
    link, redirected, fifo = tmp_path / "out", tmp_path / "redirected", tmp_path / "fifo"
    link.symlink_to("/proc/self/fd/1")
    os.mkfifo(fifo)
    with redirected.open("wb") as output:
        kept = redirected.stat().st_ino
        arguments = imid_sql(small, "select 1 as n", "--format", "csv", "--out", str(link))
        subprocess.run(arguments, cwd=installation_root(), stdout=output, check=True)
    assert redirected.read_text() == "n\n1\n"
    assert link.readlink() == Path("/proc/self/fd/1")
    assert redirected.stat().st_ino == kept
    arguments = imid_sql(small, "select 2 as n", "--format", "csv", "--out", str(fifo))
    with subprocess.Popen(arguments, cwd=installation_root()) as process:
        assert fifo.read_text() == "n\n2\n"
        assert process.wait() == 0
    assert fifo.is_fifo()


def imid_sql(home: Home, *arguments: str) -> list[str]:
    run = "from app.cli.main import run_and_exit; run_and_exit()"
    return [sys.executable, "-c", run, "--home", str(home.root), "sql", *arguments]


def test_a_reader_who_leaves_is_no_failure(small: Home) -> None:
    with subprocess.Popen(
        imid_sql(small, "select n from numbers, range(100)", "--format", "csv"),
        cwd=installation_root(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"n\n"
        process.stdout.close()
        assert process.wait() == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_query_ends_with_the_command_however_that_ends(small: Home) -> None:
    process = subprocess.Popen(
        imid_sql(small, TIME_BOMBS[0], "--timeout", "0"), cwd=installation_root()
    )
    try:
        children = wait_for(lambda: sandboxed(process.pid))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_for(lambda: not any(is_running(child) for child in children))


def sandboxed(parent: int) -> list[int]:
    """Return the processes that run a query for a command."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


def wait_for(look: Callable[[], T]) -> T:
    """Return what is looked for as soon as there is any; long before that, the test is stuck."""
    deadline = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found
