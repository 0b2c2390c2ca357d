"""Running dbt in a process of its own, so that it holds the file no longer than it works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from app.cli.dbt_models import models_of
from app.cli.inputs import project_hash
from app.cli.project import Thresholds
from warehouse.errors import BuildError
from warehouse.home import DBT_TARGET, UNIT_TESTS_PASSED, Home, installation_root

_UNIT_TEST: Final = "unit_test."
_TEST_TYPES: Final = ("test.", _UNIT_TEST)
# dbt looks through the whole environment for secrets at every line that it logs
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
_PASSED_ON_PREFIXES: Final = ("IMID_", "DBT_", "LC_")


@dataclass(frozen=True)
class BuildSummary:
    """What a dbt build did: counts by outcome, and one phrase per failure."""

    models: int
    tests_passed: int
    tests_warned: int
    failures: tuple[str, ...]
    seconds: float
    unit_tests_ran: bool = True
    full_refresh: bool = True


def run_dbt_build(
    home: Home,
    thresholds: Thresholds,
    *,
    verb: str = "build",
    select: str | None = None,
    full_refresh: bool = True,
    unit_tests: bool = True,
    lock: int | None = None,
) -> BuildSummary:
    """Run ``dbt build`` on the working file, which no one else may have open.

    Every data test runs every time. Unit tests try the models' code on rows of their own, so
    they run until they have all passed and again when the project's files, its variables or the
    versions of dbt and DuckDB change.

    Parameters
    ----------
    verb
        ``build``, or ``run`` for models without their tests.
    select
        The models in dbt's own words; all by default.
    full_refresh
        Build the incremental models from all loads, not only from those they do not hold yet.
    unit_tests
        Whether unit tests may run at all; a measurement of data leaves them out.
    lock
        The descriptor of the write lock, which dbt then holds too: it works on when this process
        is killed, and nobody else is to write meanwhile.

    Raises
    ------
    BuildError
        If dbt did not get as far as writing its results.
    """
    target = home.temporary / DBT_TARGET
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    variables = variables_of(thresholds)
    code = project_hash(variables)
    passed_before = home.temporary / UNIT_TESTS_PASSED
    have_passed = passed_before.exists() and passed_before.read_text() == code
    skip_unit_tests = verb == "build" and (have_passed or not unit_tests)
    started = time.perf_counter()
    outcome = run_dbt(
        home,
        verb,
        "--vars",
        variables,
        *(["--select", select] if select else []),
        # a test that also reads a model which is not chosen may find none
        *(["--indirect-selection", "cautious"] if select and verb == "build" else []),
        *(["--full-refresh"] if full_refresh else []),
        *(["--exclude-resource-type", "unit_test"] if skip_unit_tests else []),
        lock=lock,
    )
    if not results.exists():
        tail = "\n".join(outcome.stdout.strip().splitlines()[-12:]) or outcome.stderr.strip()
        raise BuildError(f"dbt could not start the build:\n{tail}")
    report = json.loads(results.read_text())
    units = [r for r in report["results"] if r["unique_id"].startswith(_UNIT_TEST)]
    if units and select is None and all(r["status"] == "pass" for r in units):
        passed_before.write_text(code)
    return summarise(report, time.perf_counter() - started, full_refresh=full_refresh)


def variables_of(thresholds: Thresholds) -> str:
    """Return a project's thresholds as the JSON that dbt's ``--vars`` takes."""
    return json.dumps(
        {
            "fdr_threshold": thresholds.fdr,
            "abs_lfc_threshold": thresholds.abs_log2_fold_change,
        }
    )


def run_dbt(
    home: Home,
    command: str,
    *arguments: str,
    working: Path | None = None,
    target: Path | None = None,
    lock: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command of dbt on a home in a process of its own.

    The parsed project stays in the home's ``tmp/dbt-target``, so that dbt parses only what
    changed. The log keeps what happened to each node; messages for debugging would double it.

    Parameters
    ----------
    command
        dbt's command in its own words, such as ``build`` or ``docs generate``.
    working
        Another DuckDB file than the home's working file.
    target
        Another folder for what dbt writes, its log too.
    lock
        The descriptor of the write lock, for dbt to hold as well.
    """
    project = installation_root() / "dbt"
    return subprocess.run(  # noqa: S603
        [
            sys.executable,
            "-c",
            "from dbt.cli.main import cli; cli()",
            "--quiet",
            "--no-use-colors",
            "--log-level-file",
            "info",
            *command.split(),
            "--project-dir",
            str(project),
            "--profiles-dir",
            str(project),
            "--target-path",
            str(target or home.temporary / DBT_TARGET),
            "--log-path",
            str(target or home.logs),
            *arguments,
        ],
        cwd=project,
        env=dbt_environment(home, working),
        capture_output=True,
        text=True,
        check=False,
        pass_fds=() if lock is None else (lock,),
    )


def compiled_model(home: Home, model: str) -> str:
    """Return the SELECT of a model as the last run of dbt on this home compiled it.

    Raises
    ------
    ValueError
        If that run did not build the model.
    """
    results = json.loads((home.temporary / DBT_TARGET / "run_results.json").read_text("utf-8"))
    (found,) = (r for r in results["results"] if r["unique_id"].endswith(f".{model}"))
    return str(found["compiled_code"])


def built_models(home: Home) -> pl.DataFrame:
    """Return the models of the last build of this home, one row each, for ``ops.models``."""
    manifest = home.temporary / DBT_TARGET / "manifest.json"
    return models_of(json.loads(manifest.read_text(encoding="utf-8")))


def dbt_environment(home: Home, working: Path | None = None) -> dict[str, str]:
    """Return the environment that the profile reads, with every outside call switched off."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return {
        **inherited,
        "IMID_WORKING": str(working or home.working),
        "IMID_TEMP": str(home.temporary),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "DO_NOT_TRACK": "1",
    }


def summarise(
    results: dict[str, Any], seconds: float, *, full_refresh: bool = True
) -> BuildSummary:
    """Count dbt's ``run_results.json`` by outcome."""
    models = passed = warned = unit_tests = 0
    failures = []
    for result in results["results"]:
        name = result["unique_id"]
        unit_tests += name.startswith(_UNIT_TEST)
        is_test = name.startswith(_TEST_TYPES)
        match result["status"]:
            case "success" | "pass":
                passed += is_test
                # the project's own statement at the start of a build is a result too
                models += name.startswith("model.")
            case "warn":
                warned += 1
            # An exposure is listed, never run.
            case "skipped" | "no-op":
                pass
            case _:
                message = (result.get("message") or result["status"]).strip().splitlines()
                failures.append(f"{name.split('.')[-1 if not is_test else 2]}: {message[0]}")
    return BuildSummary(
        models, passed, warned, tuple(failures), seconds, unit_tests > 0, full_refresh
    )
