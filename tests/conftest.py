"""Fixtures that every layer of tests shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.home import Home, installation_root

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


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
