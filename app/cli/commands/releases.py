"""Commands on releases: ``imid releases``, ``diff``, ``rollback``, ``docs`` and ``export``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli import output
from app.cli.options import HomeOption, JsonOption, home_of
from app.cli.report import Reporter, print_json
from warehouse.connections import current_release
from warehouse.errors import DataError, UsageError

releases_app = typer.Typer()


@releases_app.command()
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


@releases_app.command()
def diff(
    ctx: typer.Context,
    before: Annotated[
        str | None, typer.Argument(help="A release; by default the one before the other.")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(help="A release; by default the one that serves.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what differs between two releases: rows, calls, verdicts, values, sources."""
    from app.changes import compare_releases
    from warehouse.releases import find_release, release_before

    where = home_of(ctx, home)
    later = current_release(where) if after is None else find_release(where, after)
    earlier = release_before(where, later) if before is None else find_release(where, before)
    changes = compare_releases(earlier, later)
    if as_json:
        print_json(changes.as_dict())
    else:
        output.print_lines(changes.lines())


@releases_app.command()
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


@releases_app.command()
def docs(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for index.html.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the dictionary of the published marts as one page that opens without a network."""
    from app.cli.dbt_docs import write_docs
    from app.cli.project import read_project

    where = home_of(ctx, home)
    page = write_docs(where, read_project(where).thresholds, target)
    Reporter(as_json).done(f"wrote     {page}", page=page)


@releases_app.command()
def export(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(help="A new folder for all marts, or the word claims.")],
    file: Annotated[Path | None, typer.Argument(help="File for the claims; or stdout.")] = None,
    loaded_from: Annotated[
        str | None, typer.Option("--loaded-from", help="Only claims of this file.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check an exported folder against its checksums.")
    ] = False,
    template: Annotated[
        bool, typer.Option("--template", help="A claims file to start from, instead of claims.")
    ] = False,
    lake: Annotated[
        bool, typer.Option("--lake", help="What the marts are built of, for a second engine.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every published mart as Parquet, or the claims as CSV that can be ingested."""
    if verify:
        _verify(target, Reporter(as_json))
        return
    report = Reporter(as_json)
    if str(target) == "claims":
        from app.cli.claims import claims_csv, claims_template

        if lake:
            raise UsageError("--lake goes with a folder, not with `imid export claims`.")
        if template and loaded_from is not None:
            raise UsageError("--template and --loaded-from do not go together.")
        text = (
            claims_template()
            if template
            else claims_csv(current_release(home_of(ctx, home)), loaded_from)
        )
        if file is None:
            sys.stdout.write(text)
        else:
            file.write_text(text, encoding="utf-8")
            report.done(f"exported  {file}", path=file)
        return
    if file is not None or loaded_from is not None or template:
        raise UsageError(
            "a second path, --loaded-from and --template go with `imid export claims` only."
        )
    from warehouse.exports import MANIFEST, export_lake, export_release

    release = current_release(home_of(ctx, home))
    tables = export_lake(release, target) if lake else export_release(release, target)
    for table in tables:
        report.done(
            f"exported  {table.path} ({table.rows:,} rows)", path=table.path, rows=table.rows
        )
    report.done(f"exported  {MANIFEST}", path=MANIFEST)


def _verify(folder: Path, report: Reporter) -> None:
    from warehouse.exports import verify_export

    problems = verify_export(folder)
    if problems:
        raise DataError(
            f"{len(problems)} files are not as exported. {' '.join(problems[:5])}", folder
        )
    report.done(f"verified  {folder}", path=folder)
