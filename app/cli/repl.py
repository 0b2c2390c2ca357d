"""``imid sql`` without a query: a prompt with history, completion and a way to stop a query."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from app.cli.output import FORMATS, frame_text
from warehouse.connections import open_release
from warehouse.errors import QueryError
from warehouse.queries import single_read_statement

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
.limit N         show at most N rows of an answer, 0 for all
.help            show this
.quit            leave
"""


class Repl:
    """One conversation with a release.

    Parameters
    ----------
    session
        Where lines are read from; a prompt on the terminal by default.
    """

    def __init__(self, release: Path, session: PromptSession[str] | None = None) -> None:
        self._con = open_release(release)
        self._name = release.stem
        self._marts = _columns(self._con)
        self._format = "table"
        self._limit = ROW_LIMIT
        self._session = session or PromptSession(history=FileHistory(str(history_file())))
        self._session.completer = SqlCompleter(self._marts, _keywords(self._con))
        self._session.multiline = Condition(self._is_unfinished)
        self._session.key_bindings = _bindings()

    def run(self) -> None:
        """Read and answer until the end of input."""
        _say(f"{self._name}, read-only. .help says what else there is.")
        try:
            while self._turn():
                pass
        finally:
            self._con.close()

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
        frame = self._query(single_read_statement(text))
        seconds = time.perf_counter() - started
        shown = frame.head(self._limit) if self._limit else frame
        sys.stdout.write(frame_text(shown, self._format))
        more = (
            f" (more than {shown.height:,} rows; .limit shows more)"
            if shown.height < frame.height
            else ""
        )
        _say(f"{seconds:.3f} s{more}")

    def _query(self, statement: str) -> pl.DataFrame:
        """Run a statement beside the prompt, so that Ctrl-C reaches it at once."""
        outcome: list[Any] = []
        # A cursor of its own: one whose query was stopped stays busy for a while.
        cursor = self._con.cursor()
        cursor.execute("set search_path = 'marts'")
        # One row more than is shown tells whether there are more.
        wanted = self._limit + 1 if self._limit else None

        def work() -> None:
            try:
                relation = cursor.sql(statement)
                limited = relation.limit(wanted) if wanted and relation is not None else relation
                outcome.append(limited.pl())
            except (duckdb.Error, RuntimeError) as error:
                outcome.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(0.05)
        except KeyboardInterrupt:
            cursor.interrupt()
            thread.join()
            raise QueryError("stopped.") from None
        if isinstance(outcome[0], Exception):
            raise QueryError(str(outcome[0]).strip()) from outcome[0]
        frame: pl.DataFrame = outcome[0]
        return frame

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
            case ".format", (fmt,) if fmt in FORMATS:
                self._format = fmt
            case ".format", _:
                raise QueryError(f".format takes {', '.join(FORMATS)}.")
            case ".limit", (rows,) if rows.isdecimal():
                self._limit = int(rows)
            case ".limit", _:
                raise QueryError(".limit takes a number of rows, 0 for all.")
            case ".help", ():
                _say(_HELP.format(formats=", ".join(FORMATS)).rstrip())
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
            commands = (".tables", ".schema", ".format", ".limit", ".help", ".quit")
            yield from _starting(name, commands, "command")
        elif name == ".schema":
            yield from _starting(start, self._marts, "mart")
        elif name == ".format":
            yield from _starting(start, FORMATS, "format")


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
