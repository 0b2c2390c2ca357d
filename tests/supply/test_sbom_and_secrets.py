"""The bill of materials comes from the lock without network; the scanner finds what is planted."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.history import added_lines, secrets_in
from tests.support.locks import RUNTIME, locked
from tests.support.offline import CAUGHT, run_offline
from warehouse.home import installation_root

ROOT = installation_root()
SBOM_MODULE = "from runpy import run_module; run_module('cyclonedx_py', run_name='__main__')\n"
SCANNER = "import sys; from detect_secrets.pre_commit_hook import main; sys.exit(main())\n"


def recipe(target: str) -> str:
    """Return what the Makefile does for a target."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return text.split(f"\n{target}: ", 1)[1].split("\n\n", 1)[0].replace("\\\n", " ")


def test_the_guard_notices_a_connection() -> None:
    ran = run_offline("import socket; socket.create_connection(('127.0.0.1', 9))")
    assert ran.returncode == CAUGHT


def test_the_bill_of_materials_names_every_locked_package_with_its_hashes(tmp_path: Path) -> None:
    path = tmp_path / "sbom.json"
    words = recipe("sbom").split("cyclonedx-py", 1)[1].replace("$(SBOM)", str(path)).split()
    ran = run_offline(SBOM_MODULE, *words)
    assert ran.returncode == 0, ran.stderr[-2000:]
    bom = json.loads(path.read_text())
    assert bom["bomFormat"] == "CycloneDX"
    assert bom["metadata"]["component"]["name"] == "imid-warehouse"
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for part in bom["components"]:
        for reference in part["externalReferences"]:
            hashes = {f"sha256:{one['content']}" for one in reference.get("hashes", ())}
            listed[part["name"], part["version"]] |= hashes
    assert listed == {(e.name, e.version): set(e.hashes) for e in locked(RUNTIME)}


def planted() -> str:
    """Return lines that look like secrets; put together here so that this file has none."""
    key = "AKIA" + "Q3EGRX7TLW2MZ5YB"
    return f'key = "{key}"\npass' + 'word = "v7Kp2xQ9mZt4Rb8Wn3Ys"\n'


def scan(*paths: Path) -> subprocess.CompletedProcess[str]:
    return run_offline(SCANNER, "-n", "-c", "1", *(str(path) for path in paths))


@pytest.mark.parametrize("name", ["settings.toml", "imid-app.service"])
def test_a_planted_secret_is_found(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(planted())
    ran = scan(path)
    assert ran.returncode == 1
    assert "AWS Access Key" in ran.stdout


def test_a_secret_that_a_later_commit_took_out_is_found(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True)

    git("init", "--quiet")
    path = tmp_path / "settings.toml"
    for text in ("[app]\n++ x\n", f"[app]\n{planted()}", "[app]\n"):
        path.write_text(text)
        git("add", "settings.toml")
        git("commit", "--quiet", "--message", "x")
    found = secrets_in(list(added_lines(tmp_path)))
    assert "AWS Access Key" in {kind for _, kind in found}
    assert {line.path for line, _ in found} == {"settings.toml"}
    assert len({line.commit for line, _ in found}) == 1
    assert scan(path).returncode == 0
    assert "-m tests.support.history" in recipe("secrets")


def test_what_is_shipped_to_be_filled_in_holds_no_secret() -> None:
    assert "detect-secrets-hook -n" in recipe("secrets")
    files = [path for path in (ROOT / "examples").glob("s*/*") if path.is_file()]
    files += [ROOT / "Makefile", ROOT / "pyproject.toml", *(ROOT / ".ci").iterdir()]
    files += [path for path in (ROOT / "app").rglob("*") if path.suffix in {".py", ".toml"}]
    files = [path for path in files if path.suffix != ".gz"]
    assert len(files) > 50
    ran = scan(*files)
    assert ran.returncode == 0, ran.stdout
