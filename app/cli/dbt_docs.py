"""dbt's documentation of a release as one page that needs no server and no network."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from app.cli.dbt_build import run_dbt, variables_of
from app.cli.project import Thresholds
from warehouse.connections import current_release
from warehouse.errors import BuildError, UsageError
from warehouse.home import Home


def write_docs(home: Home, thresholds: Thresholds, folder: Path) -> Path:
    """Write ``index.html``: every model, column, test, line of lineage and compiled SQL.

    dbt works on a copy of the published release, so that neither a build nor a reader waits.
    The page carries no path of this machine.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UsageError
        If ``folder`` is a file.
    DataError
        If nothing has been published yet.
    BuildError
        If dbt could not describe the project.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder for the page.")
    release = current_release(home)
    home.create()
    with tempfile.TemporaryDirectory(prefix="docs-", dir=home.temporary) as scratch:
        target = Path(scratch)
        copy = target / "warehouse.duckdb"
        shutil.copyfile(release, copy)
        outcome = run_dbt(
            home,
            "docs generate",
            "--static",
            "--vars",
            variables_of(thresholds),
            working=copy,
            target=target,
        )
        page = target / "static_index.html"
        if outcome.returncode or not page.exists():
            tail = "\n".join(outcome.stdout.strip().splitlines()[-12:]) or outcome.stderr.strip()
            raise BuildError(f"dbt could not write the documentation:\n{tail}")
        text = page.read_text(encoding="utf-8").replace(_within_json(target), "")
        folder.mkdir(parents=True, exist_ok=True)
        written = folder / "index.html"
        part = folder / ".index.html.part"
        part.write_text(text, encoding="utf-8")
        part.replace(written)
    return written


def _within_json(folder: Path) -> str:
    return json.dumps(f"{folder}/")[1:-1]
