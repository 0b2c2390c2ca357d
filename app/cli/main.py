"""``imid``: the command line.

Exit codes: 0 done, 1 the data or a check failed, 2 wrong usage. An error is one or two sentences.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import output
from app.cli.ingest import ingest_app
from app.cli.options import HomeOption, JsonOption, home_of
from app.cli.project import read_project
from app.cli.report import Reporter, print_json
from warehouse.connections import current_release
from warehouse.errors import ImidError, UsageError
from warehouse.queries import query_release

app = typer.Typer(
    name="imid",
    help="Compare the immunomodulatory drugs: expression, literature claims, adverse events.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(ingest_app, name="ingest", no_args_is_help=True)

WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Fits computed at once (as many as cores allow)."),
]


class SqlFormat(StrEnum):
    """How ``imid sql`` writes its rows."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@app.callback()
def _main(
    ctx: typer.Context,
    home: HomeOption = None,
) -> None:
    ctx.obj = home


@app.command()
def run(
    ctx: typer.Context,
    workers: WorkersOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest what is listed and changed, analyse what is stale, build, test and publish."""
    from app.cli import steps

    where = home_of(ctx, home)
    built = steps.run(where, Reporter(as_json), workers)
    if not as_json:
        output.print_built(where, built.release)


@app.command()
def analyze(
    ctx: typer.Context,
    workers: WorkersOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute what is stale: differential expression and adverse-event rates."""
    from app.cli import steps

    steps.analyze(home_of(ctx, home), Reporter(as_json), workers)


@app.command()
def build(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Build the marts, test them and publish; a failed test leaves the last good release."""
    from app.cli import steps

    where = home_of(ctx, home)
    steps.build(where, read_project(where), Reporter(as_json))


@app.command()
def sql(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="One SELECT over the marts, or - for stdin.")],
    fmt: Annotated[SqlFormat, typer.Option("--format", help="How to write it.")] = SqlFormat.TABLE,
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file.")] = None,
    home: HomeOption = None,
) -> None:
    """Query the published marts, read-only."""
    text = sys.stdin.read() if query == "-" else query
    frame = query_release(current_release(home_of(ctx, home)), text)
    output.write_frame(frame, fmt.value, out)


@app.command()
def status(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say what is loaded, what was built and when, and which checks failed."""
    from app.cli.status import read_status

    report = read_status(home_of(ctx, home))
    if as_json:
        print_json(report)
    else:
        output.print_status(report)


@app.command()
def releases(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the published releases, newest last, and which one serves."""
    from warehouse.releases import list_releases

    where = home_of(ctx, home)
    serving = where.current.resolve()
    published = list_releases(where)
    if as_json:
        print_json([{"release": p.stem, "is_serving": p == serving} for p in published])
    else:
        output.print_lines(f"{p.stem}{'  serving' if p == serving else ''}" for p in published)


@app.command()
def rollback(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A release; the one before by default.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Serve an earlier release again."""
    from warehouse.connections import write_lock
    from warehouse.releases import rollback as serve_earlier

    where = home_of(ctx, home)
    with write_lock(where, "rollback"):
        release = serve_earlier(where, name)
    Reporter().done(f"serving   {release.name}")


@app.command("resolve")
def resolve_command(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(help="Gene names of any kind, or - for stdin.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which gene, genes or set of genes each name leads to."""
    from app.cli.names import as_line, resolve_names

    texts = [sys.stdin.read() if name == "-" else name for name in names]
    found = resolve_names(current_release(home_of(ctx, home)), texts)
    if as_json:
        print_json([resolution.as_dict() for resolution in found])
    else:
        output.print_lines(map(as_line, found))


@app.command()
def export(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(help="A new folder for all marts, or the word claims.")],
    file: Annotated[Path | None, typer.Argument(help="File for the claims; or stdout.")] = None,
    loaded_from: Annotated[
        str | None, typer.Option("--loaded-from", help="Only claims of this file.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every published mart as Parquet, or the claims as CSV that can be ingested."""
    release = current_release(home_of(ctx, home))
    report = Reporter(as_json)
    if str(target) == "claims":
        from app.cli.claims import claims_csv

        text = claims_csv(release, loaded_from)
        if file is None:
            sys.stdout.write(text)
        else:
            file.write_text(text, encoding="utf-8")
            report.done(f"exported  {file}", path=file)
        return
    if file is not None or loaded_from is not None:
        raise UsageError("a second path and --loaded-from go with `imid export claims` only.")
    from warehouse.exports import MANIFEST, export_release

    tables = export_release(release, target)
    for table in tables:
        report.done(
            f"exported  {table.path} ({table.rows:,} rows)", path=table.path, rows=table.rows
        )
    report.done(f"exported  {MANIFEST}", path=MANIFEST)


@app.command()
def doctor(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check the installation and the warehouse; exit code 1 if anything is not sound."""
    from app.cli.doctor import examine

    findings = examine(home_of(ctx, home))
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        output.print_lines(
            f"{'ok ' if f.is_sound else 'BAD'}  {f.check}: {f.detail}" for f in findings
        )
    if not all(finding.is_sound for finding in findings):
        raise typer.Exit(1)


@app.command("app")
def serve(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    home: HomeOption = None,
) -> None:
    """Serve the web app on the published release."""
    from app.cli.serve import serve_app

    where = home_of(ctx, home)
    current_release(where)
    serve_app(where, host, port)


def run_command(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    as_json = "--json" in (arguments if arguments is not None else sys.argv[1:])
    try:
        result: Any = app(args=arguments, standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except ImidError as error:
        Reporter(as_json).error(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        Reporter(as_json).error("interrupted; what was not finished was rolled back.")
        return 130
    except BrokenPipeError:
        # The reader of a pipe (head, say) left: nothing more to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except typer.TyperException as error:
        # The argument parser's complaint; --help without arguments has said all there is to say.
        if sentence := error.format_message():
            Reporter(as_json).error(f"{sentence} Try `imid --help`.")
        return UsageError.exit_code
    return result if isinstance(result, int) else 0


def run_and_exit() -> None:
    """Entry point of the ``imid`` script."""
    sys.exit(run_command())
