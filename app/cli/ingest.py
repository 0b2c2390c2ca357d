"""``imid ingest``: the commands that load sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import HomeOption, JsonOption, home_of
from app.cli.project import ASSAY, CTCAE, GENES, STUDY
from app.cli.report import Reporter
from warehouse.errors import UsageError

ingest_app = typer.Typer(help="Load one source; the same content again changes nothing.")


@ingest_app.callback(invoke_without_command=True)
def _ingest_main(
    ctx: typer.Context,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write what the gate said of every load."),
    ] = None,
) -> None:
    if report is None:
        return
    if ctx.invoked_subcommand is not None:
        raise UsageError("`imid ingest --report DIR` takes no source; it reports on all loads.")
    from app.cli.gate_report import report_loads

    report_loads(home_of(ctx, None), report, Reporter())


@ingest_app.command("study")
def ingest_study(
    ctx: typer.Context,
    path: Path,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE.html", help="Write what the gate said."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load an expression study from its study.yaml."""
    from app.cli.gate_report import ingest_with_report
    from app.cli.loading import ingest_one

    where, reporter = home_of(ctx, home), Reporter(as_json)
    if report is None:
        ingest_one(where, STUDY, path, reporter)
    else:
        ingest_with_report(where, STUDY, path, report, reporter)


@ingest_app.command("genes")
def ingest_genes(
    ctx: typer.Context, path: Path, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Load a gene reference: NCBI gene_info, an Ensembl table or a curated CSV."""
    _ingest(ctx, GENES, path, home, as_json)


@ingest_app.command("ctcae")
def ingest_ctcae(
    ctx: typer.Context, path: Path, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Load CTCAE terms and grade texts from the NCI's workbook, without its MedDRA codes."""
    _ingest(ctx, CTCAE, path, home, as_json)


@ingest_app.command("assay")
def ingest_assay(
    ctx: typer.Context, path: Path, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Load a cytotoxicity or colony-forming assay from its assay.yaml."""
    _ingest(ctx, ASSAY, path, home, as_json)


@ingest_app.command("trial")
def ingest_trial(
    ctx: typer.Context,
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE_OR_NCT...",
            help="Records as files or folders (API v2 JSON, XML, AACT tables), or NCT numbers.",
        ),
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Load only this NCT number (repeatable).")
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch again what was fetched within the last day.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load trials of ClinicalTrials.gov from files, or fetch them by NCT number."""
    from app.cli.trials import ingest_trial_arguments

    ingest_trial_arguments(home_of(ctx, home), given, only or [], refresh, Reporter(as_json))


@ingest_app.command("geo")
def ingest_geo_series(
    ctx: typer.Context,
    accession: Annotated[str, typer.Argument(metavar="GSE", help="The series' accession.")],
    factor: Annotated[
        str | None, typer.Option("--factor", help="Sample characteristic to compare.")
    ] = None,
    numerator: Annotated[str | None, typer.Option("--numerator", help="Its level above.")] = None,
    denominator: Annotated[
        str | None, typer.Option("--denominator", help="Its level below.")
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch again.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch a GEO series with NCBI's counts, write its study folder and load it."""
    from app.cli.geo import ingest_geo

    where = home_of(ctx, home)
    comparison = (factor, numerator, denominator)
    ingest_geo(where, accession, comparison, refresh, Reporter(as_json))


@ingest_app.command("remove")
def remove_load(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(help="Such as study or claims; see imid status.")],
    subject: Annotated[str, typer.Argument(help="Which one, such as the study's id.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a load out again; the ledger keeps its entry."""
    from app.cli.loading import remove_one

    remove_one(home_of(ctx, home), kind, subject, Reporter(as_json))


def _add_curated_command(kind: str) -> None:
    def command(
        ctx: typer.Context, path: Path, home: HomeOption = None, as_json: JsonOption = False
    ) -> None:
        _ingest(ctx, kind, path, home, as_json)

    also = " or a GMT file" if kind == "gene-sets" else ""
    ingest_app.command(kind, help=f"Load a curated CSV of {kind.replace('-', ' ')}{also}.")(command)


def _add_curated_commands() -> None:
    from ingest.curated.kinds import KINDS

    for kind in KINDS:
        _add_curated_command(kind)


_add_curated_commands()


def _ingest(ctx: typer.Context, kind: str, path: Path, home: Path | None, as_json: bool) -> None:
    from app.cli.loading import ingest_one

    ingest_one(home_of(ctx, home), kind, path, Reporter(as_json))
