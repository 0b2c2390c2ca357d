"""What is shipped to run the warehouse asks for no more rights than it needs."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from warehouse.home import installation_root

EXAMPLES = installation_root() / "examples"
APP = EXAMPLES / "serving" / "imid-app.service"
RUN = EXAMPLES / "schedules" / "imid-run.service"
UNITS = pytest.mark.parametrize("path", [APP, RUN], ids=lambda path: path.stem)
DOCKERFILE = (EXAMPLES / "serving" / "Dockerfile").read_text(encoding="utf-8")

NO_MORE_THAN = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectClock": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "LockPersonality": "yes",
}


def service(path: Path) -> configparser.SectionProxy:
    # A key may stand several times in a unit; the last one is enough here.
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    return unit["Service"]


@UNITS
def test_a_unit_runs_as_nobody_special_and_gives_up_what_it_can(path: Path) -> None:
    asked = service(path)
    assert asked["User"] not in {"", "root"}
    assert {key: asked.get(key) for key in NO_MORE_THAN} == NO_MORE_THAN


@UNITS
def test_a_unit_cannot_take_the_machine_with_it(path: Path) -> None:
    asked = service(path)
    assert asked["MemoryMax"]
    assert asked["TasksMax"]
    assert asked["LimitCORE"] == "0"


def test_only_the_run_may_write_and_only_in_its_own_folder() -> None:
    assert "ReadWritePaths" not in {*service(APP), *service(RUN)}
    assert "StateDirectory" not in service(APP)
    assert f"IMID_HOME={service(APP)['ReadOnlyPaths']}" in APP.read_text()
    assert service(RUN)["StateDirectory"] == "imid"


@UNITS
def test_systemd_s_own_rating(path: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed here")
    unit = tmp_path / path.name
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", path.read_text(), flags=re.M))
    # In tenths: 20 is 2.0, the best grade ends at 5.0.
    ran = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-400:]


def test_the_image_runs_unprivileged_and_by_hashes() -> None:
    final = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    user = re.findall(r"^USER (\S+)", final, re.M)
    assert user == ["10001:10001"]
    after = final.split("USER 10001:10001")[1]
    assert not re.search(r"^(RUN|COPY|ADD)", after, re.M)
    assert "--chown" not in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    assert all(":latest" not in line for line in re.findall(r"^FROM .*", DOCKERFILE, re.M))
    assert json.loads(re.findall(r"^ENTRYPOINT (.*)", final, re.M)[0]) == ["imid"]


@pytest.mark.parametrize(
    "text",
    [DOCKERFILE, (installation_root() / "docs" / "serving.md").read_text(encoding="utf-8")],
    ids=["Dockerfile", "docs"],
)
def test_the_command_that_runs_the_image_drops_everything(text: str) -> None:
    found = re.search(r"docker run .*?imid-warehouse\b", text.replace("\n#", "\n"), re.S)
    assert found is not None
    words = found[0].replace("\\\n", " ").split()
    assert "--privileged" not in words
    for option, value in {
        "--cap-drop": "ALL",
        "--security-opt": "no-new-privileges",
        "--memory": "6g",
        "--pids-limit": "256",
        "--tmpfs": "/tmp",  # noqa: S108
    }.items():
        assert words[words.index(option) + 1] == value
    assert "--read-only" in words
    assert words[words.index("--publish") + 1].startswith("127.0.0.1:")
    assert words[words.index("--volume") + 1].endswith(":ro")


def test_the_workflow_may_only_read_and_keeps_no_token() -> None:
    workflow = yaml.safe_load((EXAMPLES / "schedules" / "imid-run.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["run"]["steps"]
    (checkout,) = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"]["persist-credentials"] is False
