"""Running dbt in a process of its own, so that it holds the file no longer than it works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from app.cli.dbt_models import models_of
from app.cli.project import Thresholds
from warehouse.errors import BuildError
from warehouse.home import Home, installation_root

_TEST_TYPES: Final = ("test.", "unit_test.")


@dataclass(frozen=True)
class BuildSummary:
    """What a dbt build did: counts by outcome, and one phrase per failure."""

    models: int
    tests_passed: int
    tests_warned: int
    failures: tuple[str, ...]
    seconds: float


def run_dbt_build(
    home: Home, thresholds: Thresholds, *, verb: str = "build", select: str | None = None
) -> BuildSummary:
    """Run ``dbt build`` on the working file, which no one else may have open.

    Parameters
    ----------
    verb
        ``build``, or ``run`` for models without their tests.
    select
        The models in dbt's own words; all by default.

    Raises
    ------
    BuildError
        If dbt did not get as far as writing its results.
    """
    project = installation_root() / "dbt"
    target = home.temporary / "dbt-target"
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    variables = {
        "fdr_threshold": thresholds.fdr,
        "abs_lfc_threshold": thresholds.abs_log2_fold_change,
    }
    started = time.perf_counter()
    outcome = subprocess.run(  # noqa: S603
        [
            sys.executable,
            "-m",
            "dbt.cli.main",
            verb,
            *(["--select", select] if select else []),
            "--project-dir",
            str(project),
            "--profiles-dir",
            str(project),
            "--target-path",
            str(target),
            "--log-path",
            str(home.logs),
            "--vars",
            json.dumps(variables),
        ],
        cwd=project,
        env=dbt_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    if not results.exists():
        tail = "\n".join(outcome.stdout.strip().splitlines()[-12:]) or outcome.stderr.strip()
        raise BuildError(f"dbt could not start the build:\n{tail}")
    return summarise(json.loads(results.read_text()), time.perf_counter() - started)


def built_models(home: Home) -> pl.DataFrame:
    """Return the models of the last build of this home, one row each, for ``ops.models``."""
    manifest = home.temporary / "dbt-target" / "manifest.json"
    return models_of(json.loads(manifest.read_text(encoding="utf-8")))


def dbt_environment(home: Home) -> dict[str, str]:
    """Return the environment that the profile reads, with every outside call switched off."""
    return {
        **os.environ,
        "IMID_WORKING": str(home.working),
        "IMID_TEMP": str(home.temporary),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "DO_NOT_TRACK": "1",
    }


def summarise(results: dict[str, Any], seconds: float) -> BuildSummary:
    """Count dbt's ``run_results.json`` by outcome."""
    models = passed = warned = 0
    failures = []
    for result in results["results"]:
        name = result["unique_id"]
        is_test = name.startswith(_TEST_TYPES)
        match result["status"]:
            case "success" | "pass":
                passed += is_test
                models += not is_test
            case "warn":
                warned += 1
            case "skipped":
                pass
            case _:
                message = (result.get("message") or result["status"]).strip().splitlines()
                failures.append(f"{name.split('.')[-1 if not is_test else 2]}: {message[0]}")
    return BuildSummary(models, passed, warned, tuple(failures), seconds)
