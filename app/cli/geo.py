"""``imid ingest geo``: a GEO series by its accession."""

from __future__ import annotations

from app.cli.loading import ingest_one
from app.cli.project import STUDY
from app.cli.report import Reporter
from ingest.geo import ACCESSION, Comparison, fetch_series, write_study_folder
from warehouse.errors import UsageError
from warehouse.home import Home


def ingest_geo(
    home: Home,
    accession: str,
    comparison: tuple[str | None, str | None, str | None],
    refresh: bool,
    report: Reporter,
) -> None:
    """Fetch a series, write its study folder and load it.

    It is fetched before the warehouse is locked, so that a slow server holds nobody up.

    Parameters
    ----------
    comparison
        Factor, numerator and denominator; all or none.

    Raises
    ------
    UsageError
        If the accession is none, or the comparison lacks a part.
    DataError
        If the series cannot be fetched or is refused.
    """
    accession = accession.upper()
    if not ACCESSION.fullmatch(accession):
        raise UsageError(f"a series such as GSE211781 was expected, not {accession!r}.")
    wanted = None
    if any(comparison):
        factor, numerator, denominator = comparison
        if not (factor and numerator and denominator):
            raise UsageError("--factor, --numerator and --denominator go together.")
        wanted = Comparison(factor, numerator, denominator)
    with report.steps(3, f"ingest geo {accession}"):
        series = fetch_series(home, accession, report.doing, refresh=refresh)
        for file in (series.samples, series.counts):
            report.done(
                f"{'fetched' if file.is_new else 'had':<9} {file.path.name} "
                f"({file.bytes / 1e6:,.1f} MB, sha256 {file.sha256[:12]})",
                path=file.path,
                sha256=file.sha256,
                bytes=file.bytes,
            )
        path, factors = write_study_folder(home, series, wanted)
        outcome = ingest_one(home, STUDY, path, report)
    if any(warning.expectation == "contrasts_stated" for warning in outcome.warnings):
        found = ", ".join(f"{f.name} ({len(f.levels)} levels)" for f in factors) or "none"
        report.note(
            f"next: state design and contrasts in {path} (factors found: {found}), then run "
            f"`imid ingest study {path}`."
        )
    else:
        report.note(f"next: list {path} under sources in {home.project_file}, then `imid run`.")
