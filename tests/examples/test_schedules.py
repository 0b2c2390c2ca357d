"""The shipped schedules call commands that exist, in the forms their schedulers read."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer
import yaml

from app.cli.main import app
from app.cli.project import Project
from warehouse.connections import open_working, write_lock
from warehouse.home import Home, installation_root

SCHEDULES = installation_root() / "examples" / "schedules"
FILES = ("imid.crontab", "imid-run.service", "imid-run.yml")


def commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every call of imid, up to what belongs to a shell."""
    for line in text.splitlines():
        found = re.search(r"/bin/imid (.*)", line)
        if found and not line.startswith("#"):
            words = shlex.split(found[1])
            ends = [i for i, word in enumerate(words) if word in {">", "||", "&&", "|", ";"}]
            yield words[: ends[0]] if ends else words


@pytest.mark.parametrize("name", FILES)
def test_every_command_of_a_schedule_is_one_that_imid_takes(name: str) -> None:
    group = typer.main.get_command(app)
    found = list(commands((SCHEDULES / name).read_text()))
    assert ["run", "--json"] in found
    for command, *arguments in found:
        context = click.Context(group)  # type: ignore[arg-type]
        chosen = group.get_command(context, command)  # type: ignore[attr-defined]
        assert chosen is not None, command
        chosen.make_context(command, list(arguments), resilient_parsing=False)


def test_a_command_that_imid_has_not_would_be_noticed() -> None:
    group = typer.main.get_command(app)
    run = group.get_command(click.Context(group), "run")  # type: ignore[attr-defined,arg-type]
    with pytest.raises(Exception, match="No such option"):
        run.make_context("run", ["--jsonn"])


def test_the_crontab_has_five_fields_and_an_absolute_command() -> None:
    for line in (SCHEDULES / "imid.crontab").read_text().splitlines():
        if line.startswith("#") or re.fullmatch(r"\w+=\S+", line):
            continue
        fields = line.split(maxsplit=5)
        assert len(fields) == 6
        assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5])
        assert Path(fields[5].split()[0]).is_absolute()


def cron_line(command: str, home: Home) -> subprocess.CompletedProcess[str]:
    """Have a shell do a line of the crontab as cron does, with this installation's paths."""
    (line,) = re.findall(rf"/opt\S+/imid {command}.*", (SCHEDULES / "imid.crontab").read_text())
    line = line.replace("/opt/imid-warehouse/.venv/bin", str(Path(sys.executable).parent))
    return subprocess.run(
        ["/bin/sh", "-c", line.replace("/var/lib/imid", str(home.root))],
        env={**os.environ, "IMID_HOME": str(home.root)},
        capture_output=True,
        text=True,
    )


def test_cron_mails_why_a_run_failed(home: Home) -> None:
    home.project_file.write_text("sources: [{kind: claims, path: gone.csv}]\n")
    outcome = cron_line("run", home)
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert outcome.stderr == f"error: {home.root / 'gone.csv'}: there is no such file.\n"


def test_cron_mails_what_is_too_old_and_nothing_else(home: Home) -> None:
    with write_lock(home, "test"), open_working(home):
        home.project_file.write_text("freshness: {claims: {warn_days: 1}}\nsources: []\n")
    outcome = cron_line("status", home)
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert outcome.stderr == "error: claims was never loaded, warning after 1.\n"
    assert json.loads((home.root / "status.json").read_text())["health"] == "error"
    home.project_file.write_text("sources: []\n")
    outcome = cron_line("status", home)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


def test_systemd_accepts_the_service_and_its_timer(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd-analyze is not installed here")
    for name in ("imid-run.service", "imid-run.timer"):
        text = (SCHEDULES / name).read_text()
        # The installation's folder is the reader's to choose; here it is this one.
        scripts = Path(sys.executable).parent
        (tmp_path / name).write_text(text.replace("/opt/imid-warehouse/.venv/bin", str(scripts)))
    outcome = subprocess.run(
        [verify, "verify", "--man=no", str(tmp_path / "imid-run.timer")],
        capture_output=True,
        text=True,
    )
    said = outcome.stdout + outcome.stderr
    assert "imid-run" not in said, said
    broken = tmp_path / "imid-run.service"
    broken.write_text(broken.read_text().replace("ExecStart=", "ExecStrat="))
    outcome = subprocess.run(
        [verify, "verify", "--man=no", str(broken)], capture_output=True, text=True
    )
    assert "imid-run" in outcome.stdout + outcome.stderr


def test_the_workflow_is_one_and_asks_for_no_more_than_reading() -> None:
    workflow = yaml.safe_load((SCHEDULES / "imid-run.yml").read_text())
    # YAML 1.1 reads the key `on` as a truth value.
    assert workflow[True]["schedule"][0]["cron"] == "15 2 * * *"
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert job["runs-on"]
    assert all(("run" in step) != ("uses" in step) for step in job["steps"])


def test_the_settings_in_the_text_are_settings() -> None:
    text = (SCHEDULES / "README.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    project = Project.model_validate(yaml.safe_load(block))
    assert project.on_failure[0] == "/usr/local/bin/notify"
    assert project.freshness["trial"].error_days == 90
