"""``imid sql`` without a query: a prompt with history, completion and a way to stop a query."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from app.cli.row_files import TEXT_FORMATS, frame_text
from warehouse.connections import open_release
from warehouse.errors import QueryError
from warehouse.queries import single_read_statement
from warehouse.sandbox import Limits, Sandbox, SandboxedRows

ROW_LIMIT: Final = 1_000
_MARTS: Final = (
    "select table_name, column_name, data_type from information_schema.columns "
    "where table_schema = 'marts' order by table_name, ordinal_position"
)
_HELP: Final = """\
A query ends with ; and may take several lines. Ctrl-C stops a running query or clears the line,
Ctrl-D leaves, Tab completes.
.tables          list the marts
.schema MART     list a mart's columns
.format FORMAT   write rows as {formats}
.limit N         show at most N rows of an answer, 0 for as many as a table holds
.timeout SECONDS stop a query after so long, 0 for never
.help            show this
.quit            leave
"""


class Repl:
    """One conversation with a release.

    Parameters
    ----------
    limits
        What a query may use; its rows are the most that ``.limit`` can ask for.
    session
        Where lines are read from; a prompt on the terminal by default.
    """

    def __init__(
        self, release: Path, limits: Limits, session: PromptSession[str] | None = None
    ) -> None:
        self._release = release
        self._most_rows = limits.rows
        self._limits = replace(limits, rows=ROW_LIMIT, more_time="give it longer with .timeout")
        # The next query's process starts while a person still types.
        self._sandbox = Sandbox(release, self._limits)
        con = open_release(release)
        try:
            self._marts, keywords = _columns(con), _keywords(con)
        finally:
            con.close()
        self._format = "table"
        self._session = session or PromptSession(history=FileHistory(str(history_file())))
        self._session.completer = SqlCompleter(self._marts, keywords)
        self._session.multiline = Condition(self._is_unfinished)
        self._session.key_bindings = _bindings()

    def run(self) -> None:
        """Read and answer until the end of input."""
        _say(f"{self._release.stem}, read-only. .help says what else there is.")
        try:
            while self._turn():
                pass
        finally:
            self._sandbox.close()

    def _turn(self) -> bool:
        try:
            text = self._session.prompt("imid> ").strip()
        except KeyboardInterrupt:
            return True
        except EOFError:
            return False
        if text in {".quit", ".exit"}:
            return False
        try:
            self._answer(text)
        except QueryError as error:
            _say(f"error: {error}")
        return True

    def _is_unfinished(self) -> bool:
        text = self._session.default_buffer.text.strip()
        return bool(text) and not text.startswith(".") and not text.endswith(";")

    def _answer(self, text: str) -> None:
        if not text:
            return
        if text.startswith("."):
            self._command(*text.split())
            return
        started = time.perf_counter()
        answer = self._query(single_read_statement(text))
        seconds = time.perf_counter() - started
        sys.stdout.write(frame_text(answer.rows, self._format))
        more = (
            f" (more than {answer.rows.height:,} rows; .limit shows more)" if answer.is_cut else ""
        )
        _say(f"{seconds:.3f} s{more}")

    def _query(self, statement: str) -> SandboxedRows:
        try:
            return self._sandbox.rows(statement)
        except KeyboardInterrupt:
            raise QueryError("stopped.") from None
        finally:
            self._wait(self._limits)

    def _wait(self, limits: Limits) -> None:
        """Let a new process wait for the next query."""
        self._limits = limits
        self._sandbox.close()
        self._sandbox = Sandbox(self._release, self._limits)

    def _command(self, name: str, *arguments: str) -> None:
        match name, arguments:
            case ".tables", ():
                _say("\n".join(self._marts))
            case ".schema", (mart,) if mart.removeprefix("marts.") in self._marts:
                columns = self._marts[mart.removeprefix("marts.")]
                width = max(map(len, columns))
                _say("\n".join(f"{column:<{width}}  {kind}" for column, kind in columns.items()))
            case ".schema", _:
                raise QueryError(".schema takes the name of a mart; .tables lists them.")
            case ".format", (fmt,) if fmt in TEXT_FORMATS:
                self._format = fmt
            case ".format", _:
                raise QueryError(f".format takes {', '.join(TEXT_FORMATS)}.")
            case ".limit", (rows,) if rows.isdecimal():
                self._wait(replace(self._limits, rows=int(rows) or self._most_rows))
            case ".limit", _:
                raise QueryError(".limit takes a number of rows, 0 for all.")
            case ".timeout", (seconds,) if seconds.isdecimal():
                self._wait(replace(self._limits, seconds=float(seconds) or None))
            case ".timeout", _:
                raise QueryError(".timeout takes a number of seconds, 0 for never.")
            case ".help", ():
                _say(_HELP.format(formats=", ".join(TEXT_FORMATS)).rstrip())
            case _:
                raise QueryError(f"there is no command {name}; .help lists them.")


class SqlCompleter(Completer):
    """Completes marts, their columns and SQL's words.

    Columns of the marts that the text names come first; ``mart.`` offers that mart's columns.
    """

    def __init__(self, marts: dict[str, dict[str, str]], keywords: Iterable[str]) -> None:
        self._marts = marts
        self._keywords = sorted(keywords)

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002
    ) -> Iterator[Completion]:
        """Yield what the word before the cursor may become."""
        text = document.text_before_cursor
        if text.startswith("."):
            yield from self._of_command(text)
            return
        word = document.get_word_before_cursor(WORD=True).split("(")[-1].split(",")[-1]
        table, dot, start = word.rpartition(".")
        if dot and table in self._marts:
            yield from _starting(start, self._marts[table], "column")
            return
        named = [mart for mart in self._marts if mart in document.text]
        columns = dict.fromkeys(column for mart in named for column in self._marts[mart])
        yield from _starting(start, columns, "column")
        yield from _starting(start, self._marts, "mart")
        if start:
            yield from _starting(start, self._keywords, "keyword")

    def _of_command(self, text: str) -> Iterator[Completion]:
        name, space, start = text.partition(" ")
        if not space:
            commands = (".tables", ".schema", ".format", ".limit", ".timeout", ".help", ".quit")
            yield from _starting(name, commands, "command")
        elif name == ".schema":
            yield from _starting(start, self._marts, "mart")
        elif name == ".format":
            yield from _starting(start, TEXT_FORMATS, "format")


def history_file() -> Path:
    """Return where queries are remembered: the user's state folder, readable by no one else."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    path = Path(base) / "imid" / "sql_history"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return path


def _starting(start: str, names: Iterable[str], kind: str) -> Iterator[Completion]:
    for name in names:
        if name.startswith(start.lower()) and name != start:
            yield Completion(name, start_position=-len(start), display_meta=kind)


def _bindings() -> KeyBindings:
    """Let Enter send a finished query wherever the cursor stands."""
    keys = KeyBindings()

    @keys.add("c-m")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        text = buffer.text.strip()
        if not text or text.startswith(".") or text.endswith(";"):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    marts: dict[str, dict[str, str]] = {}
    for mart, column, kind in con.execute(_MARTS).fetchall():
        marts.setdefault(mart, {})[column] = kind
    return marts


def _keywords(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [row[0] for row in con.execute("select keyword_name from duckdb_keywords()").fetchall()]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
