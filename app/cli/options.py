"""Options that most commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.home import Home

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", envvar="IMID_HOME", help="Folder of the warehouse (./imid-home)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


def home_of(ctx: typer.Context, home: Path | None) -> Home:
    """Return the warehouse that a command, else the program, was given."""
    return Home.locate(home or ctx.obj)
