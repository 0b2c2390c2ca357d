"""The pipeline's commands: ``imid run``, ``analyze`` and ``build``."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import output
from app.cli.options import HomeOption, JsonOption, home_of
from app.cli.project import read_project
from app.cli.report import Reporter

pipeline_app = typer.Typer()

WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Fits computed at once (as many as cores allow)."),
]


@pipeline_app.command()
def run(
    ctx: typer.Context,
    workers: WorkersOption = None,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="PHASES", help="Some of ingest,analyze,build."),
    ] = None,
    study: Annotated[
        list[str] | None,
        typer.Option("--study", metavar="ID", help="Ingest and analyse only this (repeatable)."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest what is listed and changed, analyse what is stale, build, test and publish."""
    from app.cli.scheduled import chosen_phases, run_scheduled

    where = home_of(ctx, home)
    built = run_scheduled(
        where,
        as_json=as_json,
        phases=chosen_phases(only),
        studies=study or (),
        workers=workers,
    )
    if not as_json and built is not None:
        output.print_built(where, built.release)


@pipeline_app.command()
def analyze(
    ctx: typer.Context,
    workers: WorkersOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute what is stale: differential expression and adverse-event rates."""
    from app.cli import steps

    steps.analyze(home_of(ctx, home), Reporter(as_json), workers)


@pipeline_app.command()
def build(
    ctx: typer.Context,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build the large facts from all loads again.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the marts, test them and publish; a failed test leaves the last good release."""
    from app.cli import steps

    where = home_of(ctx, home)
    steps.build(where, read_project(where), Reporter(as_json), full_refresh=full_refresh)
