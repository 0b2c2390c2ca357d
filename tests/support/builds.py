"""Homes that a test has built by dbt."""

from __future__ import annotations

from pathlib import Path

from app.cli import steps
from app.cli.dbt_build import variables_of
from app.cli.inputs import project_hash
from app.cli.project import Thresholds
from app.cli.report import Reporter
from tests.support.small_study import write_project, write_small_study
from warehouse.home import UNIT_TESTS_PASSED, Home


def build_small_home(folder: Path) -> None:
    """Run everything on a small simulated study and the shipped curated tables, unit tests too."""
    study = write_small_study(folder / "study")
    home = Home(folder / "home").create()
    write_project(home, study.definition)
    steps.run(home, Reporter(as_json=True))


def spare_unit_tests(home: Home) -> Home:
    """Let a home build without dbt's unit tests, which try code and pass in ``built_home``."""
    passed = home.temporary / UNIT_TESTS_PASSED
    passed.parent.mkdir(parents=True, exist_ok=True)
    passed.write_text(project_hash(variables_of(Thresholds())))
    return home
