"""Nothing calls home: dbt, Great Expectations and Streamlit would by default."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from app.cli.dbt_build import dbt_environment
from app.cli.serve import Serving, command
from tests.support.offline import CAUGHT, run_offline
from warehouse.home import Home, installation_root

ROOT = installation_root()
SWITCHES = ("GX_ANALYTICS_ENABLED", "DBT_SEND_ANONYMOUS_USAGE_STATS", "DO_NOT_TRACK")


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the environment of the tests already switches off."""
    for name in SWITCHES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("untouched")
def test_dbt_sends_no_usage_and_asks_for_no_newer_version(tmp_path: Path) -> None:
    environment = dbt_environment(Home(tmp_path))
    assert environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert environment["DBT_VERSION_CHECK"] == "false"
    assert environment["DO_NOT_TRACK"] == "1"
    # For who calls dbt without imid.
    project = yaml.safe_load((ROOT / "dbt" / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["flags"]["send_anonymous_usage_stats"] is False


DBT = """\
from dbt.cli.main import dbtRunner
dbtRunner().invoke(["deps", "--project-dir", "dbt", "--profiles-dir", "dbt"])
from dbt import tracking
tracking.flush()
"""


@pytest.mark.usefixtures("untouched")
def test_dbt_turns_to_no_network(tmp_path: Path) -> None:
    environment = {**dbt_environment(Home(tmp_path)), "DBT_LOG_PATH": str(tmp_path)}
    assert run_offline(DBT, environment=environment).returncode == 0
    asked = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "true", "DO_NOT_TRACK": "0"}
    assert run_offline(DBT, environment=environment | asked).returncode == CAUGHT


GATE = """\
import os
import polars as pl
from ingest.gate import Expectation, Suite, validate
not_null = Expectation("expect_column_values_to_not_be_null", "a", arguments={"column": "a"})
(outcome,) = validate(pl.DataFrame({"a": [1, None]}), Suite("s", 1, "a", [not_null]))
print(outcome.is_success, os.environ["GX_ANALYTICS_ENABLED"])
"""


@pytest.mark.usefixtures("untouched")
def test_the_gate_turns_to_no_network() -> None:
    ran = run_offline(GATE)
    assert ran.stdout.split() == ["False", "false"], ran.stderr[-2000:]


def test_the_app_gathers_no_usage_however_it_is_started() -> None:
    assert "--browser.gatherUsageStats=false" in command(Serving())
    config = ROOT / "app" / "web" / ".streamlit" / "config.toml"
    assert tomllib.loads(config.read_text())["browser"]["gatherUsageStats"] is False
