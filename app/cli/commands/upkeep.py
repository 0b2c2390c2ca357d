"""Commands that look after a warehouse: ``imid status`` and ``doctor``."""

from __future__ import annotations

import typer

from app.cli import output
from app.cli.options import HomeOption, JsonOption, home_of
from app.cli.report import print_json

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
    if any(row["state"] == "error" for row in report["freshness"]):
        raise typer.Exit(1)


@upkeep_app.command()
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
