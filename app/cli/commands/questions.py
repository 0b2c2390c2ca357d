"""Commands that ask the published release: ``imid sql``, ``trace`` and ``resolve``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli import output
from app.cli.options import HomeOption, JsonOption, home_of
from app.cli.report import print_json
from warehouse.connections import current_release
from warehouse.queries import query_release, release_lookup

questions_app = typer.Typer()


class SqlFormat(StrEnum):
    """How ``imid sql`` writes its rows."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@questions_app.command()
def sql(
    ctx: typer.Context,
    query: Annotated[
        str | None,
        typer.Argument(help="One SELECT over the marts; - or a pipe for stdin; none for a prompt."),
    ] = None,
    fmt: Annotated[SqlFormat, typer.Option("--format", help="How to write it.")] = SqlFormat.TABLE,
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file.")] = None,
    home: HomeOption = None,
) -> None:
    """Query the published marts, read-only; without a query on a terminal, at a prompt."""
    release = current_release(home_of(ctx, home))
    if query is None and sys.stdin.isatty():
        from app.cli.repl import Repl

        Repl(release).run()
        return
    text = sys.stdin.read() if query in {None, "-"} else str(query)
    frame = query_release(release, text)
    output.write_frame(frame, fmt.value, out)


@questions_app.command("resolve")
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


@questions_app.command("trace")
def trace_command(
    ctx: typer.Context,
    mart: Annotated[str, typer.Argument(help="A mart, such as fct_differential_expression.")],
    key: Annotated[
        list[str],
        typer.Argument(help="Its key's values in order, or column=value; a gene by any name."),
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lead from one row of a mart to its fit, load, file, sha256 and document."""
    from app.lineage import trace

    release = current_release(home_of(ctx, home))
    with release_lookup(release) as lookup:
        found = trace(release.stem, mart, key, lookup)
    if as_json:
        print_json(found.as_dict())
    else:
        output.print_lines(found.lines())
