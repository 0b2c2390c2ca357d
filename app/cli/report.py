"""What a command says: a progress bar on a terminal, plain lines elsewhere, JSON when asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@dataclass
class Reporter:
    """Writes progress and errors to standard error and results to standard output.

    ``phase`` is the part of the pipeline that is at work, where one is.
    """

    as_json: bool = False
    phase: str = ""

    def __post_init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._progress: Progress | None = None

    @contextmanager
    def steps(self, total: int, title: str) -> Iterator[Progress | None]:
        """Show a bar over ``total`` steps while the body runs, if a person is watching."""
        if self.as_json or not self._console.is_terminal:
            yield None
            return
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=self._console,
        ) as progress:
            progress.add_task(title, total=total)
            self._progress = progress
            try:
                yield progress
            finally:
                self._progress = None

    def doing(self, what: str) -> None:
        """Name the step that is starting."""
        if self._progress is not None:
            self._progress.update(self._progress.task_ids[0], description=what)

    def done(self, text: str, **fields: object) -> None:
        """Report a finished step: one line, or one JSON object with ``--json``."""
        if self.as_json:
            print(json.dumps({"step": text, **fields}, default=str), flush=True)  # noqa: T201
        else:
            self._console.print(text, markup=False)
        if self._progress is not None:
            self._progress.advance(self._progress.task_ids[0])

    def note(self, text: str) -> None:
        """Say something that is no step, such as a warning."""
        if not self.as_json:
            self._console.print(text, markup=False, style="yellow")

    def error(self, text: str) -> None:
        """Say why the command failed, with ``--json`` as an object too.

        The sentence is on standard error either way: a scheduler that throws the objects away
        still has it to mail.
        """
        if self.as_json:
            print(json.dumps({"error": text}), flush=True)  # noqa: T201
        self._console.print(f"error: {text}", markup=False, style="red")


def print_json(value: object) -> None:
    """Write one JSON document to standard output."""
    json.dump(value, sys.stdout, default=str, indent=2)
    sys.stdout.write("\n")
