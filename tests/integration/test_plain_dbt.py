"""dbt by itself on a warehouse, by the lines that dbt/README.md prints."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.cli.status import read_status
from warehouse.home import Home, installation_root
from warehouse.incremental import trusted_base

README = installation_root() / "dbt" / "README.md"
# the kinds of load, and the source that holds rows of nothing else
SOURCE_OF = {
    "study": "studies",
    "claims": "claims",
    "adverse-events": "adverse_events",
    "genes": "genes",
}


@pytest.fixture(scope="module")
def checkout(built_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout's dbt folder beside a warehouse, after the printed lines."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(README.parent, folder / "dbt", ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(built_home.root, folder / "imid-home", symlinks=True)
    (folder / ".venv").symlink_to(sys.prefix)
    with duckdb.connect(str(folder / "imid-home" / "working.duckdb")) as con:
        assert trusted_base(con) is not None
        con.execute("drop table marts.dim_study")
    (block,) = re.findall(r"```console\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    lines = [line.removeprefix("$ ") for line in block.splitlines()]
    ran = subprocess.run(
        ["/bin/bash", "-ec", "\n".join(lines)],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith(("IMID_", "DBT_"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return folder


def written(checkout: Path, name: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = json.loads((checkout / "dbt/target" / name).read_text())[
        "results"
    ]
    return results


def test_the_printed_lines_build_and_test_what_they_name(checkout: Path, built_home: Home) -> None:
    with duckdb.connect(str(checkout / "imid-home" / "working.duckdb")) as con:
        con.execute(f"attach '{built_home.current.resolve()}' as published (read_only)")
        differing = "from (from marts.dim_study except from published.marts.dim_study)"
        assert con.execute(f"select count(*) {differing}").fetchall() == [(0,)]
        # what imid adds to the large facts must not rest on a build that it did not see pass
        assert trusted_base(con) is None


def test_nothing_is_published_by_plain_dbt(checkout: Path, built_home: Home) -> None:
    releases = checkout / "imid-home" / "releases"
    assert {p.name for p in releases.iterdir()} == {p.name for p in built_home.releases.iterdir()}


def test_dbt_and_status_date_a_kind_by_the_same_load(checkout: Path) -> None:
    newest = {
        result["unique_id"].rsplit(".", 1)[-1]: datetime.fromisoformat(result["max_loaded_at"])
        for result in written(checkout, "sources.json")
    }
    now = datetime.now(UTC).replace(tzinfo=None)
    status = read_status(Home(checkout / "imid-home"), now)
    ages = {row["kind"]: row["age_days"] for row in status["freshness"]}
    assert SOURCE_OF.keys() <= ages.keys()
    for kind, source in SOURCE_OF.items():
        days = (now - newest[source].replace(tzinfo=None)).total_seconds() / 86_400
        # status gives three decimals
        assert days == pytest.approx(ages[kind], abs=0.001), kind
