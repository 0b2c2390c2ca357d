"""``imid``: the command line.

Exit codes: 0 done, 1 the data or a check failed, 2 wrong usage. An error is one or two sentences.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import duckdb
import polars as pl
import typer

from app.cli.commands.pipeline import pipeline_app
from app.cli.commands.questions import questions_app
from app.cli.commands.releases import releases_app
from app.cli.commands.upkeep import upkeep_app
from app.cli.ingest import ingest_app
from app.cli.options import HomeOption, home_of
from app.cli.report import Reporter
from app.cli.streams import outlive_readers, output_loss
from warehouse.connections import current_release
from warehouse.errors import ImidError, UsageError
from warehouse.faults import fault_sentence

app = typer.Typer(
    name="imid",
    help="Compare the immunomodulatory drugs: expression, literature claims, adverse events.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(pipeline_app)
app.add_typer(ingest_app, name="ingest", no_args_is_help=True)
for group in (questions_app, releases_app, upkeep_app):
    app.add_typer(group)


@app.callback()
def _main(
    ctx: typer.Context,
    home: HomeOption = None,
) -> None:
    ctx.obj = home


@app.command("app")
def serve(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    base_path: Annotated[
        str, typer.Option("--base-path", help="Path of the app behind a reverse proxy.")
    ] = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="Name by which browsers reach it; may be repeated."),
    ] = None,
    sign_in: Annotated[
        Path | None,
        typer.Option(
            "--sign-in",
            envvar="IMID_SIGN_IN",
            metavar="SECRETS.toml",
            help="Let only people in who sign in with the provider of this file.",
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Serve the web app on the published release."""
    from app.cli.serve import Serving, serve_app

    where = home_of(ctx, home)
    current_release(where)
    serve_app(where, Serving(host, port, base_path, tuple(allow_host or ()), sign_in))


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
    except SystemExit as leaving:
        # What typer makes of a pipe that broke, which is never one of the standard streams.
        broken = leaving.__context__
        Reporter(as_json).error(
            fault_sentence(broken if isinstance(broken, OSError) else BrokenPipeError())
        )
        return ImidError.exit_code
    except (OSError, duckdb.Error, pl.exceptions.PolarsError) as error:
        Reporter(as_json).error(fault_sentence(error))
        return ImidError.exit_code
    except typer.TyperException as error:
        # The argument parser's complaint; --help without arguments has said all there is to say.
        if sentence := error.format_message():
            Reporter(as_json).error(f"{sentence} Try `imid --help`.")
        return UsageError.exit_code
    return result if isinstance(result, int) else 0


def run_and_exit() -> None:
    """Entry point of the ``imid`` script.

    A reader who leaves (``| head``) changes neither what a command does nor its exit code; an
    output that fails for another reason makes a command fail that did its work.
    """
    outlive_readers()
    code = run_command()
    sys.stdout.flush()
    loss = output_loss()
    if loss is not None and not isinstance(loss, BrokenPipeError):
        sys.stderr.write(f"error: the output is not whole. {fault_sentence(loss)}\n")
        code = code or ImidError.exit_code
    sys.exit(code)
