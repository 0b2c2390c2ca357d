"""The prompt of ``imid sql``, typed into through a pipe, and queries piped without a prompt."""

from __future__ import annotations

import io
import signal
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from app.cli.main import run_command
from app.cli.repl import ROW_LIMIT, Repl, SqlCompleter, history_file
from tests.support.small_home import ROWS, write_small_home
from warehouse.home import Home
from warehouse.sandbox import Limits

Type = Callable[[str], str]

LIMITS = Limits(seconds=None, rows=1_000_000, result_mb=512)


@pytest.fixture
def release(home: Home) -> Path:
    return write_small_home(home, releases=1)[0]


@pytest.fixture
def typed(release: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    """Return a function that types keys, ends the input and returns what was answered."""

    def type_keys(keys: str) -> str:
        with create_pipe_input() as pipe:
            pipe.send_text(keys + "\x04")
            session: PromptSession[str] = PromptSession(
                input=pipe, output=DummyOutput(), history=InMemoryHistory()
            )
            Repl(release, LIMITS, session).run()
        return capsys.readouterr().out

    return type_keys


def test_a_query_over_several_lines_is_answered_with_its_time(typed: Type) -> None:
    said = typed("select count(*) as counted\rfrom numbers\rwhere n < 10;\r")
    assert "counted" in said
    assert "│ 10 " in said
    assert "1 row\n" in said
    assert " s\n" in said


def test_rows_beyond_the_limit_are_mentioned(typed: Type) -> None:
    said = typed("select n from numbers;\r.limit 3\rselect n from numbers order by n;\r")
    assert f"more than {ROW_LIMIT:,} rows" in said
    assert "3 rows\n" in said
    assert "more than 3 rows" in said
    said = typed(f".limit 0\r.format csv\rselect n from numbers where n < {ROWS - 1};\r")
    assert "more than" not in said
    assert len(said.splitlines()) > ROWS - 1


def test_formats_tables_and_columns(typed: Type) -> None:
    assert "n,word\n1,c4ca4238a0b923820dcc509a6f75849b\n" in typed(
        ".format csv\rselect n, word from numbers where n = 1;\r"
    )
    assert '[{"n": 1}]' in typed(".format json\rselect n from numbers where n = 1;\r")
    assert "\nnumbers\n" in typed(".tables\r")
    assert "word     VARCHAR" in typed(".schema numbers\r")
    assert ".quit" in typed(".help\r")
    assert "select" not in typed(".quit\rselect 1;\r")


def test_what_is_refused_is_a_sentence_and_the_prompt_goes_on(typed: Type) -> None:
    problems = {
        "drop table marts.numbers;": "Only SELECT",
        "select 1; select 2;": "exactly one statement",
        "select * from read_text('/etc/passwd');": "disabled",
        "attach 'x.duckdb';": "Only SELECT",
        "select nothing from numbers;": "nothing",
        ".schema unheard_of": "takes the name of a mart",
        ".format parquet": "table, csv, json",
        ".limit many": "number of rows",
        ".timeout soon": "number of seconds",
        ".shell ls": "no command .shell",
    }
    said = typed("".join(f"{line}\r" for line in problems) + "select 41 + 1 as still_here;\r")
    errors = said.split("error: ")[1:]
    assert len(errors) == len(problems)
    for error, (line, problem) in zip(errors, problems.items(), strict=True):
        assert problem in error, line
    assert "still_here" in errors[-1]
    assert "Traceback" not in said


def test_a_nested_column_is_json_in_csv_and_the_prompt_goes_on(typed: Type) -> None:
    said = typed(
        ".format csv\rselect [1, 2] as l, [interval 1 day] as i;\r"
        "select date 'infinity' as d;\rselect 41 + 1 as still_here;\r"
    )
    assert 'l,i\n"[1, 2]","[""1 day""]"\n' in said
    assert "error: The column d holds an infinite date" in said
    assert "still_here\n42\n" in said


ENDLESS = "select sum(a.n * b.n * c.n) from numbers a, numbers b, numbers c;\r"


def test_ctrl_c_stops_a_query_and_keeps_the_prompt(typed: Type) -> None:
    person = threading.main_thread().ident
    assert person is not None
    timer = threading.Timer(1.0, signal.pthread_kill, (person, signal.SIGINT))
    timer.start()
    try:
        said = typed(f"{ENDLESS}select 41 + 1 as still_here;\r")
    finally:
        timer.cancel()
    assert "error: stopped." in said
    assert "still_here" in said


def test_a_query_is_stopped_after_the_time_that_was_set(typed: Type) -> None:
    said = typed(f".timeout 1\r{ENDLESS}.timeout 0\rselect 41 + 1 as still_here;\r")
    assert "error: The query was stopped after 1 s." in said
    assert "give it longer with .timeout" in said
    assert "still_here" in said


def test_ctrl_c_at_the_prompt_clears_the_line(typed: Type) -> None:
    assert "still_here" in typed("select broken \x03select 1 as still_here;\r")


def completions(text: str) -> list[str]:
    completer = SqlCompleter(
        {
            "dim_gene": {"gene_id": "VARCHAR", "symbol": "VARCHAR"},
            "dim_drug": {"drug_id": "VARCHAR"},
        },
        ["select", "from"],
    )
    found = completer.get_completions(Document(text), CompleteEvent(completion_requested=True))
    return [completion.text for completion in found]


def test_marts_columns_and_words_are_completed() -> None:
    assert completions("sel") == ["select"]
    assert completions("select * from dim_") == ["dim_gene", "dim_drug"]
    assert completions("select * from dim_gene where sy") == ["symbol"]
    assert completions("select dim_drug.") == ["drug_id"]
    assert completions("select upper(sy") == []
    assert completions("from dim_gene select upper(sy") == ["symbol"]
    assert completions(".sch") == [".schema"]
    assert completions(".schema dim_g") == ["dim_gene"]
    assert completions(".format c") == ["csv"]


def test_history_is_kept_in_the_state_folder_for_its_owner(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = history_file()
    assert file == tmp_path / "state" / "imid" / "sql_history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with create_pipe_input() as pipe:
        pipe.send_text("select 1;\r\x04")
        session: PromptSession[str] = PromptSession(
            input=pipe, output=DummyOutput(), history=FileHistory(str(file))
        )
        Repl(release, LIMITS, session).run()
    assert "+select 1;" in file.read_text()


def test_a_piped_query_is_answered_without_a_prompt(
    home: Home,
    release: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert release.exists()
    at = ["--home", str(home.root), "sql", "--format", "csv"]
    for arguments in (at, [*at, "-"]):
        monkeypatch.setattr(sys, "stdin", io.StringIO("select 7 as seven"))
        assert run_command(arguments) == 0
        assert capsys.readouterr().out == "seven\n7\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("drop table numbers"))
    assert run_command(at) == 1
