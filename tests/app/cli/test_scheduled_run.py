"""``imid run`` under a scheduler: exit codes, JSON lines, log, ledger, notification, freshness."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from app.cli import run_log
from app.cli import status as status_module
from app.cli.freshness import freshness_of
from app.cli.main import run_command
from app.cli.project import Freshness, read_project
from app.cli.status import read_status
from tests.support.small_home import write_small_home
from warehouse.connections import write_lock
from warehouse.errors import DataError
from warehouse.home import Home, installation_root

CURATED = installation_root() / "ingest" / "curated"
TOLD = """\
import json, os, pathlib
told = {k: v for k, v in os.environ.items() if k.startswith("IMID_")}
pathlib.Path("told.json").write_text(json.dumps(told))
"""

Project = Callable[..., None]


@pytest.fixture
def project(home: Home) -> Project:
    def write(files: list[str], **settings: object) -> None:
        sources = []
        for name in files:
            if (CURATED / name).exists():
                shutil.copy(CURATED / name, home.root / name)
            sources.append({"kind": Path(name).stem, "path": name})
        home.project_file.write_text(yaml.safe_dump({"sources": sources, **settings}))

    return write


def run(home: Home, *arguments: str) -> int:
    return run_command(["--home", str(home.root), "run", *arguments])


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_writes_one_json_line_a_step_and_keeps_them(
    home: Home, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project(["documents.csv", "drugs.csv"])
    assert run(home, "--only", "ingest", "--json") == 0
    steps = lines_of(capsys.readouterr().out)
    assert [(s["step"], s["status"]) for s in steps] == [
        ("ingest", "done"),
        ("ingest", "done"),
        ("run", "done"),
    ]
    assert [s["rows"] for s in steps] == [5, 12, None]
    assert len({s["run_id"] for s in steps}) == 1
    assert all(s["seconds"] >= 0 for s in steps)
    assert steps[-1]["seconds"] >= steps[0]["seconds"]
    logged = lines_of((home.logs / run_log.LOG_NAME).read_text())
    assert [(s["run_id"], s["step"], s["message"]) for s in logged] == [
        (s["run_id"], s["step"], s["message"]) for s in steps
    ]
    kept = read_status(home)["last_run"]
    assert kept["run_id"] == steps[0]["run_id"]
    assert [s["message"] for s in kept["steps"]] == [s["message"] for s in steps]
    assert [s["rows"] for s in kept["steps"]] == [5, 12, None]
    assert run(home, "--only", "ingest", "--json") == 0
    again = lines_of(capsys.readouterr().out)
    assert [s["status"] for s in again] == ["unchanged", "unchanged", "done"]
    assert again[0]["run_id"] != steps[0]["run_id"]


def test_what_stops_a_run_is_logged_and_told_and_is_the_exit_code(
    home: Home, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (home.root / "tell.py").write_text(TOLD)
    project(
        ["drugs.csv", "claims-missing.csv"],
        on_failure=[sys.executable, "tell.py"],
        on_success=[sys.executable, "-c", "raise SystemExit('not to be called')"],
    )
    text = home.project_file.read_text().replace("claims-missing\n", "claims\n")
    home.project_file.write_text(text.replace("kind: claims-missing", "kind: claims"))
    assert run(home, "--only", "ingest", "--json") == 1
    lines = lines_of(capsys.readouterr().out)
    assert "claims-missing.csv" in lines[-1]["error"]
    told = json.loads((home.root / "told.json").read_text())
    assert told["IMID_RUN_ID"] == lines[0]["run_id"]
    assert (told["IMID_STATUS"], told["IMID_STEP"]) == ("failed", "ingest")
    assert told["IMID_MESSAGE"] == lines[-1]["error"]
    assert Path(told["IMID_HOME"]) == home.root
    last = read_status(home)["last_run"]
    assert (last["status"], last["message"]) == ("failed", lines[-1]["error"])
    assert [s["step"] for s in last["steps"]] == ["ingest", "run", "notify"]


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (["no-such-command-here"], "No such file"),
        ([sys.executable, "-c", "raise SystemExit('the relay is down')"], "the relay is down"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], "was ended"),
    ],
    ids=["missing", "failing", "hanging"],
)
def test_a_notification_that_fails_is_reported_and_hides_nothing(
    home: Home,
    project: Project,
    command: list[str],
    problem: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_log, "HOOK_TIMEOUT_S", 0.5)
    project(["drugs.csv"], on_success=command)
    assert run(home, "--only", "ingest", "--json") == 0
    steps = lines_of(capsys.readouterr().out)
    assert [(s["step"], s["status"]) for s in steps[-2:]] == [
        ("run", "done"),
        ("notify", "failed"),
    ]
    assert problem in steps[-1]["message"]
    assert read_status(home)["last_run"]["status"] == "done"


def test_the_notification_is_run_without_a_shell(
    home: Home, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project(["drugs.csv"], on_success=["echo", "$(touch shell-was-here)", ";", "touch", "x"])
    assert run(home, "--only", "ingest") == 0
    assert not (home.root / "shell-was-here").exists()
    assert not (home.root / "x").exists()
    assert "notified" in capsys.readouterr().err


def test_a_busy_warehouse_keeps_the_steps_in_the_log(
    home: Home, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(["drugs.csv"])
    assert run(home, "--only", "ingest") == 0
    report = run_log.RunReporter(as_json=True, home=home)
    report.finish("done", "a run")
    real = write_lock
    monkeypatch.setattr(run_log, "write_lock", lambda h, p, **_: real(h, p))
    with write_lock(home, "a long build"):
        run_log.save_steps(report)
    report.close()
    assert read_status(home)["last_run"]["run_id"] != report.run_id
    last = lines_of((home.logs / run_log.LOG_NAME).read_text())[-1]
    assert (last["run_id"], last["status"]) == (report.run_id, "warning")
    assert "a long build" in last["message"]


def test_the_log_is_rotated_and_old_ones_are_dropped(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "_LOG_BYTES", 2_000)
    monkeypatch.setattr(run_log, "_LOGS_KEPT", 2)
    report = run_log.RunReporter(as_json=True, home=home)
    for n in range(60):
        report.note(f"line {n}")
    report.close()
    logs = sorted(home.logs.glob(f"{run_log.LOG_NAME}*"))
    assert [log.name for log in logs] == ["imid.log", "imid.log.1", "imid.log.2"]
    assert all(log.stat().st_size <= 2_000 for log in logs)
    assert lines_of(logs[0].read_text())[-1]["message"] == "line 59"


@pytest.mark.parametrize("only", ["ingest,publish", "", "everything"])
def test_only_takes_the_phases_it_knows(
    home: Home, only: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(home, "--only", only) == 2
    assert "ingest, analyze, build" in capsys.readouterr().err


def test_a_study_that_is_not_listed_is_named(
    home: Home, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project(["drugs.csv"])
    assert run(home, "--only", "ingest", "--study", "mine") == 1
    assert "imid.yaml lists no study 'mine'; it lists none." in capsys.readouterr().err


def test_one_study_is_ingested_and_analysed_alone(built_home: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    for folder in ("first", "second"):
        study = tmp_path / folder / "study.yaml"
        source = yaml.safe_load(built_home.project_file.read_text())["sources"]
        path = next(Path(s["path"]) for s in source if s["kind"] == "study")
        shutil.copytree(path.parent, study.parent)
        study.write_text(study.read_text().replace("id: small-imid", f"id: {folder}"))
    home.project_file.write_text(
        yaml.safe_dump(
            {
                "sources": [
                    {"kind": "study", "path": f"../{folder}/study.yaml"}
                    for folder in ("first", "second")
                ]
            }
        )
    )
    assert run(home, "--only", "ingest") == 0
    assert run(home, "--only", "ingest,analyze", "--study", "second", "--workers", "1") == 0
    with duckdb.connect(str(home.working)) as con:
        fitted = con.execute("select distinct study_id from analytics.fits").fetchall()
    assert fitted == [("second",)]


def test_freshness_is_read_off_the_ledger(
    home: Home, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = {"drugs": {"warn_days": 5, "error_days": 10}, "claims": {"warn_days": 1}}
    project(["drugs.csv"], freshness={"drugs": limits["drugs"]})
    assert run(home, "--only", "ingest") == 0
    loaded = datetime.fromisoformat(read_status(home)["loads"][0]["loaded_at_utc"])
    for days, state in ((1, "ok"), (6, "warning"), (11, "error"), (-3, "ok")):
        status = read_status(home, loaded + timedelta(days=days))
        (row,) = status["freshness"]
        assert (row["kind"], row["state"]) == ("drugs", state)
        assert row["age_days"] == pytest.approx(max(0, days), abs=0.01)
    assert run_command(["--home", str(home.root), "status"]) == 0
    project(["drugs.csv"], freshness=limits)
    assert run_command(["--home", str(home.root), "status", "--json"]) == 1
    out = capsys.readouterr().out
    status = json.loads(out[out.index("{\n") :])
    assert {r["kind"]: r["state"] for r in status["freshness"]} == {
        "claims": "error",
        "drugs": "ok",
    }
    # Nothing is published in this home, which is worse than anything that is old.
    assert status["health"] == "error"


def test_a_kind_without_limits_is_never_stale() -> None:
    (row,) = freshness_of({"trial": 4000.0}, {})
    assert row["state"] == "ok"
    (row,) = freshness_of({}, {"trial": Freshness(warn_days=3)})
    assert (row["state"], row["age_days"]) == ("error", None)


def test_freshness_of_an_unknown_kind_is_refused(home: Home, project: Project) -> None:
    project(["drugs.csv"], freshness={"trail": {"warn_days": 3}})
    with pytest.raises(DataError, match=r"'trail' is no kind of source.*trial"):
        read_project(home)
    project(["drugs.csv"], freshness={"build": {"warn_days": 3}})
    assert read_project(home).freshness["build"].warn_days == 3


LOCKED = """
import sys
from warehouse.connections import write_lock
from warehouse.home import Home
with write_lock(Home.locate(sys.argv[1]), "a long build"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_status_leaves_the_working_file_alone_while_a_build_holds_the_lock(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """A build lets go of the file when it hands it to dbt, and never of the lock."""
    write_small_home(home)
    before = home.working.stat()
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCKED, str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        status = read_status(home)
        home.current.unlink()
        assert run_command(["--home", str(home.root), "status"]) == 1
    finally:
        holder.communicate("")
    assert f"Process {holder.pid} has been writing to this warehouse (a long build)" in str(
        status["busy"]
    )
    assert "(a long build)" in capsys.readouterr().err
    after = home.working.stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)


def test_status_holds_the_lock_while_it_has_the_working_file_open(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_small_home(home)
    held = []
    real = status_module.open_working

    def noting(where: Home) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        held.append(json.loads(where.lock.read_text())["purpose"])
        return real(where)

    monkeypatch.setattr(status_module, "open_working", noting)
    assert read_status(home)["busy"] is None
    assert held == ["status"]
    assert home.lock.read_text() == ""


def test_status_answers_from_the_release_while_another_process_writes(
    built_home: Home, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(built_home.root, home.root, symlinks=True)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); "
            "sys.stdin.read()",
            str(home.working),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        status = read_status(home)
    finally:
        holder.communicate("")
    assert "open in another program" in str(status["busy"])
    assert status["release_age_days"] is not None
    assert status["builds"][0]["status"] == "passed"
    assert read_status(home)["busy"] is None
