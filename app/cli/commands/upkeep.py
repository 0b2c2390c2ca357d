"""Commands that look after a warehouse: ``imid status``, ``doctor``, ``backup`` and ``restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli import output
from app.cli.freshness import freshness_words
from app.cli.options import HomeOption, JsonOption, home_of
from app.cli.report import Reporter, print_json

upkeep_app = typer.Typer()


@upkeep_app.command()
def status(ctx: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say what is loaded, built, published and how old; exit code 1 if something is too old."""
    from app.cli.status import read_status

    report = read_status(home_of(ctx, home))
    if as_json:
        print_json(report)
    else:
        output.print_status(report)
    if stale := [row for row in report["freshness"] if row["state"] == "error"]:
        if as_json:
            # Standard output is the one document; a scheduler that keeps it mails this.
            Reporter().error(f"{'; '.join(map(freshness_words, stale))}.")
        raise typer.Exit(1)


@upkeep_app.command()
def doctor(
    ctx: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended, then check.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the installation and the warehouse; exit code 1 if anything is not sound."""
    from app.cli.doctor import examine
    from warehouse.repair import repair as mend

    where = home_of(ctx, home)
    if repair:
        report = Reporter()
        for sentence in mend(where) or ["Nothing needed repair."]:
            report.done(f"repair    {sentence}")
    findings = examine(where)
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        output.print_lines(
            f"{'ok ' if f.is_sound else 'BAD'}  {f.check}: {f.detail}" for f in findings
        )
    if not all(finding.is_sound for finding in findings):
        raise typer.Exit(1)


@upkeep_app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file, such as imid-backup.zip.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the whole warehouse to one file with checksums."""
    from importlib.metadata import version

    from warehouse.backup import backup as write_backup

    manifest = write_backup(home_of(ctx, home), file.resolve(), version("imid-warehouse"))
    size = file.stat().st_size
    Reporter(as_json).done(
        f"backed up {file} ({len(manifest.files)} files, {size / 1e6:,.1f} MB)",
        path=file,
        files=len(manifest.files),
        bytes=size,
        serving=manifest.serving,
    )


@upkeep_app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `imid backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Set aside the warehouse that is there.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a backup back; every file is checked before anything is put in its place."""
    from warehouse.backup import restore as bring_back

    where, report = home_of(ctx, home), Reporter(as_json)
    manifest, aside = bring_back(where, file.resolve(), force=force)
    report.done(
        f"restored  {where.root} ({len(manifest.files)} files of {manifest.made_at:%Y-%m-%d %H:%M} "
        f"UTC, serving {manifest.serving or 'nothing'})",
        files=len(manifest.files),
        serving=manifest.serving,
        set_aside=aside,
    )
    if aside is not None:
        report.note(f"what was there before is in {aside}")
