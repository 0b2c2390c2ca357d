"""``imid analyze``: compute what is missing or stale, write it, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection
from concurrent.futures import BrokenExecutor, Executor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

import duckdb
import pandas as pd
import polars as pl
from formulaic import Formula

from analytics.differential_expression import (
    ALPHA,
    BY_SIZE_FACTORS,
    DEFAULT_ENGINE,
    Contrast,
    FitResult,
)
from analytics.drug_names import DrugNames
from analytics.fan_out import FitTask, completed, run_task, worker_pool, workers_for
from warehouse.frames import insert_frame, read_frame, transaction
from warehouse.home import Home
from warehouse.tables import quoted

_FIT_TABLES: Final = (
    "analytics.differential_expression",
    "analytics.contrast_differences",
    "analytics.dispersions",
    "analytics.size_factors",
    "analytics.fits",
)


@dataclass(frozen=True)
class PlannedFit:
    """One design on one set of samples of a study, with the contrasts that it serves.

    ``fit_id`` is a hash over everything that decides the result, so a fit that exists under
    this id need not be computed again.
    """

    fit_id: str
    study_id: str
    load_id: str
    counts_sha256: str
    landed_file: str
    design: str
    subset: str
    engine: str
    samples: tuple[str, ...]
    contrasts: tuple[Contrast, ...]
    pairs: tuple[tuple[str, str], ...]
    continuous: tuple[str, ...]
    normalisation: str


@dataclass(frozen=True)
class FitFailure:
    """A fit that could not be computed, and the reason."""

    fit: PlannedFit
    reason: str


def plan_fits(con: duckdb.DuckDBPyConnection) -> list[PlannedFit]:
    """List the fits that the loaded studies ask for, contrasts of one design together."""
    studies = con.execute(
        "select study_id, load_id, counts_sha256, landed_file, definition "
        "from raw.studies order by study_id"
    ).fetchall()
    drugs = DrugNames(con)
    plans = []
    for study_id, load_id, counts_sha256, landed_file, definition_text in studies:
        definition = json.loads(definition_text)
        engine = DEFAULT_ENGINE if definition["engine"] == "default" else definition["engine"]
        groups: dict[tuple[str, str], list[Contrast]] = defaultdict(list)
        for row in con.execute(
            "select design, subset, contrast_id, factor, numerator, denominator "
            "from raw.contrasts where load_id = $1 order by contrast_position",
            [load_id],
        ).fetchall():
            groups[row[0], row[1]].append(Contrast(*row[2:]))
        for (design, subset), contrasts in groups.items():
            samples = con.execute(
                "select c.sample_id from raw.contrast_samples c "
                "join raw.samples s on s.load_id = c.load_id and s.sample_id = c.sample_id "
                "where c.load_id = $1 and c.contrast_id = $2 order by s.sample_position",
                [load_id, contrasts[0].contrast_id],
            ).fetchall()
            plans.append(
                _planned(
                    con,
                    study_id=study_id,
                    load_id=load_id,
                    counts_sha256=counts_sha256,
                    landed_file=landed_file,
                    design=design,
                    subset=subset,
                    engine=engine,
                    samples=tuple(row[0] for row in samples),
                    contrasts=tuple(contrasts),
                    pairs=drugs.compared(contrasts),
                    continuous=tuple(definition["continuous"]),
                    normalisation=definition.get("normalisation", BY_SIZE_FACTORS),
                )
            )
    return plans


def _planned(con: duckdb.DuckDBPyConnection, **parts: object) -> PlannedFit:
    attributes = con.execute(
        "select sample_id, attribute, value from raw.sample_attributes where load_id = $1 "
        "order by all",
        [parts["load_id"]],
    ).fetchall()
    deciding = {
        **{k: v for k, v in parts.items() if k not in {"load_id", "landed_file"}},
        "contrasts": [vars(c) for c in parts["contrasts"]],  # type: ignore[attr-defined]
        "attributes": attributes,
        "alpha": ALPHA,
        "versions": [version("pydeseq2"), version("imid-warehouse")],
    }
    # counts_sha256 is over the files that state the lengths too
    if deciding["normalisation"] == BY_SIZE_FACTORS:
        # fits keep the ids that they had before there was a choice
        del deciding["normalisation"]
    digest = hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()
    return PlannedFit(fit_id=digest[:24], **parts)  # type: ignore[arg-type]


def stale_fits(
    con: duckdb.DuckDBPyConnection, studies: Collection[str] = ()
) -> tuple[list[PlannedFit], list[str]]:
    """Return the fits to compute, and the ids of stored fits that nothing asks for any more.

    With ``studies``, only fits of these are to be computed.
    """
    planned = plan_fits(con)
    stored = {row[0] for row in con.execute("select fit_id from analytics.fits").fetchall()}
    missing = [
        plan
        for plan in planned
        if plan.fit_id not in stored and (not studies or plan.study_id in studies)
    ]
    obsolete = sorted(stored - {plan.fit_id for plan in planned})
    return missing, obsolete


def fit_task(con: duckdb.DuckDBPyConnection, home: Home, plan: PlannedFit) -> FitTask:
    """Gather what a worker needs to compute a fit."""
    variables = sorted(str(name) for name in Formula(plan.design).required_variables)
    return FitTask(
        home.landed / plan.landed_file,
        _metadata(con, plan, variables),
        plan.design,
        plan.contrasts,
        plan.engine,
        plan.pairs,
        plan.normalisation,
    )


def _metadata(
    con: duckdb.DuckDBPyConnection, plan: PlannedFit, variables: list[str]
) -> pd.DataFrame:
    long = read_frame(
        con,
        "select sample_id, attribute, value from raw.sample_attributes where load_id = $1",
        [plan.load_id],
    )
    wide = long.filter(pl.col("attribute").is_in(variables)).pivot(
        on="attribute", index="sample_id", values="value"
    )
    frame = wide.to_pandas().set_index("sample_id").loc[list(plan.samples), variables]
    for column in variables:
        frame[column] = frame[column].astype(float if column in plan.continuous else str)
    return frame


def store_fit(
    con: duckdb.DuckDBPyConnection, plan: PlannedFit, result: FitResult, seconds: float
) -> None:
    """Write one fit in one transaction."""
    fit_id = pl.lit(plan.fit_id).alias("fit_id")
    header = pl.DataFrame(
        {
            "fit_id": plan.fit_id,
            "study_id": plan.study_id,
            "load_id": plan.load_id,
            "counts_sha256": plan.counts_sha256,
            "design": plan.design,
            "subset": plan.subset,
            "engine": result.engine,
            "engine_version": result.engine_version,
            "normalisation": plan.normalisation,
            "samples": len(plan.samples),
            "genes": result.dispersions.height,
            "alpha": ALPHA,
            "duration_s": seconds,
            "fitted_at": datetime.now(UTC).replace(tzinfo=None),
        }
    )
    with transaction(con):
        insert_frame(con, "analytics.fits", header)
        insert_frame(con, "analytics.size_factors", result.size_factors.with_columns(fit_id))
        insert_frame(con, "analytics.dispersions", result.dispersions.with_columns(fit_id))
        insert_frame(con, "analytics.differential_expression", result.results.with_columns(fit_id))
        differences = result.differences.with_columns(fit_id)
        insert_frame(con, "analytics.contrast_differences", differences)


def drop_fits(con: duckdb.DuckDBPyConnection, fit_ids: list[str]) -> None:
    """Delete stored fits that nothing asks for any more."""
    if not fit_ids:
        return
    with transaction(con):
        for table in _FIT_TABLES:
            con.execute(f"delete from {quoted(table)} where list_contains($1, fit_id)", [fit_ids])


def analyze_fits(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    report: Callable[[PlannedFit, float | None, str | None], None],
    workers: int | None = None,
    executor: Executor | None = None,
    studies: Collection[str] = (),
) -> list[FitFailure]:
    """Compute every stale fit; one that fails does not stop the rest.

    Each finished fit is committed on its own, so what was computed before a kill stays.

    Parameters
    ----------
    report
        Called before a fit with ``(plan, None, None)``, after it with its seconds, or with the
        reason of its failure.
    workers
        Fits computed at once; by default as many as cores, memory and work allow.
    executor
        Where they are computed; by default in as many processes, or in this one for one worker.
    studies
        Compute only the fits of these; of all studies by default.

    Returns
    -------
    list of FitFailure
        What could not be computed.
    """
    missing, obsolete = stale_fits(con, studies)
    drop_fits(con, obsolete)
    _point_to_current_loads(con)
    tasks, failures = [], []
    for plan in missing:
        try:
            task = fit_task(con, home, plan)
            tasks.append((plan, task, task.counts))
        # A missing file or column belongs to this fit alone.
        except Exception as error:  # noqa: BLE001
            failures.append(_failure(plan, error))
            report(plan, None, failures[-1].reason)
    at_once = workers_for((counts for _, _, counts in tasks), workers)
    with nullcontext(executor) if executor else worker_pool(at_once) as pool:
        finished = completed(
            pool,
            run_task,
            (task for _, task, _ in tasks),
            at_once,
            lambda position: report(tasks[position][0], None, None),
        )
        for position, future in finished:
            plan = tasks[position][0]
            try:
                packed = future.result()
            # The library raises many kinds; whichever it is, it belongs to this fit alone.
            except Exception as error:  # noqa: BLE001
                failures.append(_failure(plan, error))
                report(plan, None, failures[-1].reason)
                continue
            store_fit(con, plan, packed.unpack(), packed.seconds)
            report(plan, packed.seconds, None)
    return failures


def _failure(plan: PlannedFit, error: Exception) -> FitFailure:
    if isinstance(error, BrokenExecutor):
        reason = "its worker process died, most likely for want of memory; try --workers 1"
    else:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return FitFailure(plan, reason)


def _point_to_current_loads(con: duckdb.DuckDBPyConnection) -> None:
    """Give a fit that outlived a reload (a new title, say) the load that now holds its data."""
    con.execute(
        "update analytics.fits set load_id = s.load_id from raw.studies s "
        "where s.study_id = fits.study_id and s.load_id <> fits.load_id"
    )
