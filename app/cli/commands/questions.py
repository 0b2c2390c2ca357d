"""Commands that ask the published release: ``imid sql``, ``trace`` and ``resolve``."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli import output, row_files
from app.cli.options import HomeOption, JsonOption, home_of
from app.cli.report import print_json
from warehouse.connections import current_release
from warehouse.errors import QueryError
from warehouse.queries import release_lookup
from warehouse.sandbox import Limits, Sandbox

questions_app = typer.Typer()

# A table is laid out whole; the other forms are written as the rows come.
_TABLE_ROWS = 1_000_000
_TABLE_MB = 512


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
    timeout: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="Stop a query after this; 0 for never."),
    ] = 600.0,
    memory: Annotated[
        int,
        typer.Option(min=128, metavar="MB", help="Memory of a query, before it uses the disk."),
    ] = 2048,
    home: HomeOption = None,
) -> None:
    """Query the published marts, read-only; without a query on a terminal, at a prompt."""
    release = current_release(home_of(ctx, home))
    limits = Limits(
        seconds=timeout or None,
        memory_mb=memory,
        address_space_mb=2 * memory + 2048,
        spill_mb=4 * memory,
        rows=None,
        result_mb=None,
        batch_rows=32_768,
        more_time="give it longer with --timeout",
        more_memory="give it more with --memory",
    )
    held = replace(limits, rows=_TABLE_ROWS, result_mb=_TABLE_MB)
    if query is None and sys.stdin.isatty():
        from app.cli.repl import Repl

        Repl(release, held).run()
        return
    row_files.check_target(fmt.value, out)
    with Sandbox(release, held if fmt is SqlFormat.TABLE else limits) as sandbox:
        text = sys.stdin.read() if query in {None, "-"} else str(query)
        if fmt is not SqlFormat.TABLE:
            row_files.write_rows(*sandbox.stream(text), fmt.value, out)
            return
        answer = sandbox.rows(text)
    if answer.is_cut:
        raise QueryError(
            f"A table holds at most {_TABLE_ROWS:,} rows or {_TABLE_MB} MB, and this has more. "
            "Ask for fewer, or write them with --format csv, json or parquet."
        )
    row_files.write_table(answer.rows, out)


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
