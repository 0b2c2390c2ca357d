"""The pipeline's steps, in the order ``imid run`` takes them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from analytics.assays.jobs import analyze_assays
from analytics.between_contrasts import analyze_between_contrasts
from analytics.contrast_pair_jobs import analyze_contrast_pairs
from analytics.enrichment_jobs import analyze_gene_sets
from analytics.jobs import FitFailure, PlannedFit, analyze_fits, stale_fits
from analytics.safety.jobs import analyze_safety
from analytics.sample_jobs import analyze_samples
from app.changes import compare_releases
from app.cli.dbt_build import BuildSummary, built_models, run_dbt_build
from app.cli.inputs import incremental_fingerprint, inputs_hash, serving_build_is_current
from app.cli.loading import ingest_listed
from app.cli.project import Project, read_project
from app.cli.report import Reporter
from warehouse.connections import open_working, write_lock
from warehouse.errors import BuildError, DataError
from warehouse.frames import insert_frame, replace_rows
from warehouse.home import Home
from warehouse.incremental import distrust, trust, trusted_base
from warehouse.lookups import create_expression_lookup
from warehouse.releases import new_release_name, publish

PHASES: Final = ("ingest", "analyze", "build")


@dataclass(frozen=True)
class Built:
    """A published build: the release file, and what dbt did unless nothing had changed."""

    release: Path
    summary: BuildSummary | None


def analyze(
    home: Home, report: Reporter, workers: int | None = None, studies: Collection[str] = ()
) -> None:
    """Compute every stale fit, of some studies or all, and what rests on fits.

    Raises
    ------
    DataError
        After everything else is done, if any fit failed; it names each and its reason.
    """
    with write_lock(home, "analyze"), open_working(home) as con:
        missing, _ = stale_fits(con, studies)
        with report.steps(len(missing), "differential expression"):

            def tell(plan: PlannedFit, seconds: float | None, failure: str | None) -> None:
                what = f"{plan.study_id} {plan.design} {_subset_words(plan.subset)}".rstrip()
                if failure is not None:
                    report.done(f"failed    {what}: {failure}", fit_id=plan.fit_id, error=failure)
                elif seconds is None:
                    report.doing(f"fitting {what}")
                else:
                    report.done(
                        f"fitted    {what} ({len(plan.samples)} samples, "
                        f"{len(plan.contrasts)} contrasts, {seconds:.1f} s)",
                        fit_id=plan.fit_id,
                        study_id=plan.study_id,
                        seconds=round(seconds, 3),
                    )

            failures = analyze_fits(con, home, tell, workers, studies=studies)
        failed_samples = _analyze_samples(con, home, report)
        rates, comparisons = analyze_safety(con)
        if rates:
            report.done(
                f"computed  {rates:,} adverse-event rates, {comparisons:,} comparisons of arms",
                rows=rates,
                comparisons=comparisons,
            )
        curves, ratios = analyze_assays(con)
        if curves or ratios:
            report.done(
                f"computed  {curves:,} dose-response curves, {ratios:,} colony ratios",
                curves=curves,
                ratios=ratios,
            )
        thresholds = read_project(home).thresholds
        tested, failed_sets = analyze_gene_sets(
            con,
            thresholds.fdr,
            thresholds.abs_log2_fold_change,
            lambda contrast: report.doing(f"gene sets in {contrast}"),
        )
        compared = analyze_contrast_pairs(
            con,
            thresholds.fdr,
            thresholds.abs_log2_fold_change,
            lambda contrast: report.doing(f"comparing {contrast}"),
        )
        if compared:
            report.done(f"compared  {compared} pairs of contrasts", pairs=compared)
        if tested:
            report.done(f"tested    gene sets in {tested} contrasts", contrasts=tested)
        between = analyze_between_contrasts(con)
        if between is not None and any(between):
            report.done(
                f"compared  {between[0]} pairs of contrasts across studies, "
                f"pooled {between[1]} changes over studies",
                pairs=between[0],
                pooled=between[1],
            )
    if failures or failed_samples or failed_sets:
        raise DataError(_failure_sentence(failures, len(missing), failed_samples, failed_sets))


def _analyze_samples(
    con: duckdb.DuckDBPyConnection, home: Home, report: Reporter
) -> list[tuple[str, str]]:
    def tell(study_id: str, failure: str | None) -> None:
        if failure is None:
            report.done(f"compared  the samples of {study_id}", study_id=study_id)
        else:
            report.done(f"failed    the samples of {study_id}: {failure}", error=failure)

    return analyze_samples(con, home, tell)


def _failure_sentence(
    fits: list[FitFailure],
    asked: int,
    samples: list[tuple[str, str]],
    sets: list[tuple[str, str]],
) -> str:
    sentences = []
    if fits:
        named = "; ".join(f"{f.fit.study_id} {f.fit.design} ({f.reason})" for f in fits)
        sentences.append(f"{len(fits)} of {asked} fits failed: {named}")
    for what, failed in (("compare samples", samples), ("test gene sets", sets)):
        if failed:
            named = "; ".join(f"{subject} ({reason})" for subject, reason in failed)
            sentences.append(f"could not {what}: {named}")
    return ". ".join(sentences)


def _subset_words(subset: str) -> str:
    return ", ".join(f"{k} = {v}" for k, v in json.loads(subset).items())


def build(
    home: Home,
    project: Project,
    report: Reporter,
    *,
    only_if_changed: bool = False,
    full_refresh: bool = False,
) -> Built:
    """Build and test the marts in the working file, then publish it as a release.

    With ``only_if_changed`` a release that was built from the same inputs goes on serving. The
    incremental marts take up only loads that they do not hold, unless ``full_refresh`` is asked
    for, the build before did not pass, or something changed that their other rows depend on.

    Raises
    ------
    BuildError
        If a model or a test failed; the last good release stays in place.
    """
    with write_lock(home, "build", wait_s=600, tell=report.note) as lock:
        started = datetime.now(UTC).replace(tzinfo=None)
        name = new_release_name(home=home)
        with open_working(home) as con:
            inputs = inputs_hash(con, project.thresholds)
            if only_if_changed and serving_build_is_current(con, home, inputs):
                release = home.current.resolve()
                report.done(f"unchanged {release.name}", release=release)
                return Built(release, None)
            fingerprint = incremental_fingerprint(con, project.thresholds)
            anew = full_refresh or trusted_base(con) != fingerprint
            distrust(con)
        report.doing("dbt build")
        summary = run_dbt_build(home, project.thresholds, full_refresh=anew, lock=lock)
        with open_working(home) as con:
            _record_build(con, name, inputs, started, summary, project)
            replace_rows(con, "ops.models", built_models(home))
            if not summary.failures:
                create_expression_lookup(con)
                trust(con, fingerprint)
            con.execute("checkpoint")
        if summary.failures:
            raise BuildError(
                f"The build failed and was not published: {'; '.join(summary.failures[:5])}. "
                f"The last good release stays in place; dbt's log is {home.logs / 'dbt.log'}."
            )
        _record_changes(home, name, report)
        release = publish(home, name, project.keep_releases)
    report.done(
        f"published {release.name} ({summary.models} models, {summary.tests_passed} tests passed, "
        f"{summary.tests_warned} warned, {'all loads' if anew else 'new loads only'}, "
        f"{summary.seconds:.1f} s)",
        release=release,
        models=summary.models,
        tests_passed=summary.tests_passed,
        tests_warned=summary.tests_warned,
        unit_tests_ran=summary.unit_tests_ran,
        full_refresh=anew,
        seconds=round(summary.seconds, 3),
    )
    return Built(release, summary)


def _record_changes(home: Home, name: str, report: Reporter) -> None:
    """Keep in the coming release what differs from the one that serves now."""
    if not home.current.exists():
        return
    try:
        changes = compare_releases(home.current.resolve(), home.working, name)
    except (DataError, duckdb.Error) as error:
        # A damaged old release must not keep a good new one from being published.
        report.note(f"warning: the releases could not be compared ({error})")
        return
    with open_working(home) as con:
        replace_rows(
            con,
            "ops.release_changes",
            pl.DataFrame(
                {
                    "build_id": name,
                    "previous_build_id": changes.before,
                    "changes": json.dumps(changes.as_dict()),
                }
            ),
        )
        con.execute("checkpoint")


def _record_build(
    con: duckdb.DuckDBPyConnection,
    name: str,
    inputs: str,
    started: datetime,
    summary: BuildSummary,
    project: Project,
) -> None:
    finished = datetime.now(UTC).replace(tzinfo=None)
    insert_frame(
        con,
        "ops.builds",
        pl.DataFrame(
            {
                "build_id": name,
                "status": "failed" if summary.failures else "passed",
                "inputs_sha256": inputs,
                "started_at": started,
                "finished_at": finished,
                "duration_s": max(0.0, (finished - started).total_seconds()),
                "models": summary.models,
                "tests_passed": summary.tests_passed,
                "tests_warned": summary.tests_warned,
                "tests_failed": len(summary.failures),
                "detail": "; ".join(summary.failures) or None,
                "fdr_threshold": project.thresholds.fdr,
                "abs_lfc_threshold": project.thresholds.abs_log2_fold_change,
                "imid_version": version("imid-warehouse"),
            },
            schema_overrides={"detail": pl.String},
        ),
    )


def run(
    home: Home,
    report: Reporter,
    workers: int | None = None,
    phases: Collection[str] = PHASES,
    studies: Collection[str] = (),
) -> Built | None:
    """Ingest what is listed and changed, analyse what is stale, build and publish.

    Parameters
    ----------
    phases
        Which of :data:`PHASES` to run, in their order.
    studies
        Ingest and analyse only these studies; all that is listed by default.

    Returns
    -------
    Built or None
        The release, or None where nothing was to be built.
    """
    project = read_project(home)
    if "ingest" in phases:
        report.phase = "ingest"
        ingest_listed(home, project, report, studies)
    if "analyze" in phases:
        report.phase = "analyze"
        analyze(home, report, workers, studies)
    if "build" not in phases:
        return None
    report.phase = "build"
    return build(home, project, report, only_if_changed=True)
