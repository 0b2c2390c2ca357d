"""Fixtures that every layer of tests shares."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.home import Home, installation_root

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Put the process's ``__main__`` back, where Streamlit's AppTest leaves the page it ran.

    Otherwise a process that a later test spawns would begin by running that page.
    """
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of documents and real data beside the checkout, never part of it."""
    folder = installation_root().parent / "shared"
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the folder of real data is missing, and CI must have it")
        pytest.skip("the folder of real data is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """Real counts, results, registry records and gene tables to test against."""
    return shared / "data"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A fresh, empty warehouse home."""
    return Home(tmp_path / "home").create()


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A published warehouse of a small simulated study and the shipped curated tables.

    Read it only; a test that changes something copies it first.
    """
    from app.cli import steps
    from app.cli.report import Reporter
    from tests.support.small_study import write_project, write_small_study

    folder = tmp_path_factory.mktemp("built")
    study = write_small_study(folder / "study")
    home = Home(folder / "home").create()
    write_project(home, study.definition)
    steps.run(home, Reporter(as_json=True))
    return home
