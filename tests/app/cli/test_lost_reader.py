"""Whoever reads the output may leave: the work, its records and its exit code stay the same."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.cli.run_log import LOG_NAME
from app.cli.status import read_status
from tests.support.small_home import write_small_home
from warehouse.home import Home, installation_root

IMID = [sys.executable, "-c", "from app.cli.main import run_and_exit; run_and_exit()"]
CURATED = installation_root() / "ingest" / "curated"
TELL = [
    sys.executable,
    "-c",
    "import os, pathlib; pathlib.Path('told').write_text(os.environ['IMID_STATUS'])",
]


def imid(home: Home, *arguments: str, lost: str) -> tuple[int, str]:
    """Run a command whose output no one reads; return its exit code and what it said elsewhere."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        ran = subprocess.run(
            [*IMID, "--home", str(home.root), *arguments],
            cwd=installation_root(),
            stdout=write_end if "stdout" in lost else subprocess.DEVNULL,
            stderr=write_end if "stderr" in lost else subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(write_end)
    return ran.returncode, (ran.stderr or b"").decode()


def write_project(home: Home, *sources: str) -> None:
    home.project_file.write_text(
        yaml.safe_dump(
            {
                "sources": [{"kind": Path(s).stem, "path": str(CURATED / s)} for s in sources],
                "on_success": TELL,
                "on_failure": TELL,
            }
        )
    )


@pytest.mark.parametrize(
    ("lost", "options"),
    [("stdout", ["--json"]), ("stdout and stderr", [])],
    ids=["json", "plain"],
)
def test_a_run_goes_on_to_its_end(home: Home, lost: str, options: list[str]) -> None:
    write_project(home, "documents.csv", "drugs.csv")
    assert imid(home, "run", "--only", "ingest", *options, lost=lost) == (0, "")
    assert (home.root / "told").read_text() == "done"
    last = read_status(home)["last_run"]
    assert [(s["step"], s["status"]) for s in last["steps"]] == [
        ("ingest", "done"),
        ("ingest", "done"),
        ("run", "done"),
        ("notify", "done"),
    ]
    logged = (home.logs / LOG_NAME).read_text().splitlines()
    assert [json.loads(line)["status"] for line in logged] == ["done"] * 4


def test_a_run_that_fails_is_told_about_and_fails(home: Home) -> None:
    write_project(home, "documents.csv", "no-such-file/drugs.csv")
    assert imid(home, "run", "--only", "ingest", "--json", lost="stdout")[0] == 1
    assert (home.root / "told").read_text() == "failed"
    last = read_status(home)["last_run"]
    assert last["status"] == "failed"
    assert [s["step"] for s in last["steps"]] == ["ingest", "run", "notify"]


def test_an_output_that_fails_is_no_traceback_and_hides_nothing(home: Home) -> None:
    write_project(home, "drugs.csv")
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [*IMID, "--home", str(home.root), "run", "--only", "ingest", "--json"],
            cwd=installation_root(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ran.returncode == 1
    (sentence,) = ran.stderr.decode().splitlines()
    assert "no room left" in sentence
    assert read_status(home)["last_run"]["status"] == "done"
    assert (home.root / "told").read_text() == "done"


def test_commands_that_print_keep_their_exit_codes(home: Home) -> None:
    write_small_home(home, releases=1)
    for arguments in (["--help"], ["releases"], ["sql", "from numbers"]):
        assert imid(home, *arguments, lost="stdout") == (0, ""), arguments
    assert imid(home, "sql", "select nothing", lost="stdout and stderr")[0] == 1
    home.project_file.write_text("sources: []\nfreshness: {drugs: {error_days: 1}}\n")
    assert imid(home, "status", lost="stdout") == (1, "")


def test_streams_that_are_closed_from_the_start_are_no_traceback(home: Home) -> None:
    write_small_home(home, releases=1)
    for command, code in (("releases", 0), ("sql 'from numbers' --format csv", 0), ("sql", 1)):
        line = f"{shlex.join([*IMID, '--home', str(home.root)])} {command} <&- >&-"
        ran = subprocess.run(
            ["/bin/sh", "-c", line], cwd=installation_root(), stderr=subprocess.PIPE, check=False
        )
        said = ran.stderr.decode()
        assert (ran.returncode, len(said.splitlines())) == (code, code), said


def test_a_query_ends_once_its_reader_has_left(home: Home) -> None:
    """Otherwise this one would go on until the test is stopped."""
    write_small_home(home, releases=1)
    query = "select a.n from numbers a, numbers b, numbers c"
    assert imid(home, "sql", query, "--format", "csv", "--timeout", "0", lost="stdout") == (0, "")
