"""Fixtures that every layer of tests shares."""

from __future__ import annotations

import fcntl
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
def built_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Home:
    """A published warehouse of a small simulated study and the shipped curated tables.

    The workers of one run share it. Read it only; a test that changes something copies it first.
    """
    from tests.support.builds import build_small_home

    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "built"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "home" / "current").exists():
            build_small_home(folder)
    return Home(folder / "home")
